// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace dstfwd {

// Random delays of protocols (not secrets): SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), eight
// bytes of state, good from any seed.
class SmallRandom {
 public:
  explicit SmallRandom(uint64_t seed) noexcept : state_(seed) {}

  uint64_t next() noexcept {
    uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // Uniform from low to high, both possible. Precondition: low <= high.
  uint32_t between(uint32_t low, uint32_t high) noexcept {
    return low + static_cast<uint32_t>(((next() >> 32U) * (uint64_t{high - low} + 1)) >> 32U);
  }

 private:
  uint64_t state_;
};

}  // namespace dstfwd
