// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/reuse_meter.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

// A window of which so many were used again.
void window(ReuseMeter& meter, uint32_t reused) {
  for (uint32_t i = 0; i < ReuseMeter::kWindow; ++i) meter.record(i < reused ? 2 : 1);
}

TEST(ReuseMeter, IsNotLowBeforeAWindowHasEnded) {
  ReuseMeter meter;
  EXPECT_FALSE(meter.is_low());
  for (uint32_t i = 0; i + 1 < ReuseMeter::kWindow; ++i) meter.record(1);
  EXPECT_FALSE(meter.is_low());
  meter.record(1);
  EXPECT_TRUE(meter.is_low());
}

TEST(ReuseMeter, IsLowWhereFewerThanAnEighthWereUsedAgain) {
  ReuseMeter meter;
  window(meter, ReuseMeter::kLow);
  EXPECT_FALSE(meter.is_low());
  window(meter, ReuseMeter::kLow - 1);
  EXPECT_TRUE(meter.is_low());
}

TEST(ReuseMeter, GoesByTheLastWindow) {
  ReuseMeter meter;
  window(meter, 0);
  window(meter, ReuseMeter::kWindow);
  EXPECT_FALSE(meter.is_low());
  window(meter, 0);
  EXPECT_TRUE(meter.is_low());
}

TEST(ReuseMeter, AnEntryWhoseFlowGoesOnInAnotherDoesNotCount) {
  ReuseMeter meter;
  for (uint32_t i = 0; i < 2 * ReuseMeter::kWindow; ++i) meter.record(0);
  EXPECT_FALSE(meter.is_low());
  window(meter, ReuseMeter::kLow - 1);
  EXPECT_TRUE(meter.is_low()) << "a window of its own";
}

}  // namespace
}  // namespace dstfwd
