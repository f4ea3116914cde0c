// SPDX-License-Identifier: BSD-3-Clause
// How long a polling lcore may wait before its next poll when nothing comes. Pure; one thread.
//
// The first empty polls cost nothing: traffic comes in bursts. Then each wait is twice the last, up
// to a bound, and a packet ends it all. So an lcore is late by no more than the time that it has
// been idle, and never by more than the bound.
#pragma once

#include <algorithm>
#include <cstdint>

namespace dstfwd {

class BackOff {
 public:
  // Cycles of the TSC. bound_tsc 0: never waits.
  struct Config {
    uint64_t first_tsc;
    uint64_t bound_tsc;
  };
  static constexpr uint32_t kSpins = 256;  // empty polls before the first wait

  explicit BackOff(const Config& config) noexcept : config_(config) {}

  // After a poll that found work, or none: how long to wait at most before the next; 0: poll.
  uint64_t polled(bool empty) noexcept {
    if (!empty) {
      empty_ = 0;
      wait_tsc_ = 0;
      return 0;
    }
    if (empty_ < kSpins) {
      ++empty_;
      return 0;
    }
    const uint64_t longer_tsc = wait_tsc_ == 0 ? config_.first_tsc : 2 * wait_tsc_;
    wait_tsc_ = std::min(longer_tsc, config_.bound_tsc);
    return wait_tsc_;
  }

 private:
  Config config_;
  uint32_t empty_ = 0;
  uint64_t wait_tsc_ = 0;
};

}  // namespace dstfwd
