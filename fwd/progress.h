// SPDX-License-Identifier: BSD-3-Clause
// Where an lcore is in its loop, for the stall watch.
//
// Theory of operations
//   One word a lcore: when its turn of the loop began, and the stage it is in. The lcore stores it,
//   the watch loads it; that the word does not change is what the watch looks for. rte_keepalive
//   was not used: its answer is "missed a ping", as coarse as its period, without stage or length.
// Invariants
//   1. A word is of one turn: time and stage are stored at once.
//   2. 0 means offline: not expected to poll.
// Threads
//   turn, enter, offline: the lcore. word: any thread.
// Ordering
//   Relaxed: the word says all, and an answer some nanoseconds old is right at the watch's scale.
// Cost
//   A store a stage into a line that the watch reads once a period: below 1 ns a turn of 7 stages.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "dstgc/types.h"

namespace dstfwd {

// The worker loop's steps.
enum class Stage : uint8_t {
  kOffline,
  kRx,
  kClassify,
  kLookup,
  kResolve,
  kRewrite,
  kTx,
  kQuiesce,
  kSlowPath,  // packets to and from the control thread
  kGc,
  kDebug,  // stalled on purpose, for tests of the watch
  kCount,
};
std::string_view name(Stage stage) noexcept;

class alignas(2 * dstgc::kCacheLine) Progress {
 public:
  static constexpr uint64_t kStageMask = 0xf;  // so times are to 16 ticks of the TSC

  // A turn begins, in kRx. now_tsc >= 16.
  void turn(uint64_t now_tsc) noexcept {
    turn_tsc_ = now_tsc & ~kStageMask;
    enter(Stage::kRx);
  }
  void enter(Stage stage) noexcept {
    word_.store(turn_tsc_ | static_cast<uint64_t>(stage), std::memory_order_relaxed);
  }
  void offline() noexcept { word_.store(0, std::memory_order_relaxed); }

  uint64_t word() const noexcept { return word_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> word_{0};
  uint64_t turn_tsc_ = 0;  // the lcore's own
};
static_assert(static_cast<uint64_t>(Stage::kCount) <= Progress::kStageMask + 1);

}  // namespace dstfwd
