// SPDX-License-Identifier: BSD-3-Clause
// The sweep over live entries: unlinks those that were idle too long and those of an older flush
// generation, and gives them to the collector.
//
// It goes round the arena at its own pace, a part of a round each step, a round about every
// period_s(). It reads the dense live marks, and the entries of only those that could have been
// idle too long by now: a look at an entry takes its line from the lcore that forwards its flow,
// which waits for it at its next packet. So an entry's mark says in which round the sweep looks at
// it again, which is when its timeout would end if no packet came (the idea of timer wheels and
// lazy timers, Varghese and Lauck 1987). One round looks at all after a flush, and when rounds take
// more than twice as long as marks were made for; under pressure each does.
//
// Under pressure timeouts shrink: to a quarter when it is low, to a sixteenth in an emergency, and
// for flows of one packet to a quarter of that. While hardly any entry is used again
// (reuse_meter.h), flows of one packet have a sixteenth, but at least a second.
//
// It also says how much of each flow table is in use (table_fit.h), since it knows what lives.
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
#include "fwd/table_fit.h"

namespace dstfwd {

struct AgingConfig {
  double idle_timeout_s = 60;  // above 0
  uint64_t tsc_hz = 0;
};

class alignas(2 * dstgc::kCacheLine) Aging {
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
  uint64_t moved() const noexcept { return moved_.get(); }    // were left behind by a fit
  uint64_t rounds() const noexcept { return rounds_.get(); }  // of the IPv4 arena
  uint64_t looks() const noexcept { return looks_.get(); }    // entries that were read

  // How long a round takes when steps are frequent enough.
  double period_s() const noexcept { return period_s_; }

 private:
  struct Limits {
    uint32_t now_tick;
    uint32_t flush_generation;
    uint32_t idle_ticks;
    uint32_t idle_ticks_single;  // of flows of one packet
    uint32_t round;
    uint32_t round_ticks;  // that a round takes
    bool all;              // whatever the marks say
    bool unplaced;         // entries that are not placed are unlinked
  };
  // Where the sweep of one cache is.
  struct Cursor {
    explicit Cursor(uint64_t tsc_hz) noexcept : fit(tsc_hz) {}
    TableFit fit;
    uint32_t next = 0;
    uint64_t done_tsc = 0;  // up to when the places were due that have been looked at
    uint32_t round = 0;
    uint32_t round_began_tick = 0;
    uint32_t round_ticks = UINT32_MAX;   // that the last round took; at first nobody knows
    uint32_t marked_ticks = UINT32_MAX;  // the shortest round for which marks were made
    uint32_t flush_generation = 0;       // that the sweep knows of
    uint32_t all_left = 0;               // so many places are looked at whatever the marks say
    uint32_t live = 0;                   // entries that it has met in this round
    bool reuse_was_low = false;
  };

  template <typename Family>
  uint32_t sweep(DstCache<Family>& cache, Cursor& cursor, uint64_t now_tsc,
                 uint32_t budget) noexcept;
  // Returns how many live entries it met.
  template <typename Family>
  uint32_t sweep_range(DstCache<Family>& cache, uint32_t from, uint32_t to,
                       const Limits& limits) noexcept;
  template <typename Family>
  void judge(DstCache<Family>& cache, EntryIndex index, const Limits& limits) noexcept;
  template <typename Family>
  Limits limits_now(uint64_t now_tsc, const DstCache<Family>& cache,
                    const Cursor& cursor) const noexcept;
  template <typename Family>
  void fit(DstCache<Family>& cache, Cursor& cursor, uint64_t now_tsc) noexcept;
  void end_round(Cursor& cursor, uint32_t now_tick, uint32_t capacity) const noexcept;

  DstClock clock_;
  uint32_t idle_ticks_;
  uint32_t low_reuse_ticks_;
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
  Counter moved_;
  Counter rounds_;
  Counter looks_;
  std::atomic<bool> busy_{false};
};

}  // namespace dstfwd
