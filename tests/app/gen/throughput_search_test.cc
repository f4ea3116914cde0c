// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/throughput_search.h"

#include <gtest/gtest.h>

#include <vector>

namespace dstfwd::gen {
namespace {

std::vector<double> search(double max, double precision, double capacity, double& found) {
  ThroughputSearch s(max, precision);
  std::vector<double> tried;
  while (const auto rate = s.next()) {
    tried.push_back(*rate);
    s.report(*rate <= capacity);
  }
  found = s.found();
  return tried;
}

TEST(ThroughputSearch, FindsTheCapacityWithinItsPrecisionFromBelow) {
  for (const double capacity : {0.011e6, 0.5e6, 1.0e6, 3.33e6, 9.98e6}) {
    double found = 0;
    const auto tried = search(10e6, 0.001, capacity, found);
    EXPECT_LE(found, capacity);
    EXPECT_GE(found, capacity - 0.001 * 10e6);
    EXPECT_LE(tried.size(), 12U);
  }
}

TEST(ThroughputSearch, TriesTheMaximumFirstAndEndsThereIfItPasses) {
  double found = 0;
  EXPECT_EQ(search(2e6, 0.01, 5e6, found), std::vector<double>{2e6});
  EXPECT_EQ(found, 2e6);
}

TEST(ThroughputSearch, FindsZeroWhenNothingPasses) {
  double found = 1;
  const auto tried = search(1e6, 0.1, 0, found);
  EXPECT_EQ(found, 0);
  EXPECT_EQ(tried, (std::vector<double>{1e6, 0.5e6, 0.25e6, 0.125e6, 0.0625e6}));
}

}  // namespace
}  // namespace dstfwd::gen
