// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/adaptive_timer.h"

#include <gtest/gtest.h>

#include <array>

namespace dstgc {
namespace {

constexpr AdaptiveTimer::Config kJiffies{25, 125, 30000, 250};

struct Row {
  uint64_t delayed, freed, expires;
};
// The published trace of the 2007 change (HZ = 250).
constexpr std::array<Row, 12> kTrace = {{{74109, 141, 150},
                                         {73366, 743, 400},
                                         {71844, 1522, 775},
                                         {68791, 3053, 1256},
                                         {64711, 4080, 1997},
                                         {58316, 6395, 25},
                                         {58252, 64, 150},
                                         {57843, 409, 400},
                                         {56679, 1164, 775},
                                         {53965, 2714, 1389},
                                         {49627, 4338, 1997},
                                         {46865, 2762, 2748}}};

TEST(AdaptiveTimer, ReplaysThePublishedTraceFromOneClock) {
  // The trace does not say where in its second the clock stood, but the walks follow each other:
  // a phase is right when the clock, advanced by each armed delay, gives every row. The walk
  // itself took 6 to 11 ms, at most three ticks, and a work queue may start one late.
  int right = 0;
  for (uint64_t phase = 0; phase < 250; ++phase) {
    AdaptiveTimer timer(kJiffies);
    bool all = true;
    for (const Row& row : kTrace) {
      timer.walked(row.delayed, row.freed);
      if (timer.expires() <= 1000) all = all && timer.expires() == row.expires;
    }
    right += all ? 1 : 0;
  }
  EXPECT_EQ(right, 250);  // rows below 4 s do not depend on the clock
}

TEST(AdaptiveTimer, RoundsTheDelaysAboveFourSecondsToWholeSecondsOfTheClock) {
  AdaptiveTimer timer(kJiffies);
  for (const Row& row : kTrace) {
    timer.walked(row.delayed, row.freed);
    if (timer.expires() <= 1000) {
      EXPECT_EQ(timer.armed(12345), row.expires);
      continue;
    }
    // Some phase of the clock gives the published figure, and each phase ends on a second.
    bool found = false;
    for (uint64_t now = 1000000; now < 1000250; ++now) {
      const uint64_t armed = timer.armed(now);
      EXPECT_EQ((now + armed) % 250, 0U);
      const uint64_t rest = (now + timer.expires()) % 250;
      EXPECT_EQ(armed < timer.expires(), rest < 62 && rest != 0) << "phase " << now % 250;
      found = found || armed == row.expires;
    }
    EXPECT_TRUE(found) << row.expires;
  }
}

TEST(AdaptiveTimer, KeepsTheUnroundedDelayAsItsState) {
  AdaptiveTimer timer(kJiffies);
  for (uint64_t want : {150U, 400U, 775U, 1275U, 1900U, 2650U})
    EXPECT_EQ(timer.walked(1000, 0), want);
}

TEST(AdaptiveTimer, NeverExceedsItsMaximum) {
  AdaptiveTimer timer(kJiffies);
  for (int i = 0; i < 100; ++i) timer.walked(1000, 0);
  EXPECT_EQ(timer.expires(), 30000U);
}

TEST(AdaptiveTimer, GoesBackToTheMinimumOnlyAboveATenth) {
  AdaptiveTimer timer(kJiffies);
  EXPECT_EQ(timer.walked(1000, 100), 150U);
  EXPECT_EQ(timer.walked(1000, 101), 25U);
  EXPECT_EQ(timer.walked(1000, 0), 150U);
}

TEST(AdaptiveTimer, IsKickedOnlyOutOfABackOff) {
  AdaptiveTimer timer(kJiffies);
  EXPECT_FALSE(timer.kick());
  timer.walked(1000, 0);
  EXPECT_TRUE(timer.kick());
  EXPECT_EQ(timer.expires(), 25U);
  timer.idle();
  EXPECT_TRUE(timer.kick());
}

}  // namespace
}  // namespace dstgc
