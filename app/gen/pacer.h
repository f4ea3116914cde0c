// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>

namespace dstfwd::gen {

// When each packet of an open loop is meant to be sent: at a constant rate from the start, whatever
// became of those before it. Latency counts from that time, so a sender that was held up does not
// hide it (coordinated omission: G. Tene, "How NOT to Measure Latency"). A pure function of time.
class Pacer {
 public:
  // packets_per_s: 0 is as fast as possible, then every packet is meant for the moment at which it
  // is sent. Precondition: packets_per_s <= tsc_hz.
  Pacer(uint64_t start_tsc, uint64_t tsc_hz, double packets_per_s) noexcept
      : start_tsc_(start_tsc),
        interval_(packets_per_s > 0
                      ? static_cast<uint64_t>(static_cast<double>(tsc_hz) / packets_per_s * kOne)
                      : 0) {}

  // How many packets should have been sent at now_tsc.
  uint64_t due(uint64_t now_tsc) const noexcept {
    if (now_tsc < start_tsc_) return 0;
    if (interval_ == 0) return std::numeric_limits<uint64_t>::max();
    return static_cast<uint64_t>((static_cast<u128>(now_tsc - start_tsc_) << 32U) / interval_) + 1;
  }
  uint64_t when(uint64_t k, uint64_t now_tsc) const noexcept {
    if (interval_ == 0) return now_tsc;
    return start_tsc_ + static_cast<uint64_t>((static_cast<u128>(k) * interval_) >> 32U);
  }

 private:
  __extension__ using u128 = unsigned __int128;
  static constexpr double kOne = 4294967296.0;
  uint64_t start_tsc_;
  uint64_t interval_;  // ticks between two packets, 32.32 fixed point
};

}  // namespace dstfwd::gen
