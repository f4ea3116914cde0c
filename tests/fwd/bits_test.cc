// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/bits.h"

#include <gtest/gtest.h>

#include <vector>

namespace dstfwd {
namespace {

std::vector<unsigned> visited(uint64_t bits) {
  std::vector<unsigned> out;
  for_each_bit(bits, [&](unsigned at) { out.push_back(at); });
  return out;
}

TEST(BitsTest, TheFirstBitsAreAsManyAsAskedForUpToAll) {
  EXPECT_EQ(first_bits(0), 0U);
  for (size_t n = 1; n <= 64; ++n) EXPECT_EQ(first_bits(n), ~uint64_t{0} >> (64 - n)) << n;
}

TEST(BitsTest, EachBitIsVisitedOnceInAscendingOrder) {
  EXPECT_TRUE(visited(0).empty());
  EXPECT_EQ(visited(uint64_t{1} << 63U | 0b100101U), (std::vector<unsigned>{0, 2, 5, 63}));
  EXPECT_EQ(visited(~uint64_t{0}).size(), 64U);
}

}  // namespace
}  // namespace dstfwd
