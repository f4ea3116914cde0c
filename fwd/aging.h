// SPDX-License-Identifier: BSD-3-Clause
// The sweep over live entries: unlinks those that were idle too long and those of an older flush
// generation, and gives them to the collector.
//
// It goes round the arena at its own pace, a part of a round each step, so that each entry is
// looked at about every period_s(). It reads the dense live marks, and the entries of only those
// that are live. Under pressure timeouts shrink: to a quarter when it is low, to a sixteenth in an
// emergency, and for flows of one packet to a quarter of that.
//
// Threads
//   step: whoever runs the collector, on its thread (one at a time). try_step: any forwarding lcore
//   between its bursts; at most one gets in. Counters: any thread.
// Ordering
//   (A) try_step's release of `busy_` hands the cursors and the Producer over to
//   (B) the acquire of the lcore that gets in next.
#pragma once

#include "fwd/dst_cache.h"
#include "fwd/lcore_counters.h"

namespace dstfwd {

struct AgingConfig {
  double idle_timeout_s = 60;  // above 0
  uint64_t tsc_hz = 0;
};

class Aging {
 public:
  // `producer`: the collector thread's own. `version`: RouterView's.
  Aging(const AgingConfig& config, DstCache<Ipv4>& ipv4, DstCache<Ipv6>& ipv6,
        const std::atomic<uint64_t>& version, dstgc::Producer& producer) noexcept;

  // Looks at what is due by now, at most `budget` places of the arena. Returns how many it looked
  // at.
  uint32_t step(uint64_t now_tsc, uint32_t budget) noexcept;
  // The same and then whatever else is for one lcore at a time, unless another is at it. Never
  // waits.
  template <typename Then>
  void try_step(uint64_t now_tsc, uint32_t budget, Then&& then) noexcept {
    if (busy_.exchange(true, std::memory_order_acquire)) return;  // (B)
    step(now_tsc, budget);
    then();
    busy_.store(false, std::memory_order_release);  // (A)
  }

  uint64_t expired() const noexcept { return expired_.get(); }
  uint64_t flushed() const noexcept { return flushed_.get(); }
  uint64_t rounds() const noexcept { return rounds_.get(); }  // of the IPv4 arena

  // How long a round takes when steps are frequent enough.
  double period_s() const noexcept { return period_s_; }

 private:
  struct Limits {
    uint32_t now_tick;
    uint32_t flush_generation;
    uint32_t idle_ticks;
    uint32_t idle_ticks_single;  // of flows of one packet
  };
  // Where the sweep of one cache is.
  struct Cursor {
    uint32_t next = 0;
    uint64_t done_tsc = 0;  // up to when the places were due that have been looked at
  };

  template <typename Family>
  uint32_t sweep(DstCache<Family>& cache, Cursor& cursor, uint64_t now_tsc,
                 uint32_t budget) noexcept;
  template <typename Family>
  void sweep_range(DstCache<Family>& cache, uint32_t from, uint32_t to,
                   const Limits& limits) noexcept;
  template <typename Family>
  void judge(DstCache<Family>& cache, EntryIndex index, const Limits& limits) noexcept;
  Limits limits_now(uint64_t now_tsc, dstgc::Pressure pressure) const noexcept;

  DstClock clock_;
  uint32_t idle_ticks_;
  double period_s_;
  uint64_t period_tsc_;
  DstCache<Ipv4>* ipv4_;
  DstCache<Ipv6>* ipv6_;
  const std::atomic<uint64_t>* version_;
  dstgc::Producer* producer_;
  Cursor cursor4_;
  Cursor cursor6_;
  Counter expired_;
  Counter flushed_;
  Counter rounds_;
  std::atomic<bool> busy_{false};
};

}  // namespace dstfwd
