// SPDX-License-Identifier: BSD-3-Clause
// When gaps between polls were, which a histogram does not say: the longest in each part of the
// window, and each one of a millisecond or more.
//
// Threads
//   poll, last_tsc: the lcore. open: control, before anything is to be seen. All else: control,
//   after the lcore has ended.
// Ordering
//   (A) open's release store of end_tsc_ pairs with (B) poll's acquire load.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace dstfwd::bench {

class Timeline {
 public:
  struct Gap {
    uint64_t from_tsc, tsc;
  };
  static constexpr size_t kParts = 800;
  static constexpr size_t kMaxGaps = 4096;  // later ones are in their parts all the same

  explicit Timeline(uint64_t tsc_hz) : longest_(kParts), long_tsc_(tsc_hz / 1000) {
    gaps_.reserve(kMaxGaps);
  }

  void open(uint64_t from_tsc, uint64_t to_tsc) noexcept {
    begin_tsc_ = from_tsc;
    part_tsc_ = (to_tsc - from_tsc) / kParts;
    part_end_tsc_ = from_tsc + part_tsc_;
    end_tsc_.store(to_tsc, std::memory_order_release);  // (A)
  }

  void poll(uint64_t now_tsc) noexcept {
    const uint64_t gap = now_tsc - last_tsc_;
    const uint64_t from = last_tsc_;
    last_tsc_ = now_tsc;
    // One that began in the window is in it whole.
    if (from >= end_tsc_.load(std::memory_order_acquire) || now_tsc < begin_tsc_) return;  // (B)
    while (now_tsc >= part_end_tsc_ && part_ + 1 < kParts) {
      part_end_tsc_ += part_tsc_;
      ++part_;
    }
    if (gap > longest_[part_]) longest_[part_] = gap;
    if (gap >= long_tsc_ && gaps_.size() < kMaxGaps) gaps_.push_back({from, gap});
  }

  uint64_t last_tsc() const noexcept { return last_tsc_; }  // of polls, for the lcore; 0: none
  uint64_t part_tsc() const noexcept { return part_tsc_; }
  const std::vector<uint64_t>& longest_tsc() const noexcept { return longest_; }
  const std::vector<Gap>& gaps() const noexcept { return gaps_; }

 private:
  std::vector<uint64_t> longest_;
  std::vector<Gap> gaps_;
  uint64_t long_tsc_;
  uint64_t begin_tsc_ = 0, part_tsc_ = 1, part_end_tsc_ = 0, last_tsc_ = 0;
  size_t part_ = 0;
  std::atomic<uint64_t> end_tsc_{0};
};

}  // namespace dstfwd::bench
