// SPDX-License-Identifier: BSD-3-Clause
#include "app/latency.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

HistogramSnapshot of(const std::vector<uint64_t>& values) {
  LatencyHistogram histogram;
  for (const uint64_t value : values) histogram.record(value);
  return histogram.snapshot();
}

LatencyHistograms gaps(const std::vector<uint64_t>& values, uint64_t stalls = 0) {
  LatencyHistograms histograms;
  histograms.poll_gap = of(values);
  histograms.stalls = stalls;
  return histograms;
}

TEST(LatencyHistograms, SumUpWhatTheyHaveAndSayNothingOfTheRest) {
  LatencyHistograms histograms;
  std::vector<uint64_t> values;
  for (uint64_t i = 1; i <= 1000; ++i) values.push_back(i);
  values.push_back(2'000'000);
  histograms.poll_gap = of(values);
  histograms.residence = of({7, 9});
  histograms.stalls = 3;
  const LatencyFigures figures = histograms.figures();
  EXPECT_EQ(figures.poll_gap_ns.count, 1001U);
  EXPECT_EQ(figures.poll_gap_ns.p50, 501U);
  EXPECT_EQ(figures.poll_gap_ns.p90, 901U);
  EXPECT_EQ(figures.poll_gap_ns.p99, 991U);
  EXPECT_EQ(figures.poll_gap_ns.p999, 1000U);
  EXPECT_EQ(figures.poll_gap_ns.p9999, 2'000'000U);
  EXPECT_EQ(figures.poll_gap_ns.max, 2'000'000U);
  EXPECT_EQ(figures.poll_gap_ns.over_1ms, 1U);
  EXPECT_EQ(figures.residence_ns.count, 2U);
  EXPECT_EQ(figures.residence_ns.max, 9U);
  EXPECT_EQ(figures.neighbour_wait_ns.count, 0U);
  EXPECT_EQ(figures.gc_slice_ns.count, 0U);
  EXPECT_EQ(figures.stalls, 3U);
}

TEST(LatencyHistograms, AreMergedPartByPart) {
  LatencyHistograms all = gaps({10}, 1);
  LatencyHistograms other = gaps({20, 30}, 2);
  other.residence = of({5});
  other.gc_slice = of({6});
  all.merge(other);
  all.merge(other);
  EXPECT_EQ(all.poll_gap.count(), 5U);
  EXPECT_EQ(all.poll_gap.max(), 30U);
  EXPECT_EQ(all.stalls, 5U);
  ASSERT_TRUE(all.residence && all.gc_slice);
  EXPECT_EQ(all.residence->count(), 2U);
  EXPECT_EQ(all.gc_slice->count(), 2U);
  EXPECT_FALSE(all.neighbour_wait);
}

TEST(LatencySnapshot, LessAnEarlierOneIsTheInterval) {
  LatencySnapshot earlier;
  earlier.seconds = 2;
  earlier.lcores.push_back({1, "forward", gaps({100, 9000}, 1)});
  earlier.lcores.push_back({2, "gc", gaps({50})});
  LatencySnapshot now;
  now.seconds = 5.5;
  now.lcores.push_back({1, "forward", gaps({100, 9000, 200, 300}, 4)});
  now.lcores.push_back({2, "gc", gaps({50, 60})});
  now.lcores[0].histograms.residence = of({70});  // began to be measured since
  now.subtract(earlier);
  EXPECT_EQ(now.seconds, 3.5);
  EXPECT_EQ(now.lcores[0].histograms.poll_gap.count(), 2U);
  EXPECT_EQ(now.lcores[0].histograms.poll_gap.min(), 200U);
  EXPECT_EQ(now.lcores[0].histograms.poll_gap.max(), 300U);
  EXPECT_EQ(now.lcores[0].histograms.stalls, 3U);
  EXPECT_EQ(now.lcores[0].histograms.residence->count(), 1U);
  EXPECT_EQ(now.lcores[1].histograms.poll_gap.max(), 60U);
}

TEST(LatencySnapshot, MergesForwardingLcoresAndLeavesTheCollectorsOut) {
  LatencySnapshot snapshot;
  snapshot.lcores.push_back({1, "forward", gaps({100}, 1)});
  snapshot.lcores.push_back({2, "forward", gaps({300}, 1)});
  snapshot.lcores.push_back({3, "gc", gaps({5'000'000}, 1)});
  const LatencyHistograms merged = snapshot.forwarding();
  EXPECT_EQ(merged.poll_gap.count(), 2U);
  EXPECT_EQ(merged.poll_gap.max(), 300U);
  EXPECT_EQ(merged.stalls, 2U);
}

}  // namespace
}  // namespace dstfwd
