// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/poll_meter.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

constexpr TscScale kNanoseconds{1'000'000'000};

TEST(PollMeter, ATurnIsAGapFromTheOneBefore) {
  PollMeter meter(kNanoseconds, 1000);
  meter.turn(5000);
  EXPECT_EQ(meter.gaps().snapshot().count(), 0U) << "the first has none before it";
  meter.turn(5100);
  meter.turn(5300);
  const HistogramSnapshot gaps = meter.gaps().snapshot();
  EXPECT_EQ(gaps.count(), 2U);
  EXPECT_EQ(gaps.min(), 100U);
  EXPECT_EQ(gaps.max(), 200U);
}

TEST(PollMeter, CountsAsAStallFromTheThresholdOn) {
  PollMeter meter(kNanoseconds, 1000);
  meter.turn(10000);
  meter.turn(10999);
  EXPECT_EQ(meter.stalls(), 0U);
  EXPECT_EQ(meter.last_stall_ns(), 0U);
  meter.turn(11999);
  EXPECT_EQ(meter.stalls(), 1U);
  EXPECT_EQ(meter.last_stall_ns(), 1000U);
  meter.turn(19999);
  EXPECT_EQ(meter.stalls(), 2U);
  EXPECT_EQ(meter.last_stall_ns(), 8000U);
}

TEST(PollMeter, TimeOfflineIsNoGap) {
  PollMeter meter(kNanoseconds, 1000);
  meter.turn(10000);
  meter.offline();
  EXPECT_EQ(meter.progress().word(), 0U);
  meter.turn(9'000'000);
  EXPECT_EQ(meter.stalls(), 0U);
  EXPECT_EQ(meter.gaps().snapshot().count(), 0U);
  EXPECT_NE(meter.progress().word(), 0U);
}

}  // namespace
}  // namespace dstfwd
