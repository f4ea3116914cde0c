// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gc/collector_rig.h"

#include <gtest/gtest.h>

#include <thread>

namespace dstgc {
namespace {

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

// An owner that places entries itself: here the collector has no free indices to give.
struct Placed {
  std::vector<EntryIndex> vacated;
  std::vector<PortIndex> ports;  // that the vacated named when they were
  std::unique_ptr<Collector> collector;

  explicit Placed(Mode mode = Mode::kService) {
    CollectorConfig config;
    config.pool_entries = {3200, 320};
    config.pool_limits = {1600, 320};
    config.tsc_hz = kHz;
    config.mode = mode;
    config.hooks.context = this;
    config.hooks.destroy = [](void*, std::span<const EntryIndex>, std::span<Child>) noexcept {};
    config.hooks.vacate = [](void* context, std::span<const EntryIndex> entries) noexcept {
      auto& self = *static_cast<Placed*>(context);
      for (const EntryIndex entry : entries) {
        self.vacated.push_back(entry);
        self.ports.push_back(self.collector->port(entry));
      }
    };
    collector = std::move(*Collector::create(config));
  }
  Producer& lcore() { return collector->producer(ProducerId{0}); }
};

TEST(Collector, TellsAnOwnerThatPlacesEntriesWhichItMayUseAgainAndWhenNotBefore) {
  for (const Mode mode : {Mode::kService, Mode::kLegacy}) {
    Placed placed(mode);
    placed.lcore().online();
    EXPECT_EQ(placed.lcore().allocate(kPool), kNoEntry);
    const EntryIndex entry{77};
    const EntryIndex other{3300};  // of pool 1
    EXPECT_FALSE(placed.collector->refs().acquire(entry)) << "free";
    placed.lcore().adopt(kPool, entry);
    placed.lcore().adopt(PoolId{1}, other);
    placed.collector->set_port(entry, PortIndex{3});
    EXPECT_TRUE(placed.collector->refs().acquire(entry));
    placed.lcore().retire(entry);
    placed.lcore().retire(other);
    uint64_t now = kHz;
    placed.collector->step({}, ++now);
    EXPECT_TRUE(placed.vacated.empty()) << "no grace period has passed";
    placed.lcore().quiescent();
    placed.collector->step({}, ++now);
    placed.lcore().quiescent();
    placed.collector->step({}, now += 200 * kHz);
    EXPECT_EQ(placed.vacated, std::vector{other}) << "the other is referenced";
    placed.collector->refs().release(entry);
    placed.collector->step({}, now += 200 * kHz);
    placed.lcore().quiescent();
    placed.collector->step({}, now += 200 * kHz);
    EXPECT_EQ(placed.vacated, (std::vector{other, entry}));
    EXPECT_EQ(placed.ports[1], kNoPort) << "nothing of its life is left";
    const CollectorStats stats = placed.collector->stats();
    EXPECT_EQ(stats.created, 2U);
    EXPECT_EQ(stats.reclaimed, 2U);
    placed.lcore().adopt(kPool, entry);
    EXPECT_TRUE(placed.collector->refs().acquire(entry)) << "it lives again";
  }
}

TEST(Collector, VacatesAllWhenItIsDrained) {
  Placed placed;
  placed.lcore().online();
  for (uint32_t i = 0; i < 3000; ++i) {
    placed.lcore().adopt(kPool, EntryIndex{i});
    placed.lcore().retire(EntryIndex{i});
  }
  placed.collector->drain();
  EXPECT_EQ(placed.vacated.size(), 3000U);
  EXPECT_EQ(placed.collector->stats().dst_total, 0U);
}

TEST(Collector, CountsPressureUpToAPoolsLimit) {
  Placed placed;
  placed.lcore().online();
  EXPECT_EQ(placed.collector->free_entries(kPool), 1600U);
  uint32_t next = 0;
  const auto fill = [&](uint32_t n) {
    while (next < n) placed.lcore().adopt(kPool, EntryIndex{next++});
    placed.collector->step({}, kHz * (1 + next));
  };
  fill(1300);
  EXPECT_EQ(placed.collector->pressure(kPool), Pressure::kNone);
  fill(1401);
  EXPECT_EQ(placed.collector->pressure(kPool), Pressure::kLow);
  fill(1600);
  EXPECT_EQ(placed.collector->pressure(kPool), Pressure::kEmergency);
  fill(1700);
  EXPECT_EQ(placed.collector->free_entries(kPool), 0U);
  EXPECT_EQ(placed.collector->pressure(kPool), Pressure::kEmergency);
  EXPECT_EQ(placed.collector->pressure(PoolId{1}), Pressure::kNone);
}

TEST(Collector, BadLimitsOfPoolsAreRefusedInALine) {
  const auto refuse = [](std::vector<uint32_t> limits) {
    CollectorConfig config;
    config.pool_entries = {10, 20};
    config.pool_limits = std::move(limits);
    config.tsc_hz = kHz;
    config.hooks.destroy = [](void*, std::span<const EntryIndex>, std::span<Child>) noexcept {};
    const auto made = Collector::create(config);
    return made ? "" : made.error().message;
  };
  EXPECT_EQ(refuse({10, 20}), "");
  EXPECT_EQ(refuse({10}), "collector: 2 pools, but 1 limits");
  EXPECT_EQ(refuse({10, 0}), "collector: pool 1: the limit 0 is not from 1 to 20");
  EXPECT_EQ(refuse({11, 20}), "collector: pool 0: the limit 11 is not from 1 to 10");
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
    rig.step(kHz);
    EXPECT_EQ(rig.stats().pressure, rig.collector->pressure(kPool));
    return rig.collector->pressure(kPool);
  };
  EXPECT_EQ(fill(2800), Pressure::kNone);
  EXPECT_EQ(fill(2801), Pressure::kLow);
  EXPECT_EQ(fill(2500), Pressure::kLow);
  EXPECT_EQ(fill(2400), Pressure::kNone);
  EXPECT_EQ(fill(3101), Pressure::kEmergency);
  EXPECT_EQ(fill(3010), Pressure::kEmergency);
  EXPECT_EQ(fill(3000), Pressure::kLow);
  EXPECT_EQ(rig.stats().low_pressures, 1U);  // what eases from an emergency begins nothing
  EXPECT_EQ(rig.stats().emergencies, 1U);
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

TEST(Collector, SurvivesASecondRetireInLegacyMode) {
  Rig rig(10, Mode::kLegacy);
  const EntryIndex one = rig.make();
  const EntryIndex two = rig.make();
  rig.lcore().retire(one);
  rig.lcore().retire(two);
  rig.lcore().retire(one);
  for (int i = 0; i < 10; ++i) rig.step(10 * kHz);
  EXPECT_EQ(rig.stats().reclaimed, 2U);
  EXPECT_EQ(rig.stats().double_retired, 1U);
}

TEST(Collector, NeverShowsPressureThatIsNotThere) {
  Rig rig(4096, Mode::kService, 0, 1);
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) EXPECT_GT(rig.collector->free_entries(kPool), 3000U);
  });
  for (int i = 0; i < 200000; ++i) {
    rig.lcore().retire(rig.make());
    if (i % 32 == 0) rig.step(1, {100000, 0});
  }
  stop = true;
  reader.join();
}

