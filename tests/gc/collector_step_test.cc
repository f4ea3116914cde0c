// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gc/collector_rig.h"

#include <gtest/gtest.h>

namespace dstgc {
namespace {

TEST(CollectorStep, SpillsWhatAFullIntakeDoesNotTakeAndLosesNothing) {
  Rig rig(5000, Mode::kService, 64);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 5000; ++i) made.push_back(rig.make());
  rig.lcore().retire(made);
  EXPECT_EQ(rig.stats().spilled, 5000U - 63U);
  for (int i = 0; i < 5000 && rig.stats().reclaimed < 5000; ++i) {
    rig.step();
    rig.lcore().quiescent();
  }
  EXPECT_EQ(rig.stats().reclaimed, 5000U);
  for (int n : rig.destroyed) ASSERT_EQ(n, 1);
}

TEST(CollectorStep, CountsASecondRetireAndDestroysOnce) {
  Rig rig(10);
  const EntryIndex entry = rig.make();
  rig.lcore().retire(entry);
  rig.lcore().retire(entry);
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
  EXPECT_EQ(rig.stats().double_retired, 1U);
}

TEST(CollectorStep, EndsAnUnlistedChildAfterItsLastParent) {
  Rig rig(10);
  const EntryIndex child = rig.make();
  const EntryIndex one = rig.make();
  const EntryIndex two = rig.make();
  for (EntryIndex parent : {one, two}) {
    rig.children[to_u32(parent)] = {child, true};
    rig.collector->refs().acquire(child);
  }
  rig.lcore().retire(one);
  rig.step();
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(child)], 0);
  rig.lcore().retire(two);
  rig.step();
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(child)], 1);
  EXPECT_EQ(rig.order.back(), child);
}

TEST(CollectorStep, LeavesAListedChildAlive) {
  Rig rig(10);
  const EntryIndex child = rig.make();
  const EntryIndex parent = rig.make();
  rig.children[to_u32(parent)] = {child, false};
  rig.collector->refs().acquire(child);
  rig.lcore().retire(parent);
  rig.step();
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(child)], 0);
  EXPECT_TRUE(rig.collector->refs().acquire(child));
}

TEST(CollectorStep, NamesAReaderThatIsNeverQuiescent) {
  Rig rig(10, Mode::kService, 0, 2);
  rig.lcore(1).online();
  rig.lcore().retire(rig.make());
  rig.step();
  EXPECT_EQ(rig.stats().laggard, std::nullopt);
  rig.step(kHz);
  EXPECT_EQ(rig.stats().laggard, 1U);
  EXPECT_EQ(rig.stats().oldest_dead_ms, 1000U);
  rig.lcore(1).quiescent();
  rig.step();
  EXPECT_EQ(rig.stats().laggard, std::nullopt);
}

TEST(CollectorStep, CountsARetireOfAFreeEntryAndLeavesItFree) {
  Rig rig(10);
  const EntryIndex entry = rig.make();
  rig.lcore().retire(entry);
  rig.step();
  rig.lcore().retire(entry);
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
  EXPECT_EQ(rig.stats().double_retired, 1U);
  EXPECT_FALSE(rig.collector->refs().acquire(entry));
}

TEST(CollectorStep, SurvivesASecondRetireOfAnEntryThatIsOnTheSpillList) {
  Rig rig(200, Mode::kService, 64);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 200; ++i) made.push_back(rig.make());
  rig.lcore().retire(made);
  rig.lcore().retire(made[150]);
  rig.lcore().retire(made.back());
  for (int i = 0; i < 1000; ++i) {
    rig.step();
    rig.lcore().quiescent();
  }
  EXPECT_EQ(rig.stats().reclaimed, 200U);
  EXPECT_EQ(rig.stats().double_retired, 2U);
  for (int n : rig.destroyed) ASSERT_EQ(n, 1);
}

