// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/adaptive_timer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace dstgc {
namespace {

constexpr AdaptiveTimer::Config kJiffies{25, 125, 30000, 250};

struct Row {
  uint64_t delayed, freed, expires, elapsed_us;
};
// The published trace of the 2007 change (HZ = 250): two sequences, one after the other.
constexpr std::array<Row, 12> kTrace = {{{74109, 141, 150, 8092},
                                         {73366, 743, 400, 8542},
                                         {71844, 1522, 775, 8849},
                                         {68791, 3053, 1256, 9748},
                                         {64711, 4080, 1997, 10146},
                                         {58316, 6395, 25, 11402},
                                         {58252, 64, 150, 6148},
                                         {57843, 409, 400, 6350},
                                         {56679, 1164, 775, 7051},
                                         {53965, 2714, 1389, 8120},
                                         {49627, 4338, 1997, 8909},
                                         {46865, 2762, 2748, 7351}}};
constexpr uint64_t kTickUs = 4000;

// All ways in which one running clock can give the rows from `row` on, when walk `row` begins at
// tick `now`. A walk of so many microseconds takes the ticks below or above that. Appends the
// phase (ticks within the second) at the end of each walk of each way.
void replay(size_t row, uint64_t now, AdaptiveTimer timer, std::vector<uint64_t> phases,
            std::vector<std::vector<uint64_t>>& ways) {
  if (row == kTrace.size()) {
    ways.push_back(std::move(phases));
    return;
  }
  const Row& want = kTrace[row];
  timer.walked(want.delayed, want.freed);
  const uint64_t least = want.elapsed_us / kTickUs;
  for (uint64_t end : {now + least, now + least + 1}) {
    if (timer.armed(end) != want.expires) continue;
    std::vector<uint64_t> more = phases;
    more.push_back(end % kJiffies.hz);
    replay(row + 1, end + want.expires, timer, std::move(more), ways);
  }
}

TEST(AdaptiveTimer, ReplaysThePublishedTraceOnOneRunningClock) {
  std::vector<std::vector<uint64_t>> ways;
  for (uint64_t phase = 0; phase < kJiffies.hz; ++phase)
    replay(0, 1000 * kJiffies.hz + phase, AdaptiveTimer(kJiffies), {}, ways);
  ASSERT_FALSE(ways.empty());
  // Where the clock must have stood when a delay was rounded follows from the trace alone: 1275
  // came out as 1256 and as 1389, 1900 as 1997 twice, 2650 as 2748.
  for (const std::vector<uint64_t>& phases : ways) {
    EXPECT_EQ(phases[3], 244U);
    EXPECT_EQ(phases[4], 3U);
    EXPECT_EQ(phases[9], 111U);
    EXPECT_EQ(phases[10], 3U);
    EXPECT_EQ(phases[11], 2U);
  }
}

TEST(AdaptiveTimer, RoundsDownBelowAQuarterOfASecondAndUpFromIt) {
  AdaptiveTimer timer(kJiffies);
  while (timer.expires() <= 1000) timer.walked(1000, 0);
  ASSERT_EQ(timer.expires(), 1275U);
  for (uint64_t now = 1000000; now < 1000250; ++now) {
    const uint64_t armed = timer.armed(now);
    const uint64_t rest = (now + 1275) % 250;
    EXPECT_EQ((now + armed) % 250, 0U);
    EXPECT_EQ(armed, rest < 62 ? 1275 - rest : 1275 + 250 - rest) << "phase " << now % 250;
  }
}

TEST(AdaptiveTimer, ArmsShortDelaysAsTheyAre) {
  AdaptiveTimer timer(kJiffies);
  for (uint64_t want : {150U, 400U, 775U}) {
    timer.walked(1000, 0);
    for (uint64_t now = 5000; now < 5250; ++now) EXPECT_EQ(timer.armed(now), want);
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