TEST(Collector, NamesWhatIsWrongInItsConfiguration) {
  CollectorConfig config;
  EXPECT_EQ(Collector::create(config).error().message,
            "collector: 0 entries are not from 1 to 2^31");
  config.pool_entries = {1};
  EXPECT_EQ(Collector::create(config).error().message, "collector: it needs a destroy hook");
  config.hooks.destroy = [](void*, std::span<const EntryIndex>, std::span<Child>) noexcept {};
  config.tsc_hz = kHz;
  config.intake_entries = 1000;
  EXPECT_EQ(Collector::create(config).error().message,
            "collector: 1000 intake entries are no power of two from 2 to 2^30");
  config.intake_entries = 0;
  config.timer.max_s = 0.01;
  EXPECT_EQ(Collector::create(config).error().message,
            "collector: the timer's min_s 0.1 and max_s 0.01 are not 0 < min <= max");
  config.timer.max_s = 120;
  GracePeriod few = std::move(*GracePeriod::create(1));
  config.grace = &few;
  config.producers = 2;
  EXPECT_EQ(Collector::create(config).error().message,
            "collector: 2 producers, but the grace period has 1 readers");
  config.producers = 1;
  config.pool_entries = {1U << 30U};
  EXPECT_EQ(Collector::create(config).error().message,
            "collector: pool 0: 1073741824 entries are not from 1 to 2^30 - 1");
}

}  // namespace
}  // namespace dstgc
