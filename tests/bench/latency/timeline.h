// SPDX-License-Identifier: BSD-3-Clause
// When gaps between polls were, which a histogram does not say: the longest in each part of the
// window, and each one of a millisecond or more. The window's time is that of its laps.
//
// Threads
//   poll, last_tsc: the lcore. begin_lap: control, while no lcore polls, or before the first lap.
//   All else: control, after the lcore has ended.
// Ordering
//   (A) begin_lap's release store of end_tsc_ pairs with (B) poll's acquire load.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace dstfwd::bench {

class Timeline {
 public:
  struct Gap {
    uint64_t from_tsc, tsc;  // from: since the window began
  };
  static constexpr size_t kParts = 800;
  static constexpr size_t kMaxGaps = 4096;  // later ones are in their parts all the same

  // window_tsc: all laps together.
  Timeline(uint64_t tsc_hz, uint64_t window_tsc)
      : longest_(kParts),
        long_tsc_(tsc_hz / 1000),
        part_tsc_(std::max<uint64_t>(window_tsc / kParts, 1)) {
    gaps_.reserve(kMaxGaps);
  }

  // A lap, from then to then.
  void begin_lap(uint64_t from_tsc, uint64_t to_tsc) noexcept {
    before_tsc_ += end_tsc_.load(std::memory_order_relaxed) - begin_tsc_;
    begin_tsc_ = from_tsc;
    end_tsc_.store(to_tsc, std::memory_order_release);  // (A)
  }

  void poll(uint64_t now_tsc) noexcept {
    const uint64_t gap = now_tsc - last_tsc_;
    const uint64_t from = last_tsc_;
    last_tsc_ = now_tsc;
    // One that began in the lap is in it whole.
    if (from >= end_tsc_.load(std::memory_order_acquire) || from < begin_tsc_) return;  // (B)
    const uint64_t at = from - begin_tsc_ + before_tsc_;
    if (at >= part_end_tsc_) next_part(at);
    if (gap > longest_[part_]) longest_[part_] = gap;
    if (gap >= long_tsc_ && gaps_.size() < kMaxGaps) gaps_.push_back({at, gap});
  }

  uint64_t last_tsc() const noexcept { return last_tsc_; }  // of polls, for the lcore; 0: none
  uint64_t part_tsc() const noexcept { return part_tsc_; }
  const std::vector<uint64_t>& longest_tsc() const noexcept { return longest_; }
  const std::vector<Gap>& gaps() const noexcept { return gaps_; }

 private:
  void next_part(uint64_t at_tsc) noexcept {
    part_ = std::min<size_t>(at_tsc / part_tsc_, kParts - 1);
    part_end_tsc_ = part_ + 1 < kParts ? (part_ + 1) * part_tsc_ : UINT64_MAX;
  }

  std::vector<uint64_t> longest_;
  std::vector<Gap> gaps_;
  uint64_t long_tsc_, part_tsc_;
  uint64_t begin_tsc_ = 0, before_tsc_ = 0, last_tsc_ = 0;
  uint64_t part_end_tsc_ = 0;  // since the window began; 0: not in one yet
  size_t part_ = 0;
  std::atomic<uint64_t> end_tsc_{0};
};

}  // namespace dstfwd::bench
