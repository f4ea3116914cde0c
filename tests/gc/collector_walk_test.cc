// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gc/collector_rig.h"

#include <gtest/gtest.h>

namespace dstgc {
namespace {

TEST(CollectorWalk, WalksTheBusyInSlicesAndBacksOff) {
  Rig rig(10000);
  for (int i = 0; i < 5000; ++i) {
    const EntryIndex entry = rig.make();
    rig.collector->refs().acquire(entry);
    rig.lcore().retire(entry);
    if (i % 100 == 0) rig.step(1, {100000, 0});
  }
  while (rig.stats().busy < 5000) rig.step(1, {100000, 0});
  rig.now += kHz;
  while (rig.traces.empty()) EXPECT_LE(rig.step(1, {1000, 0}).looked_at, 1000U + 64U);
  EXPECT_EQ(rig.traces.back().delayed, 5000U);
  EXPECT_EQ(rig.traces.back().work_perf, 0U);
  EXPECT_EQ(rig.traces.back().expires, 150U);  // 0.1 s + 0.5 s, at 250 a second
}

TEST(CollectorWalk, ReclaimsParentsAndBusyChildrenOfOneWordInOneWalk) {
  Rig rig(1024, Mode::kService, 4096);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 1024; ++i) made.push_back(rig.make());
  for (size_t i = 0; i + 1 < made.size(); i += 2) {  // each even one is the parent of the next
    rig.children[to_u32(made[i])] = {made[i + 1], false};
    rig.collector->refs().acquire(made[i]);
    rig.collector->refs().acquire(made[i + 1]);
  }
  rig.lcore().retire(made);
  rig.step();
  EXPECT_EQ(rig.stats().busy, 1024U);
  for (size_t i = 0; i < made.size(); i += 2) rig.collector->refs().release(made[i]);
  rig.step(kHz / 5);
  EXPECT_EQ(rig.stats().reclaimed, 1024U);
  EXPECT_EQ(rig.stats().busy, 0U);
  for (int i = 0; i < 300; ++i) rig.step(kHz);
  for (int n : rig.destroyed) ASSERT_EQ(n, 1);
}

TEST(CollectorWalk, StartsFromTheShortestDelayWhenTheBusySetWasEmptyInBetween) {
  Rig rig(100);
  const EntryIndex first = rig.make();
  rig.collector->refs().acquire(first);
  rig.lcore().retire(first);
  for (int i = 0; i < 600; ++i) rig.step(kHz);  // long enough for the longest back-off
  rig.collector->refs().release(first);
  for (int i = 0; i < 200; ++i) rig.step(kHz);
  ASSERT_EQ(rig.destroyed[to_u32(first)], 1);
  const EntryIndex second = rig.make();
  rig.collector->refs().acquire(second);
  rig.lcore().retire(second);
  rig.step();
  rig.collector->refs().release(second);
  const uint64_t released = rig.now;
  while (rig.stats().busy != 0) rig.step(kHz / 100);
  EXPECT_LE(rig.now - released, kHz / 5);
}

TEST(CollectorWalk, DoesNotWalkTheOldAgainForEachYoungEntry) {
  Rig rig(10000);
  for (int i = 0; i < 8000; ++i) {
    const EntryIndex entry = rig.make();
    rig.collector->refs().acquire(entry);
    rig.lcore().retire(entry);
    if (i % 100 == 0) rig.step();
  }
  for (int i = 0; i < 3000; ++i) rig.step(kHz / 10);  // 300 s: far in the back-off
  const uint64_t before = rig.stats().walk_entries;
  const uint64_t start = rig.now;
  for (int i = 0; i < 200; ++i) {  // 20 s, a young entry each 0.1 s, held for 0.05 s
    const EntryIndex entry = rig.make();
    rig.collector->refs().acquire(entry);
    rig.lcore().retire(entry);
    rig.step(kHz / 20);
    rig.collector->refs().release(entry);
    rig.step(kHz / 20);
  }
  for (int i = 0; i < 3; ++i) rig.step(kHz / 10);
  EXPECT_EQ(rig.stats().busy, 8000U);  // each young one went within 0.3 s
  const uint64_t walks_of_old = (rig.now - start) / (100 * kHz) + 1;
  EXPECT_LE(rig.stats().walk_entries - before, walks_of_old * 8100 + 1000);
}

TEST(CollectorWalk, TakesInAndReclaimsTheYoungWhileAWalkOverTheOldGoesOn) {
  constexpr Budget kSmall{256, 0};
  Rig rig(20000);
  for (int i = 0; i < 16000; ++i) {
    const EntryIndex entry = rig.make();
    rig.collector->refs().acquire(entry);
    rig.lcore().retire(entry);
    if (i % 100 == 0) rig.step();
  }
  for (int i = 0; i < 50; ++i) rig.step(kHz / 10);  // all are old
  for (const size_t before = rig.traces.size(); rig.traces.size() == before;) rig.step(kHz / 10);
  const size_t walks = rig.traces.size();
  rig.collector->kick();
  rig.step(1, kSmall);
  EXPECT_GT(rig.step(kHz, kSmall).looked_at, 0U);  // a walk of 63 such steps begins
  for (int i = 0; i < 10; ++i) {
    const EntryIndex young = rig.make();
    rig.lcore().retire(young);
    EXPECT_GT(rig.step(1, kSmall).taken, 0U);
    EXPECT_GT(rig.step(1, kSmall).looked_at, 0U);
    EXPECT_EQ(rig.destroyed[to_u32(young)], 1) << "in one step, out the next";
    EXPECT_EQ(rig.traces.size(), walks) << "the walk goes on";
  }
  EXPECT_EQ(rig.stats().busy, 16000U);
}

TEST(CollectorWalk, ReclaimsWithinTheLongestDelayOfTheLastRelease) {
  // The promised bound: timer's max, a second for its rounding, one walk.
  Rig rig(100);
  const EntryIndex entry = rig.make();
  rig.collector->refs().acquire(entry);
  rig.lcore().retire(entry);
  for (int i = 0; i < 10000; ++i) rig.step(kHz / 10);
  EXPECT_NEAR(static_cast<double>(rig.stats().oldest_dead_ms), 1e6, 200);
  rig.collector->refs().release(entry);
  const uint64_t released = rig.now;
  while (rig.stats().busy != 0) rig.step(kHz / 100);
  EXPECT_LE(rig.now - released, 121 * kHz);
}

TEST(CollectorWalk, ForgetsTheAgeOfAnOldEntryThatWentWhileItsNeighboursStay) {
  Rig rig(100);
  const EntryIndex old = rig.make();
  const EntryIndex young = rig.make();
  rig.collector->refs().acquire(old);
  rig.collector->refs().acquire(young);
  rig.lcore().retire(old);
  for (int i = 0; i < 1000; ++i) rig.step(kHz);
  rig.lcore().retire(young);
  rig.step();
  EXPECT_GE(rig.stats().oldest_dead_ms, 998000U);
  rig.collector->refs().release(old);
  rig.collector->kick();
  for (int i = 0; i < 4; ++i) rig.step(kHz / 5);
  EXPECT_EQ(rig.stats().busy, 1U);
  EXPECT_LT(rig.stats().oldest_dead_ms, 2000U);
}

TEST(CollectorWalk, WalksTheOldOftenUnderPressure) {
  Rig rig(1000);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 500; ++i) {
    made.push_back(rig.make());
    rig.collector->refs().acquire(made.back());
  }
  rig.lcore().retire(made);
  for (int i = 0; i < 3000; ++i) rig.step(kHz / 10);  // in the back-off
  for (int i = 0; i < 450; ++i) rig.make();
  for (int i = 0; i < 50; ++i) rig.step(kHz / 10);
  EXPECT_NE(rig.collector->pressure(kPool), Pressure::kNone);
  for (EntryIndex entry : made) rig.collector->refs().release(entry);
  for (int i = 0; i < 3; ++i) rig.step(kHz / 10);
  EXPECT_EQ(rig.stats().busy, 0U);
}

}  // namespace
}  // namespace dstgc
