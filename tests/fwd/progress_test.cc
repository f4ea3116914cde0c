// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/progress.h"

#include <gtest/gtest.h>

#include <set>

namespace dstfwd {
namespace {

Stage stage_of(uint64_t word) {
  return static_cast<Stage>(word & Progress::kStageMask);
}

TEST(Progress, AnLcoreThatNeverPolledIsOffline) {
  EXPECT_EQ(Progress().word(), 0U);
}

TEST(Progress, OneWordHasTheTurnAndTheStage) {
  Progress progress;
  progress.turn(0x1234567);
  EXPECT_EQ(stage_of(progress.word()), Stage::kRx);
  progress.enter(Stage::kTx);
  EXPECT_EQ(stage_of(progress.word()), Stage::kTx);
  EXPECT_EQ(progress.word() & ~Progress::kStageMask, 0x1234560U) << "of the turn, to 16 ticks";
}

TEST(Progress, TwoTurnsWithinSixteenTicksLookLikeOne) {
  Progress progress;
  progress.turn(0x100);
  const uint64_t word = progress.word();
  progress.turn(0x10f);
  EXPECT_EQ(progress.word(), word);
  progress.turn(0x110);
  EXPECT_NE(progress.word(), word);
}

TEST(Progress, OfflineHidesTheLastTurn) {
  Progress progress;
  progress.turn(0x1000);
  progress.offline();
  EXPECT_EQ(progress.word(), 0U);
}

TEST(Progress, EachStageHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (unsigned s = 0; s < static_cast<unsigned>(Stage::kCount); ++s) {
    names.insert(name(static_cast<Stage>(s)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(Stage::kCount));
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(name(Stage::kCount), "unknown");
}

}  // namespace
}  // namespace dstfwd
