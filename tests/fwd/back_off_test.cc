// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/back_off.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

constexpr BackOff::Config kConfig{100, 1000};

void spin(BackOff& back_off) {
  for (uint32_t i = 0; i < BackOff::kSpins; ++i) ASSERT_EQ(back_off.polled(true), 0U);
}

TEST(BackOff, DoesNotWaitInTheGapsOfBurstyTraffic) {
  BackOff back_off(kConfig);
  for (int burst = 0; burst < 10; ++burst) {
    spin(back_off);
    EXPECT_EQ(back_off.polled(false), 0U);
  }
}

TEST(BackOff, WaitsTwiceAsLongEachTimeUpToItsBound) {
  BackOff back_off(kConfig);
  spin(back_off);
  for (const uint64_t want : {100U, 200U, 400U, 800U, 1000U, 1000U, 1000U})
    EXPECT_EQ(back_off.polled(true), want);
}

TEST(BackOff, APacketEndsItAndItBeginsAnew) {
  BackOff back_off(kConfig);
  spin(back_off);
  EXPECT_EQ(back_off.polled(true), 100U);
  EXPECT_EQ(back_off.polled(true), 200U);
  EXPECT_EQ(back_off.polled(false), 0U);
  spin(back_off);
  EXPECT_EQ(back_off.polled(true), 100U);
}

TEST(BackOff, ABoundBelowTheFirstWaitIsObeyed) {
  BackOff back_off({100, 60});
  spin(back_off);
  EXPECT_EQ(back_off.polled(true), 60U);
  EXPECT_EQ(back_off.polled(true), 60U);
}

TEST(BackOff, WithoutABoundItNeverWaits) {
  BackOff back_off({100, 0});
  for (uint32_t i = 0; i < 2 * BackOff::kSpins; ++i) EXPECT_EQ(back_off.polled(true), 0U);
}

}  // namespace
}  // namespace dstfwd
