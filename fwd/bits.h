// SPDX-License-Identifier: BSD-3-Clause
// Sets of up to 64 positions in a burst, a bit each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dstfwd {

// n: at most 64.
[[gnu::always_inline]] constexpr uint64_t first_bits(size_t n) noexcept {
  return n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
}

// Calls visit(position), in ascending order.
template <typename Visit>
[[gnu::always_inline]] constexpr void for_each_bit(uint64_t bits, Visit&& visit) noexcept {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<unsigned>(__builtin_ctzll(bits)));
}

}  // namespace dstfwd
