// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/collector.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

namespace dstgc {
namespace {

constexpr uint64_t kHz = 1000000;
constexpr PoolId kPool{0};

struct Rig {
  std::vector<int> destroyed;
  std::vector<EntryIndex> order;
  std::map<uint32_t, Child> children;
  std::vector<uint32_t> cut;
  std::vector<WalkTrace> traces;
  std::unique_ptr<Collector> collector;
  uint64_t now = kHz;

  explicit Rig(uint32_t entries, Mode mode = Mode::kService, uint32_t intake = 0,
               uint16_t producers = 1)
      : destroyed(entries) {
    CollectorConfig config;
    config.pool_entries = {entries};
    config.producers = producers;
    config.tsc_hz = kHz;
    config.mode = mode;
    config.intake_entries = intake;
    config.hooks = {this,
                    [](void* context, std::span<const EntryIndex> entries_dead,
                       std::span<Child> children_out) noexcept {
                      auto& rig = *static_cast<Rig*>(context);
                      for (size_t i = 0; i < entries_dead.size(); ++i) {
                        const uint32_t index = to_u32(entries_dead[i]);
                        ++rig.destroyed[index];
                        rig.order.push_back(entries_dead[i]);
                        if (const auto it = rig.children.find(index); it != rig.children.end())
                          children_out[i] = it->second;
                      }
                    },
                    [](void* context, EntryIndex entry, PortIndex) noexcept {
                      static_cast<Rig*>(context)->cut.push_back(to_u32(entry));
                    },
                    [](void* context, const WalkTrace& trace) noexcept {
                      static_cast<Rig*>(context)->traces.push_back(trace);
                    }};
    collector = std::move(*Collector::create(config));
  }
  Producer& lcore(uint16_t id = 0) { return collector->producer(ProducerId{id}); }
  StepReport step(uint64_t after = 1, Budget budget = {}) {
    now += after;
    return collector->step(budget, now);
  }
  EntryIndex make() { return lcore().allocate(kPool); }
  CollectorStats stats() { return collector->stats(); }
};

TEST(Collector, ReclaimsAnUnreferencedEntryAfterItsGracePeriodAndNotBefore) {
  Rig rig(100);
  rig.lcore().online();
  const EntryIndex entry = rig.make();
  rig.lcore().retire(entry);
  rig.step();
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 0);
  rig.lcore().quiescent();
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
  EXPECT_EQ(rig.stats().reclaimed, 1U);
  EXPECT_EQ(rig.stats().dst_total, 0U);
}

TEST(Collector, KeepsAReferencedEntryBusyUntilItsReferenceEnds) {
  Rig rig(100);
  const EntryIndex entry = rig.make();
  ASSERT_TRUE(rig.collector->refs().acquire(entry));
  rig.lcore().retire(entry);
  rig.step();
  EXPECT_EQ(rig.stats().busy, 1U);
  EXPECT_FALSE(rig.collector->refs().acquire(entry));
  rig.step(kHz);
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 0);
  rig.collector->refs().release(entry);
  rig.step(200 * kHz);
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
  EXPECT_EQ(rig.stats().busy, 0U);
}

