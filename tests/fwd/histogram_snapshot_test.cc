// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/histogram_snapshot.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fwd/histogram_scale.h"

namespace dstfwd {
namespace {

HistogramSnapshot of(const std::vector<uint64_t>& values) {
  std::vector<uint64_t> counts(HistogramScale::kCounts);
  uint64_t max = 0;
  for (const uint64_t value : values) {
    ++counts[HistogramScale::index_of(value)];
    max = std::max(max, value);
  }
  return {counts, max};
}

TEST(HistogramSnapshot, AnEmptyOneSaysNothing) {
  const HistogramSnapshot empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.quantile(0.5), 0U);
  EXPECT_EQ(empty.min(), 0U);
  EXPECT_EQ(empty.max(), 0U);
  EXPECT_EQ(empty.mean(), 0.0);
  EXPECT_EQ(empty.standard_deviation(), 0.0);
}

TEST(HistogramSnapshot, QuantilesAreTheLeastValueThatSoManyDoNotExceed) {
  const HistogramSnapshot s = of({10, 20, 30, 40});
  EXPECT_EQ(s.quantile(0), 10U);
  EXPECT_EQ(s.quantile(0.25), 10U);
  EXPECT_EQ(s.quantile(0.26), 20U);
  EXPECT_EQ(s.quantile(0.75), 30U);
  EXPECT_EQ(s.quantile(1), 40U);
  EXPECT_EQ(s.quantile(7), 40U) << "clamped";
  EXPECT_EQ(s.quantile(-1), 10U) << "clamped";
}

TEST(HistogramSnapshot, NoQuantileIsAboveTheMaximum) {
  const HistogramSnapshot s = of({1'000'001});
  EXPECT_GT(HistogramScale::highest(HistogramScale::index_of(1'000'001)), 1'000'001U);
  EXPECT_EQ(s.quantile(1), 1'000'001U);
}

TEST(HistogramSnapshot, MeanAndDeviationAreThoseOfTheValues) {
  const HistogramSnapshot s = of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_DOUBLE_EQ(s.mean(), 5.0);
  EXPECT_DOUBLE_EQ(s.standard_deviation(), 2.0);
}

TEST(HistogramSnapshot, CountsWhatLiesAbove) {
  const HistogramSnapshot s = of({100, 200, 300});
  EXPECT_EQ(s.count_over(99), 3U);
  EXPECT_EQ(s.count_over(100), 2U);
  EXPECT_EQ(s.count_over(300), 0U);
}

TEST(HistogramSnapshot, MergesAndTakesAway) {
  HistogramSnapshot s = of({10, 500});
  s.merge(of({20, 900}));
  EXPECT_EQ(s.count(), 4U);
  EXPECT_EQ(s.max(), 900U);
  EXPECT_EQ(s.min(), 10U);
  s.subtract(of({10, 500}));
  EXPECT_EQ(s.count(), 2U);
  EXPECT_EQ(s.min(), 20U);
  EXPECT_EQ(s.max(), 900U) << "it grew since: exact";
  EXPECT_EQ(s.quantile(0.5), 20U);
}

TEST(HistogramSnapshot, AMaximumThatDidNotGrowIsKnownToThreeDigits) {
  HistogramSnapshot s = of({5'000'000, 1'000'003, 7});
  s.subtract(of({5'000'000}));
  EXPECT_EQ(s.count(), 2U);
  EXPECT_NEAR(static_cast<double>(s.max()), 1'000'003.0, 1'000.0);
}

}  // namespace
}  // namespace dstfwd
