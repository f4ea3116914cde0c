// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace dstfwd {

// What holds for one burst in the worker's loop.
struct Turn {
  uint64_t version;  // RouterView's, read when the burst was here
  uint32_t tick;     // DstClock's, of the loop's turn
};

// The high half of a version is the flush generation, the low half the route generation.
constexpr uint32_t flush_generation(uint64_t version) noexcept {
  return static_cast<uint32_t>(version >> 32U);
}

}  // namespace dstfwd
