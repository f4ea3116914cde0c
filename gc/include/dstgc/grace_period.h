// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   DPDK's quiescent-state based reclamation (rte_rcu_qsbr) in memory of our own, so that it runs
//   without EAL. A reader holds no lock: it says now and then that it keeps nothing it has read
//   (quiescent). A grace period begins with a token and has passed when each online reader has
//   said so since.
// Invariants
//   1. A reader that is online and reads shared entries reports from its own thread only.
//   2. passed() never waits; only wait() does, and no lcore calls it.
// Threads
//   online, offline, quiescent: the reader. start, passed, laggard: any thread. wait: control.
// Ordering
//   As rte_rcu_qsbr documents: quiescent (release) pairs with passed (acquire).
// Cost
//   quiescent: one load, and a store to the reader's own line when a period has begun.
#pragma once

#include <rte_rcu_qsbr.h>

#include <cstdint>
#include <optional>

#include "dstgc/memory.h"
#include "dstgc/result.h"

namespace dstgc {

class GracePeriod {
 public:
  using Token = uint64_t;

  // readers: 1 to 1024, named 0 to readers - 1; all are offline at first.
  static Result<GracePeriod> create(uint32_t readers, int numa_node = -1);

  void online(uint32_t reader) noexcept { rte_rcu_qsbr_thread_online(qsbr(), reader); }
  void offline(uint32_t reader) noexcept { rte_rcu_qsbr_thread_offline(qsbr(), reader); }
  // Precondition: the reader is online.
  void quiescent(uint32_t reader) noexcept { rte_rcu_qsbr_quiescent(qsbr(), reader); }

  // A new period, which begins after all that the caller has written.
  Token start() noexcept { return rte_rcu_qsbr_start(qsbr()); }
  bool passed(Token token) noexcept { return rte_rcu_qsbr_check(qsbr(), token, false) == 1; }
  // A period from now on. Control thread, which must not be an online reader itself.
  void wait() noexcept { rte_rcu_qsbr_synchronize(qsbr(), RTE_QSBR_THRID_INVALID); }

  // An online reader that has not been quiescent since the token's start; none: it has passed.
  std::optional<uint32_t> laggard(Token token) const noexcept;
  uint32_t readers() const noexcept { return readers_; }

 private:
  GracePeriod(Memory memory, uint32_t readers) noexcept
      : memory_(std::move(memory)), readers_(readers) {}
  rte_rcu_qsbr* qsbr() const noexcept { return static_cast<rte_rcu_qsbr*>(memory_.data()); }

  Memory memory_;
  uint32_t readers_;
};

}  // namespace dstgc
