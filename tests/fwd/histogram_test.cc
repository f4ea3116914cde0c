// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <thread>

#include "fwd/tsc_scale.h"

namespace dstfwd {
namespace {

using Scale = HistogramScale;

// The exact quantile: the least value that at least q of all do not exceed.
uint64_t exact_quantile(const std::vector<uint64_t>& sorted, double q) {
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

HistogramSnapshot recorded(const std::vector<uint64_t>& values) {
  LatencyHistogram histogram;
  for (const uint64_t value : values) histogram.record(value);
  return histogram.snapshot();
}

TEST(HistogramScale, EveryCountFollowsTheOneBeforeWithoutGapOrOverlap) {
  EXPECT_EQ(Scale::lowest(0), 0U);
  for (size_t i = 1; i < Scale::kCounts; ++i)
    ASSERT_EQ(Scale::lowest(i), Scale::highest(i - 1) + 1) << i;
  EXPECT_GE(Scale::highest(Scale::kCounts - 1), Scale::kHighest_ns);
}

TEST(HistogramScale, BothEndsOfEveryCountFallIntoIt) {
  for (size_t i = 0; i < Scale::kCounts; ++i) {
    ASSERT_EQ(Scale::index_of(Scale::lowest(i)), i);
    ASSERT_EQ(Scale::index_of(Scale::highest(i)), i);
  }
}

TEST(HistogramScale, NoCountIsWiderThanAThousandthOfItsValues) {
  for (size_t i = 0; i < Scale::kCounts; ++i)
    ASSERT_LE((Scale::highest(i) - Scale::lowest(i)) * 1000, Scale::lowest(i)) << i;
}

struct Distribution {
  const char* name;
  std::function<double(std::mt19937_64&)> draw;
};

TEST(Histogram, QuantilesOfSeveralDistributionsAreExactToAThousandth) {
  const Distribution distributions[] = {
      {"uniform to 1 s", std::uniform_real_distribution<>(0, 1e9)},
      {"exponential, mean 1 us", std::exponential_distribution<>(1e-3)},
      {"log-normal over six decades", std::lognormal_distribution<>(9, 2)},
      {"Pareto, heavy tail",
       [](auto& r) { return 100 / std::pow(std::uniform_real_distribution<>(1e-9, 1)(r), 0.8); }},
      {"two modes far apart",
       [](auto& r) { return r() % 1000 == 0 ? 5e9 + static_cast<double>(r() % 1000) : 250.0; }},
      {"one value", [](auto&) { return 123456789.0; }},
  };
  for (const Distribution& distribution : distributions) {
    std::mt19937_64 random(7);
    std::vector<uint64_t> values;
    for (int i = 0; i < 200000; ++i)
      values.push_back(static_cast<uint64_t>(std::min(distribution.draw(random), 1e11)));
    const HistogramSnapshot snapshot = recorded(values);
    std::sort(values.begin(), values.end());
    for (const double q : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1.0}) {
      const uint64_t exact = exact_quantile(values, q);
      const uint64_t got = snapshot.quantile(q);
      EXPECT_EQ(Scale::index_of(got), Scale::index_of(exact)) << distribution.name << " " << q;
      EXPECT_GE(got, exact) << distribution.name << " " << q;
      EXPECT_NEAR(static_cast<double>(got), static_cast<double>(exact),
                  static_cast<double>(exact) / 1000)
          << distribution.name << " " << q;
    }
    EXPECT_EQ(snapshot.max(), values.back()) << distribution.name;
    EXPECT_EQ(snapshot.quantile(1.0), values.back()) << distribution.name;
    EXPECT_EQ(snapshot.min(), Scale::lowest(Scale::index_of(values.front())));
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const double mean = sum / static_cast<double>(values.size());
    EXPECT_NEAR(snapshot.mean(), mean, mean / 1000) << distribution.name;
  }
}

TEST(Histogram, CountOverCountsWhatLiesAbove) {
  const HistogramSnapshot snapshot = recorded({1, 999'000, 1'002'000, 5'000'000, 100'000'000'000});
  EXPECT_EQ(snapshot.count_over(1'000'000), 3U);
  EXPECT_EQ(snapshot.count_over(0), 5U);
  EXPECT_EQ(snapshot.count_over(6'000'000), 1U);
  EXPECT_EQ(snapshot.count_over(100'000'000'000), 0U);
}

TEST(Histogram, ValuesBeyondTheRangeCountAsTheHighestAndStayExactInMax) {
  const HistogramSnapshot snapshot = recorded({5, 300'000'000'000});
  EXPECT_EQ(snapshot.count(), 2U);
  EXPECT_EQ(snapshot.count_at(Scale::index_of(Scale::kHighest_ns)), 1U);
  EXPECT_EQ(snapshot.max(), 300'000'000'000U);
}

TEST(Histogram, AnEmptyOneAnswersZero) {
  const HistogramSnapshot snapshot = LatencyHistogram().snapshot();
  EXPECT_EQ(snapshot.count(), 0U);
  EXPECT_EQ(snapshot.quantile(0.5), 0U);
  EXPECT_EQ(snapshot.min(), 0U);
  EXPECT_EQ(snapshot.max(), 0U);
  EXPECT_EQ(snapshot.mean(), 0);
  EXPECT_EQ(snapshot.standard_deviation(), 0);
}

TEST(Histogram, MergedOnesAnswerAsOneThatSawAllValues) {
  std::mt19937_64 random(3);
  std::vector<uint64_t> all;
  HistogramSnapshot merged;
  for (int lcore = 0; lcore < 4; ++lcore) {
    std::vector<uint64_t> values(5000);
    for (uint64_t& value : values) value = random() >> (random() % 30 + 30);
    merged.merge(recorded(values));
    all.insert(all.end(), values.begin(), values.end());
  }
  const HistogramSnapshot whole = recorded(all);
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.max(), whole.max());
  for (size_t i = 0; i < Scale::kCounts; ++i) ASSERT_EQ(merged.count_at(i), whole.count_at(i));
  EXPECT_EQ(merged.quantile(0.999), whole.quantile(0.999));
}

TEST(Histogram, ADeltaHoldsWhatCameBetweenTwoSnapshots) {
  LatencyHistogram histogram;
  for (uint64_t value : {100, 200, 9'000'000}) histogram.record(value);
  const HistogramSnapshot earlier = histogram.snapshot();
  for (uint64_t value : {200, 300, 5000}) histogram.record(value);
  HistogramSnapshot delta = histogram.snapshot();
  delta.subtract(earlier);
  EXPECT_EQ(delta.count(), 3U);
  EXPECT_EQ(delta.count_at(Scale::index_of(100)), 0U);
  EXPECT_EQ(delta.count_at(Scale::index_of(200)), 1U);
  EXPECT_EQ(delta.min(), 200U);
  // The old maximum is not the interval's.
  EXPECT_EQ(Scale::index_of(delta.max()), Scale::index_of(5000));

  histogram.record(10'000'001);
  HistogramSnapshot later = histogram.snapshot();
  later.subtract(earlier);
  EXPECT_EQ(later.max(), 10'000'001U);  // exact, for it is new

  HistogramSnapshot nothing = histogram.snapshot();
  nothing.subtract(histogram.snapshot());
  EXPECT_EQ(nothing.count(), 0U);
  EXPECT_EQ(nothing.max(), 0U);
}

TEST(Histogram, AReaderBesideTheWriterNeverSeesCountsFall) {
  LatencyHistogram histogram;
  constexpr uint64_t kValues = 2'000'000;
  std::jthread writer([&] {
    for (uint64_t i = 0; i < kValues; ++i) histogram.record(i % 5000);
  });
  HistogramSnapshot before;
  while (before.count() < kValues) {
    HistogramSnapshot now = histogram.snapshot();
    ASSERT_GE(now.count(), before.count());
    for (size_t i = 0; i < Scale::index_of(5000); ++i)
      ASSERT_GE(now.count_at(i), before.count_at(i));
    before = std::move(now);
    std::this_thread::yield();
  }
  EXPECT_EQ(before.count(), kValues);
  EXPECT_EQ(before.max(), 4999U);
}

TEST(TscScale, ConvertsBothWaysAtSeveralClocks) {
  for (const uint64_t hz : {100'000'000UL, 1'000'000'000UL, 2'595'123'456UL, 5'000'000'000UL}) {
    const TscScale scale(hz);
    EXPECT_NEAR(static_cast<double>(scale.to_ns(hz)), 1e9, 2);
    EXPECT_NEAR(static_cast<double>(scale.to_ticks(1'000'000'000)), static_cast<double>(hz), 20);
    // A month.
    EXPECT_NEAR(static_cast<double>(scale.to_ns(hz * 86400 * 30)), 86400 * 30 * 1e9,
                86400 * 30.0 * 2);
    EXPECT_EQ(scale.to_ns(0), 0U);
  }
}

}  // namespace
}  // namespace dstfwd
