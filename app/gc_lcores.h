// SPDX-License-Identifier: BSD-3-Clause
// The lcores that collect, in service mode, and the shards that each serves: its node's, and those
// of nodes that have no such lcore.
//
// Threads
//   add: control, before the lcores run. collect, rest: lcore i. set_collecting: any thread. stall:
//   control.
// Ordering
//   (A) stall's release store pairs with (B) collect's acquire load: who stalls, and for how long.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "fwd/cache_shard.h"
#include "fwd/poll_meter.h"

namespace dstfwd {

class GcLcores {
 public:
  // stall_ns: as PollMeter. budget: of a step of one shard.
  GcLcores(TscScale scale, uint64_t stall_ns, dstgc::Budget budget) noexcept
      : scale_(scale), stall_ns_(stall_ns), budget_(budget) {}

  // The lcore serves the shard, too.
  void add(unsigned lcore, CacheShard& shard);

  size_t size() const noexcept { return lcores_.size(); }
  unsigned lcore(size_t i) const noexcept { return lcores_[i]->lcore; }
  std::optional<size_t> find(unsigned lcore) const noexcept;  // its position
  const PollMeter& meter(size_t i) const noexcept { return lcores_[i]->meter; }

  // One turn. False: there was nothing to do.
  bool collect(size_t i, uint64_t now_tsc) noexcept;
  // The lcore waits on purpose: no gap until its next turn.
  void rest(size_t i) noexcept { lcores_[i]->meter.offline(); }
  // False: collect() does nothing, until it is told to again.
  void set_collecting(bool on) noexcept {
    state_.store(on ? State::kOn : State::kOff, std::memory_order_relaxed);
  }
  // For tests of the stall watch: lcore i does nothing for so long, once; the others go on. False:
  // one is stalled, or they are told not to collect.
  bool stall(size_t i, uint64_t ticks) noexcept;

 private:
  enum class State : uint8_t { kOn, kOff, kStall };  // kStall: all but one collect
  struct Lcore {
    Lcore(unsigned id, TscScale scale, uint64_t stall_ns) : lcore(id), meter(scale, stall_ns) {}
    unsigned lcore;
    std::vector<CacheShard*> shards;
    PollMeter meter;
  };
  bool may_collect(size_t i, uint64_t now_tsc) noexcept;

  TscScale scale_;
  uint64_t stall_ns_;
  dstgc::Budget budget_;
  std::vector<std::unique_ptr<Lcore>> lcores_;
  std::atomic<State> state_{State::kOn};
  size_t stalled_ = 0;  // in kStall, for so long
  uint64_t stall_ticks_ = 0;
};

}  // namespace dstfwd
