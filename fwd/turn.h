// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace dstfwd {

// What holds for one turn of the worker's loop.
struct Turn {
  uint64_t version;  // RouterView's, read when the burst at hand was here
  uint32_t tick;     // DstClock's
};

// The high half of a version is the flush generation, the low half the route generation.
constexpr uint32_t flush_generation(uint64_t version) noexcept {
  return static_cast<uint32_t>(version >> 32U);
}

}  // namespace dstfwd
