// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/size_mix.h"

#include <gtest/gtest.h>

#include <map>

namespace dstfwd::gen {
namespace {

TEST(SizeMix, OneSizeIsAlwaysThatSize) {
  auto mix = SizeMix::parse("128");
  ASSERT_TRUE(mix);
  for (uint64_t k = 0; k < 10; ++k) EXPECT_EQ(mix->at(k), 128);
  EXPECT_EQ(mix->mean_bytes(), 128);
}

TEST(SizeMix, ImixHasSevenFourOneInAnyTwelveFrames) {
  auto mix = SizeMix::parse("imix");
  ASSERT_TRUE(mix);
  for (uint64_t start = 0; start < 24; ++start) {
    std::map<uint16_t, int> counts;
    for (uint64_t k = start; k < start + 12; ++k) ++counts[mix->at(k)];
    EXPECT_EQ(counts, (std::map<uint16_t, int>{{64, 7}, {594, 4}, {1518, 1}}));
  }
  EXPECT_EQ(mix->largest(), 1518);
  EXPECT_NEAR(mix->mean_bytes(), (7 * 64 + 4 * 594 + 1518) / 12.0, 1e-9);
}

TEST(SizeMix, SharesAreSpreadAndNotInRuns) {
  auto mix = SizeMix::parse("64:1,1518:1");
  ASSERT_TRUE(mix);
  for (uint64_t k = 0; k < 10; ++k) EXPECT_NE(mix->at(k), mix->at(k + 1));
}

TEST(SizeMix, WhatIsNoSizeIsNamed) {
  for (const char* text : {"", "63", "9601", "x", "64:", "64:0", ":3", "64,", "64;65", "64:1,63"}) {
    auto mix = SizeMix::parse(text);
    ASSERT_FALSE(mix) << text;
    EXPECT_NE(mix.error().message.find("is not a size"), std::string::npos) << text;
  }
  EXPECT_EQ(SizeMix::parse("64:1,63").error().message,
            "\"63\" is not a size from 64 to 9600 bytes, or SIZE:WEIGHT");
  EXPECT_EQ(SizeMix::parse("64:4000,65:97").error().message,
            "the weights add up to 4097, 4096 at most");
}

}  // namespace
}  // namespace dstfwd::gen
