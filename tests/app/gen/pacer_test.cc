// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/pacer.h"

#include <gtest/gtest.h>

namespace dstfwd::gen {
namespace {

constexpr uint64_t kHz = 2'600'000'000;

TEST(Pacer, FramesAreDueAtAConstantRateForHours) {
  const Pacer pacer(1000, kHz, 14'880'952);
  EXPECT_EQ(pacer.due(999), 0U);
  EXPECT_EQ(pacer.due(1000), 1U);
  for (const uint64_t seconds : {1U, 60U, 36000U}) {
    const double expected = 14'880'952.0 * static_cast<double>(seconds);
    EXPECT_NEAR(static_cast<double>(pacer.due(1000 + seconds * kHz)), expected,
                expected * 1e-9 + 1);
  }
}

TEST(Pacer, AFrameIsDueFromItsIntendedTimeOn) {
  const Pacer pacer(5'000'000, kHz, 1'234'567);
  for (const uint64_t k : {0U, 1U, 2U, 1000U, 99'999'999U}) {
    const uint64_t when = pacer.when(k, 0);
    EXPECT_GE(pacer.due(when + 1), k + 1);
    EXPECT_LE(pacer.due(when - 1), k);
  }
}

TEST(Pacer, ADelayOfTheSenderDoesNotMoveTheSchedule) {
  const Pacer pacer(0, kHz, 1'000'000);
  // The sender was away for a second: a million frames are due, each at its own time, long past.
  EXPECT_EQ(pacer.due(kHz), 1'000'001U);
  EXPECT_EQ(pacer.when(10, kHz), 26'000U);
}

TEST(Pacer, AsFastAsPossibleMeansNow) {
  const Pacer pacer(100, kHz, 0);
  EXPECT_EQ(pacer.due(99), 0U);
  EXPECT_EQ(pacer.due(100), ~uint64_t{0});
  EXPECT_EQ(pacer.when(123456, 777), 777U);
}

}  // namespace
}  // namespace dstfwd::gen
