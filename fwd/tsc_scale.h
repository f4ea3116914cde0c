// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace dstfwd {

// Ticks of the TSC to nanoseconds and back, by one multiplication and a shift, over the whole range
// of 64 bits: exact to 1 part in 2^30 for clocks of 100 MHz to 4 GHz, to 1 in 2^25 up to 100 GHz.
// Any thread.
class TscScale {
 public:
  // Precondition: tsc_hz > 0 (rte_get_tsc_hz()).
  explicit constexpr TscScale(uint64_t tsc_hz) noexcept
      : ns_per_tick_((u128{1'000'000'000} << 32U) / tsc_hz),
        ticks_per_ns_((u128{tsc_hz} << 32U) / 1'000'000'000) {}

  constexpr uint64_t to_ns(uint64_t ticks) const noexcept { return scale(ticks, ns_per_tick_); }
  constexpr uint64_t to_ticks(uint64_t ns) const noexcept { return scale(ns, ticks_per_ns_); }

 private:
  __extension__ using u128 = unsigned __int128;
  static constexpr uint64_t scale(uint64_t value, u128 factor) noexcept {
    return static_cast<uint64_t>((u128{value} * static_cast<uint64_t>(factor)) >> 32U);
  }

  u128 ns_per_tick_;  // 32.32 fixed point
  u128 ticks_per_ns_;
};

}  // namespace dstfwd
