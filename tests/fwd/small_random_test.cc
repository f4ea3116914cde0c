// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/small_random.h"

#include <gtest/gtest.h>

#include <set>

namespace dstfwd {
namespace {

TEST(SmallRandom, IsSplitMix64) {  // from seed 0, as in the generator's published vectors
  SmallRandom random(0);
  EXPECT_EQ(random.next(), 0xe220a8397b1dcdafU);
  EXPECT_EQ(random.next(), 0x6e789e6aa1b965f4U);
}

TEST(SmallRandom, BetweenReachesBothEndsAndNothingElse) {
  std::set<uint32_t> seen;
  SmallRandom random(1);
  for (int i = 0; i < 1000; ++i) seen.insert(random.between(5, 9));
  EXPECT_EQ(seen, (std::set<uint32_t>{5, 6, 7, 8, 9}));
  EXPECT_EQ(random.between(3, 3), 3U);
}

TEST(SmallRandom, NeighbouringSeedsBeginFarApart) {
  uint32_t low = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    low += SmallRandom(seed).between(0, 999) < 500 ? 1 : 0;
  }
  EXPECT_GT(low, 400U);
  EXPECT_LT(low, 600U);
}

}  // namespace
}  // namespace dstfwd
