// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gc/collector_rig.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dstgc {
namespace {

void make_busy(Rig& rig, unsigned entries) {
  for (unsigned i = 0; i < entries; ++i) {
    const EntryIndex entry = rig.make();
    rig.collector->refs().acquire(entry);
    rig.lcore().retire(entry);
    if (i % 100 == 0) rig.step(1, {100000, 0});
  }
  while (rig.stats().busy < entries) rig.step(1, {100000, 0});
}

TEST(CollectorWalk, WalksTheBusyInSlicesAndBacksOff) {
  Rig rig(10000);
  make_busy(rig, 5000);
  rig.now += kHz;
  while (rig.traces.empty()) EXPECT_LE(rig.step(1, {1000, 0}).looked_at, 1000U + 64U);
  EXPECT_EQ(rig.traces.back().delayed, 5000U);
  EXPECT_EQ(rig.traces.back().work_perf, 0U);
  EXPECT_EQ(rig.traces.back().expires, 150U);  // 0.1 s + 0.5 s, at 250 a second
}

TEST(CollectorWalk, SaysThatAWalkIsUnderWayFromItsBeginToItsEnd) {
  Rig rig(10000);
  make_busy(rig, 5000);
  EXPECT_FALSE(rig.collector->walking());
  rig.now += kHz;
  for (int i = 0; i < 3; ++i) {
    rig.step(1, {1000, 0});
    EXPECT_TRUE(rig.traces.empty() && rig.collector->walking());
  }
  while (rig.traces.empty()) rig.step(1, {1000, 0});
  EXPECT_FALSE(rig.collector->walking());
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

// A rig with `entries` old busy ones, in the order of their indices, just walked.
std::vector<EntryIndex> grow_old(Rig& rig, int entries) {
  std::vector<EntryIndex> made;
  for (int i = 0; i < entries; ++i) {
    made.push_back(rig.make());
    rig.collector->refs().acquire(made.back());
    rig.lcore().retire(made.back());
    if (i % 100 == 0) rig.step();
  }
  for (int i = 0; i < 50; ++i) rig.step(kHz / 10);
  for (const size_t before = rig.traces.size(); rig.traces.size() == before;) rig.step(kHz / 10);
  std::ranges::sort(made, {}, to_u32);
  return made;
}

// The next step walks the old, from the first to the last as far as its budget goes.
void let_walk(Rig& rig) {
  rig.collector->kick();
  rig.step(1, {1, 0});
  rig.now += kHz;
}

TEST(CollectorWalk, TakesInAndReclaimsWhatDiesWhileOneStepWalks) {
  Rig rig(40000);
  const std::vector<EntryIndex> old = grow_old(rig, 32000);
  const EntryIndex idle = rig.make();
  const EntryIndex held = rig.make();
  rig.collector->refs().acquire(held);
  rig.on_destroy = [&](EntryIndex destroyed) {  // by the walk's first slice
    if (destroyed != old.front()) return;
    rig.lcore().retire(idle);
    rig.lcore().retire(held);
  };
  let_walk(rig);
  rig.collector->refs().release(old.front());
  rig.collector->refs().release(old.back());
  const size_t before = rig.order.size();
  const StepReport report = rig.step(1, {100000, 0});
  ASSERT_GE(report.looked_at, 32000U) << "the whole walk in this step";
  EXPECT_EQ(report.taken, 2U);
  EXPECT_EQ(report.settled, 2U);
  EXPECT_EQ(std::vector<EntryIndex>(rig.order.begin() + static_cast<std::ptrdiff_t>(before),
                                    rig.order.end()),
            (std::vector<EntryIndex>{old.front(), idle, old.back()}))
      << "taken in and reclaimed before the walk came to its end";
  EXPECT_EQ(rig.stats().busy, 32000U - 2 + 1);
  EXPECT_FALSE(rig.collector->refs().acquire(held)) << "it is dead";
  rig.collector->refs().release(held);
  for (int i = 0; i < 3; ++i) rig.step(kHz / 10);
  EXPECT_EQ(rig.destroyed[to_u32(held)], 1) << "young, so it waits for no walk over the old";
}

TEST(CollectorWalk, KeepsToItsBudgetOfEachKindHoweverOftenItTakesIn) {
  constexpr uint32_t kLimit = 12000;
  Rig rig(1U << 17U, Mode::kService, 65536);
  const std::vector<EntryIndex> old = grow_old(rig, 32000);
  const auto retire = [&rig](uint32_t n) {
    std::vector<EntryIndex> made(n);
    for (EntryIndex& entry : made) entry = rig.make();
    rig.lcore().retire(made);
  };
  rig.lcore().online();
  retire(15000);
  EXPECT_EQ(rig.step(1, {20000, 0}).taken, 15000U);
  rig.on_destroy = [&](EntryIndex destroyed) {  // by the walk's first and a later slice
    if (destroyed != old[0] && destroyed != old[6000]) return;
    retire(8000);
    rig.lcore().quiescent();
  };
  let_walk(rig);
  rig.collector->refs().release(old[0]);
  rig.collector->refs().release(old[6000]);
  const StepReport report = rig.step(1, {kLimit, 0});
  EXPECT_EQ(rig.destroyed[to_u32(old[6000])], 1) << "both within this step";
  EXPECT_LE(report.looked_at, kLimit + 256 + 64);
  EXPECT_EQ(report.taken, kLimit);
  EXPECT_EQ(report.settled, kLimit);
  for (int i = 0; i < 5; ++i) {
    rig.lcore().quiescent();
    rig.step(1, {kLimit, 0});
  }
  EXPECT_EQ(rig.stats().busy, 32000U - 2) << "what was left is not lost";
  EXPECT_EQ(rig.stats().intake, 0U);
}

TEST(CollectorWalk, TakesInAndReclaimsTheYoungWhileAWalkOverTheOldGoesOn) {
  constexpr Budget kSmall{256, 0};
  Rig rig(20000);
  grow_old(rig, 16000);
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
