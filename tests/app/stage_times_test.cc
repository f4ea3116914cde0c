// SPDX-License-Identifier: BSD-3-Clause
#include "app/stage_times.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

// 32 packets in a turn: 320 cycles of receive, 640 of lookup; and an empty turn of 100.
LcoreCycles lcore(unsigned number) {
  StageCycles cycles;
  cycles.begin(0);
  cycles.enter(Stage::kLookup, 320);
  cycles.end(32, 960);
  cycles.begin(2000);
  cycles.end(0, 2100);
  return {number, cycles.snapshot()};
}

TEST(StageTimes, GivesEachStageItsCyclesAPacketOfAllLcores) {
  const std::vector<LcoreCycles> lcores = {lcore(3), lcore(4)};
  const std::string said = cycles_text(lcores, true, 2'000'000'000);
  EXPECT_NE(said.find("64 packets in 2 turns (32.0 a turn), TSC of 2.000 GHz, counting\n"),
            said.npos)
      << said;
  EXPECT_NE(said.find("rx                        2           10.0         5.00     33.3 %\n"),
            said.npos)
      << said;
  EXPECT_NE(said.find("lookup                    2           20.0        10.00     66.7 %\n"),
            said.npos)
      << said;
  EXPECT_NE(said.find("all                       2           30.0        15.00    100.0 %\n"),
            said.npos)
      << said;
  EXPECT_EQ(said.find("resolve"), said.npos) << "a stage that no turn entered: " << said;
}

TEST(StageTimes, TellsTurnsWithoutPacketsApart) {
  const LcoreCycles one = lcore(3);
  const std::string said = cycles_text(std::span(&one, 1), false, 2'000'000'000);
  EXPECT_NE(said.find("lcore 3: 32 packets, 30.0 cycles a packet, 100.0 a turn without packets, "
                      "90.6 % of the time in turns with packets\n"),
            said.npos)
      << said;
  EXPECT_NE(said.find("not counting (cycles on)"), said.npos) << said;
}

TEST(StageTimes, DividesByNothingWhereNothingWasCounted) {
  const std::string said = cycles_text({}, false, 2'000'000'000);
  EXPECT_NE(said.find("0 packets in 0 turns (0.0 a turn)"), said.npos) << said;
  EXPECT_EQ(said.find("nan"), said.npos) << said;
}

}  // namespace
}  // namespace dstfwd
