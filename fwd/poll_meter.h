// SPDX-License-Identifier: BSD-3-Clause
// An lcore's measure of itself: the time between its polls, and its progress for the stall watch.
// Always on.
//
// Threads
//   turn, enter, offline: the lcore. All else: any thread.
// Cost (2.6 GHz AMD EPYC VM; docs/latency.md)
//   turn() takes the time stamp that the loop has anyway: 2 ns; memory as LatencyHistogram.
#pragma once

#include "fwd/histogram.h"
#include "fwd/progress.h"
#include "fwd/tsc_scale.h"

namespace dstfwd {

class PollMeter {
 public:
  // stall_ns: gaps from this length on are counted as stalls.
  explicit PollMeter(TscScale scale, uint64_t stall_ns = 1'000'000)
      : scale_(scale), stall_ns_(stall_ns) {}

  // A turn of the loop begins. now_tsc: of the TSC, not going back.
  void turn(uint64_t now_tsc) noexcept {
    progress_.turn(now_tsc);
    if (last_tsc_ != 0) [[likely]] {
      const uint64_t gap_ns = scale_.to_ns(now_tsc - last_tsc_);
      gaps_.record(gap_ns);
      if (gap_ns >= stall_ns_) [[unlikely]]
        note_stall(gap_ns);
    }
    last_tsc_ = now_tsc;
  }
  void enter(Stage stage) noexcept { progress_.enter(stage); }
  // The lcore stops or sleeps on purpose: the time until its next turn is no gap.
  void offline() noexcept {
    last_tsc_ = 0;
    progress_.offline();
  }

  const LatencyHistogram& gaps() const noexcept { return gaps_; }
  const Progress& progress() const noexcept { return progress_; }
  uint64_t stalls() const noexcept { return stalls_.get(); }  // gaps of stall_ns or more
  // Length of the latest; 0 before the first. Pairs with the count by (A): who sees a count sees
  // the length of that stall or of a later one.
  uint64_t last_stall_ns() const noexcept { return last_stall_ns_.load(std::memory_order_acquire); }

 private:
  void note_stall(uint64_t gap_ns) noexcept {
    last_stall_ns_.store(gap_ns, std::memory_order_release);
    stalls_.add(1);
  }

  Progress progress_;
  TscScale scale_;
  uint64_t stall_ns_;
  uint64_t last_tsc_ = 0;
  LatencyHistogram gaps_;
  Counter stalls_;
  std::atomic<uint64_t> last_stall_ns_{0};
};

}  // namespace dstfwd
