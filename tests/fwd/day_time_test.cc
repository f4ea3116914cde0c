// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/day_time.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(DayTime, IsWithinADayAndWhatTheClockSays) {
  constexpr uint32_t kDay_ms = 86'400'000;
  const auto by_time = static_cast<uint32_t>(time(nullptr) % 86400) * 1000;
  const uint32_t now_ms = ms_since_midnight();
  EXPECT_LT(now_ms, kDay_ms);
  // However slow the machine: the clock was read after time(), and midnight may lie between.
  EXPECT_LT((now_ms + kDay_ms - by_time) % kDay_ms, 600'000U);
}

}  // namespace
}  // namespace dstfwd
