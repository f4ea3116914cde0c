// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>

namespace dstfwd {

// Limits a rate (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)): `rate_per_s` on average, `burst` at once.
// Time is injected, in ticks of any clock that does not run backwards. One thread at a time.
class TokenBucket {
 public:
  // rate_per_s 0: no limit. The bucket begins full. Preconditions: hz > 0, burst > 0.
  TokenBucket(uint32_t rate_per_s, uint32_t burst, uint64_t hz, uint64_t now) noexcept
      : ticks_per_token_(rate_per_s == 0 ? 0 : std::max<uint64_t>(1, hz / rate_per_s)),
        depth_ticks_(ticks_per_token_ * burst),
        full_at_(now) {}

  // True: one token was there and is taken. A division-free comparison: the state is the time at
  // which the bucket will be full again, and each token taken moves it on by one token's time.
  bool take(uint64_t now) noexcept {
    if (ticks_per_token_ == 0) return true;
    const uint64_t full_at = std::max(full_at_, now) + ticks_per_token_;
    if (full_at - now > depth_ticks_) return false;
    full_at_ = full_at;
    return true;
  }

 private:
  uint64_t ticks_per_token_;
  uint64_t depth_ticks_;
  uint64_t full_at_;
};

}  // namespace dstfwd
