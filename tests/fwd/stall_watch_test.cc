// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/stall_watch.h"

#include <gtest/gtest.h>
#include <rte_cycles.h>

#include <chrono>
#include <thread>

namespace dstfwd {
namespace {

constexpr uint64_t kHz = 1'000'000'000;  // a tick is a nanosecond
constexpr uint64_t kThreshold = 1'000'000;
constexpr uint64_t kStart = 1'000'000'000;

class StallWatchTest : public testing::Test {
 protected:
  StallWatchTest() { watch.watch(7, meter); }
  void check(uint64_t now) {
    watch.check(now, [this](const Stall& stall) { reports.push_back(stall); });
  }
  PollMeter meter{TscScale(kHz), kThreshold};
  StallWatch watch{TscScale(kHz), kThreshold};
  std::vector<Stall> reports;
};

TEST_F(StallWatchTest, AnLcoreThatPollsIsNotNamed) {
  for (uint64_t now = kStart; now < kStart + 10 * kThreshold; now += kThreshold / 4) {
    meter.turn(now);
    check(now + kThreshold / 8);
  }
  EXPECT_TRUE(reports.empty());
  EXPECT_EQ(meter.stalls(), 0U);
}

TEST_F(StallWatchTest, AStalledOneIsNamedOnceWithItsStageThenItsLength) {
  meter.turn(kStart);
  meter.enter(Stage::kLookup);
  for (int half = 1; half <= 10; ++half) check(kStart + half * kThreshold / 2);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].lcore, 7U);
  EXPECT_EQ(reports[0].stage, Stage::kLookup);
  EXPECT_FALSE(reports[0].ended);
  EXPECT_GE(reports[0].for_ns, kThreshold);
  EXPECT_LT(reports[0].for_ns, 2 * kThreshold);

  meter.turn(kStart + 5'300'000);
  check(kStart + 5'500'000);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_TRUE(reports[1].ended);
  EXPECT_EQ(reports[1].stage, Stage::kLookup);
  EXPECT_NEAR(static_cast<double>(reports[1].for_ns), 5'300'000, 32);
  EXPECT_EQ(watch.named(), 1U);
  EXPECT_EQ(watch.unnamed(), 0U);
}

TEST_F(StallWatchTest, TwoStallsInARowAreTwo) {
  meter.turn(kStart);
  check(kStart + 2 * kThreshold);
  meter.turn(kStart + 3 * kThreshold);
  meter.enter(Stage::kGc);
  check(kStart + 5 * kThreshold);
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_TRUE(reports[1].ended);
  EXPECT_FALSE(reports[2].ended);
  EXPECT_EQ(reports[2].stage, Stage::kGc);
}

TEST_F(StallWatchTest, AStallBetweenTwoChecksIsCountedAsUnnamed) {
  meter.turn(kStart);
  check(kStart + 10);
  meter.turn(kStart + 3 * kThreshold);
  check(kStart + 3 * kThreshold + 10);
  EXPECT_TRUE(reports.empty());
  EXPECT_EQ(meter.stalls(), 1U);
  EXPECT_EQ(watch.unnamed(), 1U);
}

TEST_F(StallWatchTest, OfflineIsNotAStall) {
  check(kStart);
  meter.turn(kStart);
  meter.offline();
  check(kStart + 100 * kThreshold);
  meter.turn(kStart + 200 * kThreshold);
  check(kStart + 200 * kThreshold);
  EXPECT_TRUE(reports.empty());
  EXPECT_EQ(meter.stalls(), 0U);
  EXPECT_EQ(meter.gaps().snapshot().count(), 0U);
}

TEST_F(StallWatchTest, ATurnThatBeganAfterTheCheckReadTheClockIsNotAStall) {
  meter.turn(kStart);
  check(kStart - 500);
  EXPECT_TRUE(reports.empty());
}

TEST_F(StallWatchTest, GapsGoIntoTheHistogram) {
  meter.turn(kStart);
  meter.turn(kStart + 500);
  meter.turn(kStart + 1200);
  const HistogramSnapshot gaps = meter.gaps().snapshot();
  EXPECT_EQ(gaps.count(), 2U);
  EXPECT_NEAR(static_cast<double>(gaps.min()), 500, 1);
  EXPECT_NEAR(static_cast<double>(gaps.max()), 700, 1);
}

TEST(StallWatchThreads, AThreadThatStopsPollingIsNamedWhileItIsStalled) {
  const uint64_t hz = rte_get_tsc_hz() != 0 ? rte_get_tsc_hz() : 1'000'000'000;
  PollMeter meter(TscScale(hz), 50'000'000);
  StallWatch watch(TscScale(hz), 50'000'000);
  watch.watch(3, meter);
  std::atomic<bool> release{false};
  std::jthread lcore([&](const std::stop_token& stop) {
    for (int turn = 0; turn < 1000; ++turn) meter.turn(rte_rdtsc());
    meter.enter(Stage::kResolve);
    while (!release) std::this_thread::yield();
    while (!stop.stop_requested()) meter.turn(rte_rdtsc());
    meter.offline();
  });
  std::vector<Stall> begun;
  std::vector<Stall> ended;
  const auto report = [&](const Stall& s) { (s.ended ? ended : begun).push_back(s); };
  // Before kResolve is entered, noise may stall the thread elsewhere: wait for the one we made.
  while (begun.empty() || begun.back().stage != Stage::kResolve) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    watch.check(rte_rdtsc(), report);
  }
  EXPECT_EQ(begun.back().lcore, 3U);
  EXPECT_GE(begun.back().for_ns, 50'000'000U);
  release = true;
  while (ended.size() < begun.size()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    watch.check(rte_rdtsc(), [&](const Stall& s) {
      if (s.ended) ended.push_back(s);
    });
  }
  EXPECT_GE(ended.back().for_ns, begun.back().for_ns);
  EXPECT_EQ(ended.back().stage, Stage::kResolve);
}

TEST(StageNames, EveryStageHasItsOwn) {
  for (auto a = Stage::kOffline; a < Stage::kCount; a = static_cast<Stage>(static_cast<int>(a) + 1))
    for (auto b = Stage::kOffline; b < a; b = static_cast<Stage>(static_cast<int>(b) + 1))
      EXPECT_NE(name(a), name(b));
}

}  // namespace
}  // namespace dstfwd
