// SPDX-License-Identifier: BSD-3-Clause
// When a port's router advertisements go out (RFC 4861 6.2.4 to 6.2.6). Pure; one thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fwd/small_random.h"

namespace dstfwd {

class RouterAdvertiser {
 public:
  static constexpr uint16_t kLifetime_s = 1800;  // AdvDefaultLifetime: 3 * MaxRtrAdvInterval

  // The first advertisement is due at once.
  RouterAdvertiser(uint64_t now_ms, uint64_t seed) noexcept : random_(seed), due_ms_(now_ms) {}

  // A router solicitation came: the next advertisement is due within half a second, but at least
  // three seconds after the last.
  void solicited(uint64_t now_ms) noexcept {
    const uint64_t soon = now_ms + random_.between(0, kMaxDelay_ms);
    const uint64_t allowed = sent_ == 0 ? soon : last_ms_ + kMinDelayBetween_ms;
    due_ms_ = std::min(due_ms_, std::max(soon, allowed));
  }

  // True: send one to all nodes now.
  bool tick(uint64_t now_ms) noexcept {
    if (now_ms < due_ms_) return false;
    ++sent_;
    last_ms_ = now_ms;
    const uint32_t interval_ms = random_.between(kMinInterval_ms, kMaxInterval_ms);
    due_ms_ =
        now_ms + (sent_ < kInitialCount ? std::min(interval_ms, kInitialInterval_ms) : interval_ms);
    return true;
  }

 private:
  static constexpr uint32_t kMaxInterval_ms = 600000;  // MaxRtrAdvInterval
  static constexpr uint32_t kMinInterval_ms = 198000;  // MinRtrAdvInterval: 0.33 of it
  static constexpr uint32_t kInitialInterval_ms = 16000;
  static constexpr unsigned kInitialCount = 3;
  static constexpr uint32_t kMaxDelay_ms = 500;
  static constexpr uint32_t kMinDelayBetween_ms = 3000;

  SmallRandom random_;
  uint64_t due_ms_;
  uint64_t last_ms_ = 0;
  unsigned sent_ = 0;
};

}  // namespace dstfwd
