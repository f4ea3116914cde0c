// SPDX-License-Identifier: BSD-3-Clause
// Whether entries are worth their making: how many of those that end had more than the packet that
// they were made for. In a flood of flows of one packet each hardly any has.
//
// Theory of operations
//   The collector counts the entries that end, in windows of kWindow; each window says anew whether
//   reuse is low. Before the first one it is not.
// Threads
//   record: the collector's thread of this cache. is_low: any.
// Ordering
//   The flag is relaxed: whole in itself, and a hint.
// Cost
//   Two additions an entry that ends, whose line has been read; lcores share a line that is written
//   when the answer changes.
#pragma once

#include <atomic>

#include "dstgc/types.h"

namespace dstfwd {

class ReuseMeter {
 public:
  static constexpr uint32_t kWindow = 1024;
  static constexpr uint32_t kLow = kWindow / 8;  // fewer of a window that were used again

  // packets: of the entry's flow, in its life; 0: it goes on in another entry.
  void record(uint64_t packets) noexcept {
    if (packets == 0) return;
    reused_ += packets > 1 ? 1 : 0;
    if (++ended_ < kWindow) return;
    const bool low = reused_ < kLow;
    if (low != is_low()) low_.store(low, std::memory_order_relaxed);
    ended_ = reused_ = 0;
  }
  bool is_low() const noexcept { return low_.load(std::memory_order_relaxed); }

 private:
  uint32_t ended_ = 0;
  uint32_t reused_ = 0;
  alignas(2 * dstgc::kCacheLine) std::atomic<bool> low_{false};
};

}  // namespace dstfwd
