// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/table_region.h"

#include <gtest/gtest.h>

#include <random>

namespace dstfwd {
namespace {

FlowHash with_spread(std::mt19937& random, uint32_t spread) {
  const auto primary = static_cast<uint32_t>(random());
  return {kTagBit, primary, 0, spread};
}

TEST(TableRegion, AFlowsBucketIsOneOfThoseInUse) {
  TableRegion region(1024);
  std::mt19937 random(1);
  std::vector<bool> met(1024);
  for (int i = 0; i < 100000; ++i) {
    const uint32_t at = region.now().at(with_spread(random, 0));
    ASSERT_LT(at, 1024U);
    met[at] = true;
  }
  EXPECT_EQ(std::ranges::count(met, true), 1024);
}

TEST(TableRegion, FlowsChangeOverInTheOrderOfTheirSpread) {
  TableRegion region(1U << 20U);
  std::mt19937 random(2);
  region.begin(16);
  const FlowHash early = with_spread(random, 99);
  const FlowHash late = with_spread(random, 100);
  const auto is_in_16 = [&](const FlowHash& hash) {
    return region.now().at(hash) == hash.primary >> 28U;
  };
  EXPECT_FALSE(region.now().is_moving());
  EXPECT_FALSE(is_in_16(early));
  region.advance(100);
  EXPECT_TRUE(region.now().is_moving());
  EXPECT_TRUE(is_in_16(early));
  EXPECT_TRUE(region.now().has_moved(early));
  EXPECT_FALSE(is_in_16(late));
  EXPECT_FALSE(region.now().has_moved(late));
  region.finish();
  EXPECT_FALSE(region.now().is_moving());
  EXPECT_TRUE(is_in_16(early));
  EXPECT_TRUE(is_in_16(late));
  EXPECT_FALSE(region.now().has_moved(early)) << "nothing is left behind any more";
}

TEST(TableRegion, TellsOnceThatItIsCrowded) {
  TableRegion region(16);
  EXPECT_FALSE(region.take_crowded());
  region.note_crowded();
  region.note_crowded();
  EXPECT_TRUE(region.take_crowded());
  EXPECT_FALSE(region.take_crowded());
}

}  // namespace
}  // namespace dstfwd
