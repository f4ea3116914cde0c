// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tsc_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dstfwd {
namespace {

TEST(TscScale, ASecondOfTicksIsASecondAtEachRate) {
  for (const uint64_t hz : {100'000'000UL, 1'000'000'000UL, 2'595'123'000UL, 100'000'000'000UL}) {
    const TscScale scale(hz);
    EXPECT_NEAR(static_cast<double>(scale.to_ns(hz)), 1e9, hz <= 4'000'000'000 ? 2 : 30) << hz;
    EXPECT_NEAR(static_cast<double>(scale.to_ticks(1'000'000'000)), static_cast<double>(hz),
                static_cast<double>(hz) * 1e-9 + 1)
        << hz;
  }
}

TEST(TscScale, IsExactWhereTicksAreNanoseconds) {
  const TscScale scale(1'000'000'000);
  for (const uint64_t value : {0UL, 1UL, 999UL, 1UL << 40U, ~0UL}) {
    EXPECT_EQ(scale.to_ns(value), value);
    EXPECT_EQ(scale.to_ticks(value), value);
  }
}

TEST(TscScale, YearsOfTicksDoNotOverflow) {
  constexpr uint64_t kHz = 3'000'000'000;
  constexpr uint64_t kTenYears_s = 10UL * 365 * 86400;
  const auto ns = static_cast<double>(TscScale(kHz).to_ns(kHz * kTenYears_s));
  EXPECT_NEAR(ns / (static_cast<double>(kTenYears_s) * 1e9), 1.0, 1e-9);
}

TEST(TscScale, MoreTicksAreNeverLessTime) {
  const TscScale scale(2'595'123'457);
  uint64_t last = 0;
  for (uint64_t ticks = 0; ticks < 5000; ++ticks) {
    ASSERT_GE(scale.to_ns(ticks), last);
    last = scale.to_ns(ticks);
  }
}

}  // namespace
}  // namespace dstfwd
