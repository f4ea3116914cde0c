// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/sequence_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace dstfwd::gen {
namespace {

FlowPlan plan_of(uint32_t flows, double new_per_packet = 0) {
  FlowPlanConfig config;
  config.flows = flows;
  config.new_per_packet = new_per_packet;
  config.source4.count = config.destination4.count = 1;
  config.source6.count = config.destination6.count = 1;
  return FlowPlan(config);
}

SequenceCounts judge(const FlowPlan& plan, const std::vector<uint64_t>& arrivals) {
  SequenceTracker tracker(plan);
  for (const uint64_t sequence : arrivals) tracker.received(sequence);
  return tracker.counts();
}

// What the definitions say, slowly.
SequenceCounts reference(const FlowPlan& plan, const std::vector<uint64_t>& arrivals) {
  SequenceCounts counts;
  std::set<uint64_t> seen;
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> highest;
  for (const uint64_t sequence : arrivals) {
    if (!seen.insert(sequence).second) {
      ++counts.duplicates;
      continue;
    }
    ++counts.unique;
    auto [flow, is_new] =
        highest.try_emplace({plan.slot(sequence), plan.incarnation(sequence)}, sequence);
    if (is_new || sequence > flow->second) {
      flow->second = sequence;
      continue;
    }
    ++counts.reordered;
    counts.max_extent = std::max(counts.max_extent, flow->second - sequence);
  }
  return counts;
}

void expect_equal(const SequenceCounts& a, const SequenceCounts& b) {
  EXPECT_EQ(a.unique, b.unique);
  EXPECT_EQ(a.duplicates, b.duplicates);
  EXPECT_EQ(a.reordered, b.reordered);
  EXPECT_EQ(a.max_extent, b.max_extent);
  EXPECT_EQ(a.too_late, b.too_late);
}

TEST(SequenceTracker, InOrderIsAllUniqueAndNothingElse) {
  std::vector<uint64_t> arrivals(100000);
  for (uint64_t k = 0; k < arrivals.size(); ++k) arrivals[k] = k;
  const SequenceCounts counts = judge(plan_of(16), arrivals);
  EXPECT_EQ(counts.unique, 100000U);
  EXPECT_EQ(counts.duplicates + counts.reordered + counts.too_late, 0U);
}

TEST(SequenceTracker, OrderIsJudgedWithinAFlow) {
  // Two flows: 0, 2, 4 ... and 1, 3, 5 ...; each in order, one far ahead.
  const SequenceCounts counts = judge(plan_of(2), {0, 2, 4, 6, 1, 3, 5, 7});
  EXPECT_EQ(counts.reordered, 0U);
  EXPECT_EQ(judge(plan_of(1), {0, 2, 4, 6, 1, 3, 5, 7}).reordered, 3U);
  EXPECT_EQ(judge(plan_of(1), {0, 2, 4, 6, 1, 3, 5, 7}).max_extent, 5U);
}

TEST(SequenceTracker, ADuplicateIsNotReorderedAndALateFirstIsNoDuplicate) {
  const SequenceCounts counts = judge(plan_of(1), {0, 1, 3, 3, 2, 2, 0});
  EXPECT_EQ(counts.unique, 4U);
  EXPECT_EQ(counts.duplicates, 3U);
  EXPECT_EQ(counts.reordered, 1U);
}

TEST(SequenceTracker, ANewFlowInASlotIsNotComparedWithTheOldOne) {
  // A slot, a new flow every 4 packets: 3, 4 | ... see incarnation().
  const FlowPlan plan = plan_of(1, 0.25);
  std::vector<uint64_t> arrivals = {0, 1, 2, 4, 5, 3, 6};
  expect_equal(judge(plan, arrivals), reference(plan, arrivals));
}

TEST(SequenceTracker, RandomLossDuplicationAndReorderingAreCountedExactly) {
  std::mt19937_64 random(11);
  for (const double new_per_packet : {0.0, 0.001, 0.02}) {
    for (const uint32_t flows : {1U, 8U, 333U}) {
      const FlowPlan plan = plan_of(flows, new_per_packet);
      std::vector<std::pair<double, uint64_t>> timed;
      for (uint64_t k = 0; k < 50000; ++k) {
        if (random() % 10 == 0) continue;  // lost
        const unsigned copies = random() % 20 == 0 ? 2 + random() % 2 : 1;
        for (unsigned c = 0; c < copies; ++c)
          timed.emplace_back(
              static_cast<double>(k) +
                  (random() % 8 == 0 ? static_cast<double>(random() % 40) + 0.5 : 0.0),
              k);
      }
      std::stable_sort(timed.begin(), timed.end());
      std::vector<uint64_t> arrivals;
      for (const auto& [time, k] : timed) arrivals.push_back(k);
      expect_equal(judge(plan, arrivals), reference(plan, arrivals));
    }
  }
}

TEST(SequenceTracker, TheWindowMovesOnAndForgetsExactlyWhatIsBeyondIt) {
  constexpr uint64_t kWindow = SequenceTracker::kWindow;
  SequenceTracker tracker(plan_of(1));
  tracker.received(5);
  tracker.received(kWindow + 1000);  // 5 falls out
  tracker.received(5);
  EXPECT_EQ(tracker.counts().too_late, 1U);
  EXPECT_EQ(tracker.counts().duplicates, 0U);
  tracker.received(kWindow + 5);  // shares a bit with 5
  EXPECT_EQ(tracker.counts().unique, 3U);
  tracker.received(2000);  // still inside, never seen
  EXPECT_EQ(tracker.counts().unique, 4U);
  tracker.received(10 * kWindow);  // a jump over all of it
  tracker.received(10 * kWindow - 1);
  tracker.received(10 * kWindow - 1);
  EXPECT_EQ(tracker.counts().unique, 6U);
  EXPECT_EQ(tracker.counts().duplicates, 1U);
}

TEST(SequenceTracker, ALongRunNeverTakesAnOldBitForANewFrame) {
  SequenceTracker tracker(plan_of(1));
  // Steps that do not divide the window, over two and a half windows.
  uint64_t sent = 0;
  for (uint64_t k = 0; k < SequenceTracker::kWindow * 5 / 2; k += 997, ++sent) tracker.received(k);
  EXPECT_EQ(tracker.counts().unique, sent);
  EXPECT_EQ(tracker.counts().duplicates, 0U);
}

}  // namespace
}  // namespace dstfwd::gen