TEST(CollectorStep, ReclaimsNoMoreInAStepThanItsBudget) {
  Rig rig(20000);
  rig.lcore().online();
  for (int i = 0; i < 20000; ++i) {
    rig.lcore().retire(rig.make());
    if (i % 1000 == 0) rig.step(1, {100000, 0});
  }
  for (int i = 0; i < 30; ++i) rig.step(1, {1000, 0});  // all wait for one reader
  rig.lcore().quiescent();
  uint64_t last = rig.stats().reclaimed;
  for (int i = 0; i < 100; ++i) {
    rig.step(1, {1000, 0});
    rig.lcore().quiescent();
    EXPECT_LE(rig.stats().reclaimed - last, 1000U + 64U);
    last = rig.stats().reclaimed;
  }
  EXPECT_EQ(last, 20000U);
}

TEST(CollectorStep, StopsTakingInWhenItsTimeIsUp) {
  Rig rig(5000);
  for (int i = 0; i < 1000; ++i) rig.lcore().retire(rig.make());
  EXPECT_LE(rig.step(1, {100000, 1}).taken, 64U);
  EXPECT_EQ(rig.step(1, {100, 0}).taken, 100U);
}

// More die during one grace period than the collector can remember at a time.
TEST(CollectorStep, LeavesInTheRingsWhatItHasNoRoomFor) {
  constexpr uint32_t kMany = 200000;
  Rig rig(kMany, Mode::kService, 1024);
  rig.lcore().online();
  std::vector<EntryIndex> made;
  for (uint32_t i = 0; i < kMany; ++i) made.push_back(rig.make());
  for (uint32_t i = 0; i < kMany; i += 32) {
    rig.lcore().retire(std::span(made).subspan(i, 32));
    rig.step(1, {1000000, 0});
  }
  EXPECT_EQ(rig.stats().reclaimed, 0U);
  EXPECT_GT(rig.stats().spilled, 0U);
  while (rig.stats().reclaimed < kMany && rig.now < 100 * kHz) {
    rig.lcore().quiescent();
    rig.step(kHz / 1000);
  }
  EXPECT_EQ(rig.stats().reclaimed, kMany);
  for (int n : rig.destroyed) ASSERT_EQ(n, 1);
}

TEST(CollectorStep, ReclaimsABusyChildAtOnceWithItsLastParent) {
  Rig rig(10);
  const EntryIndex child = rig.make();
  const EntryIndex parent = rig.make();
  rig.children[to_u32(parent)] = {child, false};
  rig.collector->refs().acquire(child);
  rig.lcore().retire(child);
  rig.step();
  EXPECT_EQ(rig.stats().busy, 1U);
  rig.lcore().retire(parent);
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(child)], 1);
  EXPECT_EQ(rig.order.back(), child);
  EXPECT_EQ(rig.stats().busy, 0U);
}

TEST(CollectorStep, FollowsALongChainOfChildren) {
  constexpr uint32_t kLong = 50000;
  Rig rig(kLong);
  std::vector<EntryIndex> chain;
  for (uint32_t i = 0; i < kLong; ++i) chain.push_back(rig.make());
  for (uint32_t i = 0; i + 1 < kLong; ++i) {
    rig.children[to_u32(chain[i])] = {chain[i + 1], false};
    rig.collector->refs().acquire(chain[i + 1]);
  }
  for (size_t i = kLong; i-- > 1;) {
    rig.lcore().retire(chain[i]);
    if (i % 1000 == 0) rig.step(1, {100000, 0});
  }
  while (rig.stats().busy + 1 < kLong) rig.step(1, {100000, 0});
  rig.lcore().retire(chain[0]);
  for (int i = 0; i < 100000 && rig.stats().reclaimed < kLong; ++i) rig.step(1, {100, 0});
  EXPECT_EQ(rig.order, chain);
}

TEST(CollectorStep, GivesEachProducerItsTurnWhenOneFloods) {
  Rig rig(10000, Mode::kService, 0, 2);
  const EntryIndex lone = rig.lcore(1).allocate(kPool);
  rig.lcore(1).retire(lone);
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 200; ++j) rig.lcore(0).retire(rig.lcore(0).allocate(kPool));
    rig.step(1, {100, 0});
  }
  EXPECT_EQ(rig.destroyed[to_u32(lone)], 1);
}

}  // namespace
}  // namespace dstgc
