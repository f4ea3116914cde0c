// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <ctime>

namespace dstfwd {

// Of UT, as timestamps of IPv4 and ICMP have it (RFC 791 3.1, RFC 792). Any thread but a forwarding
// lcore: it may be a system call.
inline uint32_t ms_since_midnight() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  constexpr int64_t kDay_s = 86400;
  return static_cast<uint32_t>(now.tv_sec % kDay_s * 1000 + now.tv_nsec / 1000000);
}

}  // namespace dstfwd
