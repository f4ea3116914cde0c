// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/stage_cycles.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

const StageCyclesSnapshot::Of& of(const StageCyclesSnapshot& seen, Stage stage) {
  return seen.stages[static_cast<size_t>(stage)];
}

TEST(StageCycles, GivesEachStageTheTimeUntilTheNext) {
  StageCycles cycles;
  cycles.begin(1000);
  cycles.enter(Stage::kClassify, 1010);
  cycles.enter(Stage::kLookup, 1040);
  cycles.enter(Stage::kTx, 1100);
  cycles.end(32, 1105);
  const StageCyclesSnapshot seen = cycles.snapshot();
  EXPECT_EQ(of(seen, Stage::kRx).cycles, 10U);
  EXPECT_EQ(of(seen, Stage::kClassify).cycles, 30U);
  EXPECT_EQ(of(seen, Stage::kLookup).cycles, 60U);
  EXPECT_EQ(of(seen, Stage::kTx).cycles, 5U);
  EXPECT_EQ(seen.cycles(), 105U) << "no cycle is lost or counted twice";
  EXPECT_EQ(seen.packets, 32U);
  EXPECT_EQ(seen.turns, 1U);
  EXPECT_EQ(of(seen, Stage::kRx).entered, 1U);
  EXPECT_EQ(of(seen, Stage::kResolve).entered, 0U);
}

TEST(StageCycles, AStageEnteredTwiceInATurnHasBothTimes) {
  StageCycles cycles;
  cycles.begin(0);
  cycles.enter(Stage::kClassify, 10);
  cycles.enter(Stage::kRx, 15);
  cycles.enter(Stage::kClassify, 35);
  cycles.end(2, 40);
  const StageCyclesSnapshot seen = cycles.snapshot();
  EXPECT_EQ(of(seen, Stage::kRx).cycles, 30U);
  EXPECT_EQ(of(seen, Stage::kRx).entered, 2U);
  EXPECT_EQ(of(seen, Stage::kClassify).cycles, 10U);
}

TEST(StageCycles, EmptyPollsAreCountedApart) {
  StageCycles cycles;
  cycles.begin(0);
  cycles.enter(Stage::kTx, 30);
  cycles.end(0, 50);
  const StageCyclesSnapshot seen = cycles.snapshot();
  EXPECT_EQ(seen.cycles(), 0U);
  EXPECT_EQ(seen.turns, 0U);
  EXPECT_EQ(seen.empty_turns, 1U);
  EXPECT_EQ(seen.empty_cycles, 50U);
}

TEST(StageCycles, ADifferenceIsWhatCameBetween) {
  StageCycles cycles;
  cycles.begin(0);
  cycles.end(1, 100);
  const StageCyclesSnapshot before = cycles.snapshot();
  cycles.begin(200);
  cycles.end(3, 207);
  StageCyclesSnapshot between = cycles.snapshot();
  between -= before;
  EXPECT_EQ(between.cycles(), 7U);
  EXPECT_EQ(between.packets, 3U);
  EXPECT_EQ(between.turns, 1U);
  between += before;
  EXPECT_EQ(between.cycles(), 107U);
  EXPECT_EQ(between.packets, 4U);
}

}  // namespace
}  // namespace dstfwd