TEST(Collector, WalksTheBusyInSlicesAndBacksOff) {
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

TEST(Collector, SpillsWhatAFullIntakeDoesNotTakeAndLosesNothing) {
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

TEST(Collector, GivesNoEntryWhenAllAreInUseAndAgainAfterAReclaim) {
  Rig rig(10);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 10; ++i) made.push_back(rig.make());
  EXPECT_EQ(rig.make(), kNoEntry);
  EXPECT_EQ(rig.stats().refused, 1U);
  rig.lcore().retire(made[3]);
  rig.step();
  EXPECT_EQ(rig.make(), made[3]);
}

TEST(Collector, CountsASecondRetireAndDestroysOnce) {
  Rig rig(10);
  const EntryIndex entry = rig.make();
  rig.lcore().retire(entry);
  rig.lcore().retire(entry);
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
  EXPECT_EQ(rig.stats().double_retired, 1U);
}

TEST(Collector, EndsAnUnlistedChildAfterItsLastParent) {
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

TEST(Collector, LeavesAListedChildAlive) {
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

TEST(Collector, CutsAPortFromAllThatNameItAfterAGracePeriod) {
  Rig rig(100);
  rig.lcore().online();
  const EntryIndex a = rig.make();
  const EntryIndex b = rig.make();
  rig.collector->set_port(a, PortIndex{1});
  rig.collector->set_port(b, PortIndex{2});
  rig.collector->port_down(PortIndex{1});
  rig.step();
  EXPECT_TRUE(rig.cut.empty());
  for (int i = 0; i < 4; ++i) {
    rig.lcore().quiescent();
    rig.step();
  }
  EXPECT_EQ(rig.cut, std::vector<uint32_t>{to_u32(a)});
  EXPECT_TRUE(rig.collector->port_drained(PortIndex{1}));
  EXPECT_FALSE(rig.collector->port_drained(PortIndex{2}));
  EXPECT_EQ(rig.collector->port(b), PortIndex{2});
}

TEST(Collector, ShowsPressureWithHysteresis) {
  Rig rig(3200);
  std::vector<EntryIndex> made;
  const auto fill = [&](size_t n) {
    while (made.size() < n) made.push_back(rig.make());
    while (made.size() > n) {
      rig.lcore().retire(made.back());
      made.pop_back();
      rig.step();
    }
    rig.step();
    return rig.collector->pressure(kPool);
  };
  EXPECT_EQ(fill(2800), Pressure::kNone);
  EXPECT_EQ(fill(2801), Pressure::kLow);
  EXPECT_EQ(fill(2500), Pressure::kLow);
  EXPECT_EQ(fill(2400), Pressure::kNone);
  EXPECT_EQ(fill(3101), Pressure::kEmergency);
  EXPECT_EQ(fill(3010), Pressure::kEmergency);
  EXPECT_EQ(fill(3000), Pressure::kLow);
}

TEST(Collector, NamesAReaderThatIsNeverQuiescent) {
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

class CollectorModes : public testing::TestWithParam<Mode> {};

TEST_P(CollectorModes, DestroysAllThatWasCreatedOnceAtTheEnd) {
  Rig rig(2000, GetParam(), 64);
  for (int i = 0; i < 2000; ++i) {
    const EntryIndex entry = rig.make();
    rig.lcore().retire(entry);
    if (i % 10 == 0) rig.step(kHz / 100);
  }
  rig.collector->drain();
  EXPECT_EQ(rig.stats().created, rig.stats().reclaimed);
  EXPECT_EQ(rig.order.size(), rig.stats().created);
  EXPECT_EQ(rig.collector->free_entries(kPool), 2000U);
}

INSTANTIATE_TEST_SUITE_P(All, CollectorModes,
                         testing::Values(Mode::kService, Mode::kInline, Mode::kLegacy, Mode::kOff));

TEST(Collector, LegacyFreesOnlyAfterItsGracePeriodAndEachTenthOfASecond) {
  Rig rig(10, Mode::kLegacy);
  rig.lcore().online();
  const EntryIndex entry = rig.make();
  rig.lcore().retire(entry);
  for (int i = 0; i < 5; ++i) rig.step(kHz);
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 0);
  rig.lcore().quiescent();
  for (int i = 0; i < 5; ++i) {
    rig.step(10 * kHz);
    rig.lcore().quiescent();
  }
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
}

TEST(Collector, ReclaimsEachEntryOnceUnderThreads) {
  Rig rig(4096, Mode::kService, 128, 2);
  std::atomic<bool> stop{false};
  std::atomic<int> running{2};
  const auto work = [&](uint16_t id) {
    Producer& lcore = rig.lcore(id);
    lcore.online();
    for (int i = 0; i < 20000; ++i) {
      const EntryIndex entry = lcore.allocate(kPool);
      if (entry != kNoEntry) {
        const bool hold = i % 7 == 0 && rig.collector->refs().acquire(entry);
        lcore.retire(entry);
        if (hold) rig.collector->refs().release(entry);
      }
      lcore.quiescent();
    }
    lcore.offline();
    --running;
  };
  std::thread one(work, 0);
  std::thread two(work, 1);
  while (running > 0) {
    rig.step(kHz / 100);
    std::this_thread::yield();
  }
  one.join();
  two.join();
  rig.collector->drain();
  EXPECT_EQ(rig.stats().created, rig.stats().reclaimed);
  EXPECT_EQ(rig.stats().double_retired, 0U);
  EXPECT_EQ(rig.order.size(), rig.stats().created);
}

TEST(Collector, NamesWhatIsWrongInItsConfiguration) {
  CollectorConfig config;
  EXPECT_EQ(Collector::create(config).error().message,
            "collector: 0 entries are not from 1 to 2^31");
  config.pool_entries = {1};
  EXPECT_EQ(Collector::create(config).error().message, "collector: it needs a destroy hook");
}

}  // namespace
}  // namespace dstgc
