// SPDX-License-Identifier: BSD-3-Clause
// A forwarding lcore's side of the slow path: which ended packets go to the control thread instead
// of back to their pool, and at what rate (slow_io.h has the whole picture).
//
// Theory of operations
//   Packets that end are offered here with their verdict, which is counted already. Those that the
//   control thread can do something with are collected and put on the punt ring once a turn.
// Threads
//   One lcore.
// Cost
//   Nothing for packets that are forwarded. A table look-up for those that end.
#pragma once

#include <rte_ring.h>

#include <array>

#include "fwd/lcore_counters.h"
#include "fwd/punt.h"
#include "fwd/token_bucket.h"

namespace dstfwd {

struct PunterConfig {
  rte_ring* ring = nullptr;  // of rte_mbuf pointers, this lcore its only producer
  PuntField field;
  uint32_t errors_per_s = 10000;  // packets punted only so that ICMP can tell of them; 0: no limit
  uint64_t tsc_hz = 0;
  uint64_t now_tsc = 0;
};

class Punter {
 public:
  // The burst of errors that one turn may bring at most.
  static constexpr uint32_t kErrorBurst = 256;

  Punter(const PunterConfig& config, LcoreCounters& counters) noexcept
      : ring_(config.ring),
        field_(config.field),
        errors_(config.errors_per_s, kErrorBurst, config.tsc_hz, config.now_tsc),
        counters_(&counters) {}
  Punter(const Punter&) = delete;
  Punter& operator=(const Punter&) = delete;

  // Takes a packet that ended with `verdict`; false: it stays the caller's, to be freed. `hop`:
  // what it would have gone by. `entry`: for kHold, its dst with a reference that was acquired for
  // it. `detail`: PuntInfo's. The packet must be as it came: frame, TTL and all.
  bool take(rte_mbuf* m, Verdict verdict, NextHopIndex hop, uint64_t now_tsc,
            EntryIndex entry = kNoEntry, uint16_t detail = 0) noexcept;

  // Puts what was taken on the ring, once a turn. refuse(mbuf, its PuntInfo) is called for packets
  // that it has no room for: the caller's again, to be freed.
  template <typename Refuse>
  void flush(Refuse&& refuse) noexcept {
    if (count_ == 0) return;
    const unsigned n = rte_ring_sp_enqueue_burst(ring_, reinterpret_cast<void**>(packets_.data()),
                                                 count_, nullptr);
    for (unsigned i = n; i < count_; ++i) refuse(packets_[i], field_.of(packets_[i]));
    counters_->punt_full.add(count_ - n);
    count_ = 0;
  }

 private:
  rte_ring* ring_;
  PuntField field_;
  TokenBucket errors_;
  LcoreCounters* counters_;
  unsigned count_ = 0;
  std::array<rte_mbuf*, 256> packets_;
};

}  // namespace dstfwd
