// SPDX-License-Identifier: BSD-3-Clause
#include "app/latency_text.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

LatencyReport two_lcores() {
  LatencyReport report;
  report.seconds = 12.34;
  report.stall_threshold_ns = 1'000'000;
  LatencyFigures figures;
  figures.poll_gap_ns = {1234567, 250, 300, 400, 5000, 60000, 7000000, 3};
  figures.stalls = 2;
  report.lcores.push_back({1, "forward", figures});
  report.lcores.push_back({2, "forward", figures});
  report.lcores.push_back({3, "gc", figures});
  report.forwarding = figures;
  return report;
}

TEST(LatencyText, HasARowAnLcoreAndOneForAllThatForward) {
  EXPECT_EQ(latency_text(two_lcores()),
            "latency of 12.3 s, residence not measured (--latency-sample), stalls of 1 ms or more: "
            "2\n"
            "of lcore                      count       p50       p90       p99     p99.9    p99.99 "
            "      max over 1 ms\n"
            "poll gap 1                1,234,567    250 ns    300 ns    400 ns      5 us     60 us "
            "     7 ms         3\n"
            "poll gap 2                1,234,567    250 ns    300 ns    400 ns      5 us     60 us "
            "     7 ms         3\n"
            "poll gap 3 gc             1,234,567    250 ns    300 ns    400 ns      5 us     60 us "
            "     7 ms         3\n"
            "poll gap all              1,234,567    250 ns    300 ns    400 ns      5 us     60 us "
            "     7 ms         3\n");
}

TEST(LatencyText, HasOneForwardingLcoreOnlyOnceAndWhatWasMeasured) {
  LatencyReport report = two_lcores();
  report.sample = 64;
  report.stall_threshold_ns = 0;
  report.lcores.resize(1);
  report.lcores[0].figures.residence_ns.count = 9;
  report.lcores[0].figures.neighbour_wait_ns.count = 8;
  const std::string text = latency_text(report);
  EXPECT_EQ(text.find(" all"), std::string::npos) << text;
  EXPECT_NE(text.find("residence of 1 packet in 64\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nresidence 1 "), std::string::npos) << text;
  EXPECT_NE(text.find("\nneighbour wait 1 "), std::string::npos) << text;
  EXPECT_EQ(text.find("gc slice"), std::string::npos) << text;
}

TEST(LatencyText, OfAPeriodIsOneLine) {
  LatencyReport report = two_lcores();
  EXPECT_EQ(latency_period_text(report), "  poll gap p50 250 ns, p99.9 5 us, max 7 ms, stalls 2\n");
  report.forwarding.residence_ns = {5, 1000, 0, 0, 2000, 0, 3000, 0};
  EXPECT_EQ(
      latency_period_text(report),
      "  poll gap p50 250 ns, p99.9 5 us, max 7 ms, stalls 2; residence p50 1 us, p99.9 2 us, "
      "max 3 us\n");
}

}  // namespace
}  // namespace dstfwd
