// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/histogram_hgrm.h"

#include <gtest/gtest.h>

#include "fwd/histogram.h"
#include "tests/fwd/histogram_golden.h"

namespace dstfwd {
namespace {

TEST(Hgrm, OfSmallWholeNumbersIsHdrHistogramsByteForByte) {
  LatencyHistogram histogram;
  for (uint64_t i = 0; i < 5; ++i) histogram.record(i);
  EXPECT_EQ(to_hgrm(histogram.snapshot()), test::kFiveHgrm);
}

TEST(Hgrm, OverNineDecadesIsHdrHistogramsByteForByte) {
  LatencyHistogram histogram;
  for (uint64_t i = 1; i <= 1000; ++i) histogram.record(i * i * i);
  EXPECT_EQ(to_hgrm(histogram.snapshot()), test::kCubesHgrm);
}

TEST(Hgrm, InMicrosecondsIsHdrHistogramsByteForByte) {
  LatencyHistogram histogram;
  uint64_t x = 1;
  for (int i = 0; i < 20000; ++i) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    const uint64_t u = x >> 40U;
    histogram.record(200 + ((u * u) >> 20U));
  }
  EXPECT_EQ(to_hgrm(histogram.snapshot(), 1000), test::kLcgMicrosecondsHgrm);
}

TEST(Hgrm, OfNothingHasHeadAndFoot) {
  const std::string text = to_hgrm(HistogramSnapshot());
  EXPECT_EQ(text,
            "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
            "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
            "#[Max     =        0.000, Total count    =            0]\n"
            "#[Buckets =           27, SubBuckets     =         2048]\n");
}

}  // namespace
}  // namespace dstfwd
