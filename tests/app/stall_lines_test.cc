// SPDX-License-Identifier: BSD-3-Clause
#include "app/stall_lines.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

constexpr uint64_t kHz = 1'000'000'000;
constexpr uint64_t kNow = 100 * kHz;

TEST(StallLines, NameLcoreStageAndLength) {
  StallLines lines(kHz, kNow);
  EXPECT_EQ(lines.of({7, Stage::kLookup, 1'200'000, false}, kNow),
            "dstfwd: lcore 7 has not polled for 1.2 ms in stage lookup\n");
  EXPECT_EQ(lines.of({7, Stage::kGc, 1'780'000'000, true}, kNow),
            "dstfwd: lcore 7 polls again, after 1.78 s in stage gc\n");
}

TEST(StallLines, AreOneASecondInTheLongRunAndTellHowManyWereLeftOut) {
  StallLines lines(kHz, kNow);
  const Stall stall{1, Stage::kRx, 1'000'000, false};
  unsigned said = 0;
  for (unsigned i = 0; i < 1000; ++i) said += lines.of(stall, kNow + i).empty() ? 0 : 1;
  EXPECT_EQ(said, StallLines::kAtOnce);
  EXPECT_EQ(lines.of(stall, kNow + kHz),
            "dstfwd: 990 more stalls, not told one by one\n"
            "dstfwd: lcore 1 has not polled for 1 ms in stage rx\n");
  EXPECT_EQ(lines.of(stall, kNow + kHz), "");
}

TEST(StallLines, TellTheEndOfEachStallThatTheyToldAndOfNoOther) {
  StallLines lines(kHz, kNow);
  for (unsigned lcore = 1; lcore <= StallLines::kAtOnce; ++lcore)
    EXPECT_NE(lines.of({lcore, Stage::kRx, 1'000'000, false}, kNow), "");
  EXPECT_EQ(lines.of({99, Stage::kRx, 1'000'000, false}, kNow), "");
  EXPECT_EQ(lines.of({99, Stage::kRx, 1'500'000, true}, kNow), "");
  EXPECT_EQ(lines.of({3, Stage::kRx, 1'500'000, true}, kNow),
            "dstfwd: 1 more stalls, not told one by one\n"
            "dstfwd: lcore 3 polls again, after 1.5 ms in stage rx\n");
  EXPECT_EQ(lines.of({3, Stage::kRx, 1'500'000, true}, kNow), "") << "once";
}

}  // namespace
}  // namespace dstfwd
