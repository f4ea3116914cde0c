// SPDX-License-Identifier: BSD-3-Clause
// Choices without a branch, for what no branch can predict. `c ? a : b` is no promise: GCC 12 makes
// a branch of several that hang on one condition.
#pragma once

#include <cstdint>

namespace dstfwd {

// All bits of it where `condition` is 1, none where it is 0. The compiler is not told which values
// there are, so it cannot go back to the condition.
inline uint64_t mask_if(uint64_t condition) noexcept {
  uint64_t mask = 0 - condition;
  asm("" : "+r"(mask));
  return mask;
}

constexpr uint64_t select(uint64_t mask, uint64_t set, uint64_t unset) noexcept {
  return unset ^ ((set ^ unset) & mask);
}
template <typename T>
T* select(uint64_t mask, T* set, T* unset) noexcept {
  return reinterpret_cast<T*>(
      select(mask, reinterpret_cast<uintptr_t>(set), reinterpret_cast<uintptr_t>(unset)));
}

}  // namespace dstfwd
