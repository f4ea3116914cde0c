// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/aging.h"

#include "tests/fwd/cache_rig.h"

namespace dstfwd {
namespace {

using test::CacheRig;
using test::flow4;
using test::flow6;
using test::kHopA;
using test::kHz;

constexpr uint32_t kAll = 1U << 30U;
constexpr uint64_t kFlush2 = uint64_t{2} << 32U;

class AgingTest : public testing::Test {
 protected:
  AgingTest() { reset(1.0); }

  void reset(double idle_timeout_s) {
    aging_ = std::make_unique<Aging>(AgingConfig{idle_timeout_s, kHz}, *rig_.ipv4, *rig_.ipv6,
                                     version_, rig_.gc());
  }
  static uint64_t tsc(double seconds) {
    return static_cast<uint64_t>((100 + seconds) * static_cast<double>(kHz));
  }
  EntryIndex add(uint32_t n, double at_s, unsigned packets = 2) {
    const EntryIndex index = rig_.carry(n, clock_.tick(tsc(at_s)), packets, version_.load());
    EXPECT_NE(index, kNoEntry) << "no room for flow " << n;
    return index;
  }
  // Rounds enough that everything was looked at since `to_s`.
  void run(double from_s, double to_s) {
    for (double t = from_s; t < to_s; t += 0.01) aging_->step(tsc(t), kAll);
  }

  CacheRig rig_{64, 64};
  DstClock clock_{kHz};
  std::atomic<uint64_t> version_{1};
  std::unique_ptr<Aging> aging_;
};

// In no mode does another one call for the sweep's own producer.
TEST(AgingSpill, HandsOverWhatAFullIntakeLeftThoughNothingElseExpires) {
  CacheRig rig{16384, 64};
  const std::atomic<uint64_t> version{1};
  DstClock clock{kHz};
  Aging aging(AgingConfig{1.0, kHz}, *rig.ipv4, *rig.ipv6, version, rig.gc());
  for (uint32_t n = 0; n < 12000; ++n) rig.carry(n, clock.tick(100 * kHz), 0);
  const uint64_t live = rig.ipv4->count();
  uint64_t now_tsc = 102 * kHz;
  for (; rig.ipv4->count() != 0; now_tsc += kHz) aging.step(now_tsc, kAll);
  ASSERT_GT(rig.stats().spilled, 1000U);
  for (int i = 0; i < 1000 && rig.stats().reclaimed != live; ++i) {
    aging.step(now_tsc, 0);
    rig.collector->step({}, now_tsc);
  }
  EXPECT_EQ(rig.stats().reclaimed, live);
}

TEST(AgingCount, TellsTheCacheAfterEachRoundHowManyEntriesLive) {
  CacheRig rig{16384, 64};
  const std::atomic<uint64_t> version{1};
  DstClock clock{kHz};
  Aging aging(AgingConfig{1000.0, kHz}, *rig.ipv4, *rig.ipv6, version, rig.gc());
  const auto add = [&](uint32_t from, uint32_t to) {
    for (uint32_t n = from; n < to; ++n) rig.carry(n, clock.tick(100 * kHz), 0);
  };
  uint64_t now_tsc = 100 * kHz;
  const auto round = [&] {
    for (const uint64_t rounds = aging.rounds(); aging.rounds() == rounds; now_tsc += kHz / 100)
      aging.step(now_tsc, kAll);
  };
  add(0, 8000);
  round();
  EXPECT_TRUE(rig.ipv4->is_near());
  add(8000, 9000);
  EXPECT_TRUE(rig.ipv4->is_near()) << "not met yet";
  round();
  EXPECT_FALSE(rig.ipv4->is_near());
  round();
  EXPECT_FALSE(rig.ipv4->is_near()) << "of one round, not of all";
}

class AgingFit : public testing::Test {
 protected:
  // A packet of each flow: of those that have no entry too, which may find no room for one.
  void packets(uint32_t flows) {
    for (uint32_t n = 0; n < flows; ++n) rig_.carry(n, clock_.tick(now_tsc_), 1);
  }
  void run(double seconds, uint32_t flows) {
    const auto steps = static_cast<unsigned>(seconds * 100);
    for (unsigned i = 0; i < steps; ++i) {
      aging_.step(now_tsc_ += kHz / 100, kAll);
      if (i % 10 == 0) packets(flows);
      rig_.reclaim();
    }
  }

  CacheRig rig_{200000, 64};
  const std::atomic<uint64_t> version_{1};
  DstClock clock_{kHz};
  uint64_t now_tsc_ = 100 * kHz;
  Aging aging_{AgingConfig{1000.0, kHz}, *rig_.ipv4, *rig_.ipv6, version_, rig_.gc()};
};

TEST_F(AgingFit, FewFlowsComeToLieInFewBucketsAndKeepTheirCounts) {
  const FlowTable& table = rig_.ipv4->table();
  packets(3000);
  EXPECT_EQ(table.region().now().buckets, table.buckets());
  run(26, 2000);
  ASSERT_EQ(table.region().now().buckets, TableFit::kLeastBuckets);
  // Some of a thousand have the same bucket as before.
  EXPECT_NEAR(static_cast<double>(rig_.ipv4->count()), 2000, 10);
  EXPECT_NEAR(static_cast<double>(aging_.moved()), 1000, 10) << "that had no packets since";
  EXPECT_EQ(aging_.expired(), 0U);
  const uint64_t created = rig_.stats().created;
  EXPECT_NEAR(static_cast<double>(created), 5000, 20);
  EXPECT_EQ(rig_.stats().reclaimed, created - rig_.ipv4->count());
  for (uint32_t n = 0; n < 2000; ++n) {
    const EntryIndex index = rig_.ipv4->find(rig_.hash(flow4(n)), flow4(n));
    ASSERT_NE(index, kNoEntry);
    EXPECT_LT(to_u32(index), TableFit::kLeastBuckets * FlowBucket::kSlots);
    EXPECT_EQ(rig_.ipv4->entry(index).packets.load(), 261U);
  }
  run(6, 2000);
  EXPECT_EQ(rig_.stats().created, created) << "they stay there";
}

TEST_F(AgingFit, ManyFlowsGetMoreBucketsAgain) {
  packets(2000);
  run(26, 2000);
  ASSERT_EQ(rig_.ipv4->table().region().now().buckets, TableFit::kLeastBuckets);
  for (uint32_t flows = 2000; flows < 70000; flows += 5000) run(0.1, flows);
  run(4, 70000);
  EXPECT_GE(rig_.ipv4->table().region().now().buckets, 2 * TableFit::kLeastBuckets);
  run(1, 70000);
  EXPECT_EQ(rig_.ipv4->count(), 70000U);
}

TEST(AgingReuse, FlowsOfOnePacketEndSoonOnceHardlyAnyEntryIsUsedAgain) {
  CacheRig rig{8192, 64};
  const std::atomic<uint64_t> version{1};
  DstClock clock{kHz};
  Aging aging(AgingConfig{60.0, kHz}, *rig.ipv4, *rig.ipv6, version, rig.gc());
  uint64_t now_tsc = 100 * kHz;
  const auto add = [&](uint32_t n, unsigned packets) {
    return rig.carry(n, clock.tick(now_tsc), packets);
  };
  const auto run = [&](unsigned seconds) {
    for (unsigned i = 0; i < 100 * seconds; ++i) aging.step(now_tsc += kHz / 100, kAll);
  };
  for (uint32_t n = 0; n < 100; ++n) add(n, 1), add(100 + n, 2);
  run(5);
  EXPECT_EQ(rig.ipv4->count(), 200U) << "their timeout is 60 s";
  for (uint32_t n = 1000; !rig.ipv4->reuse_is_low(); ++n) {
    const EntryIndex index = add(n, 1);
    rig.ipv4->kill(rig.lcore(), index, rig.hash(flow4(n)));
    rig.reclaim();
  }
  run(5);
  EXPECT_EQ(rig.ipv4->count(), 100U);
  EXPECT_EQ(aging.expired(), 100U);
  EXPECT_NE(rig.ipv4->find(rig.hash(flow4(100)), flow4(100)), kNoEntry) << "of two packets";
}

TEST_F(AgingTest, UnlinksIdleEntriesAfterTheTimeoutAndNotBefore) {
  for (uint32_t n = 0; n < 50; ++n) add(n, 0);
  run(0, 0.99);
  EXPECT_EQ(rig_.ipv4->count(), 50U);
  run(0.99, 1.0 + aging_->period_s() + 0.05);
  EXPECT_EQ(rig_.ipv4->count(), 0U);
  EXPECT_EQ(aging_->expired(), 50U);
  EXPECT_EQ(aging_->flushed(), 0U);
  rig_.reclaim();
  EXPECT_EQ(rig_.stats().reclaimed, 50U);
}

TEST_F(AgingTest, LeavesEntriesThatAreUsed) {
  const EntryIndex used = add(1, 0);
  add(2, 0);
  for (double t = 0; t < 3; t += 0.1) {
    rig_.ipv4->entry(used).touch(100, clock_.tick(tsc(t)));
    aging_->step(tsc(t), kAll);
  }
  EXPECT_TRUE(rig_.ipv4->is_live(used));
  EXPECT_EQ(rig_.ipv4->count(), 1U);
}

TEST_F(AgingTest, LooksAtAnEntryOnlyWhenItCouldHaveBeenIdleTooLong) {
  reset(20.0);  // a round a second
  const EntryIndex used = add(1, 0);
  for (double t = 0; t < 100; t += 0.1) {
    rig_.ipv4->entry(used).touch(100, clock_.tick(tsc(t)));
    aging_->step(tsc(t), kAll);
  }
  EXPECT_TRUE(rig_.ipv4->is_live(used));
  EXPECT_GE(aging_->rounds(), 99U);
  EXPECT_GE(aging_->looks(), 4U);
  EXPECT_LE(aging_->looks(), 8U);
}

TEST_F(AgingTest, UnlinksWithinARoundOfTheTimeoutWheneverTheLastUseWas) {
  reset(5.0);  // a round a second
  for (double last_use = 0; last_use < 12; last_use += 0.37) {
    const double begin = last_use * 1000;  // far from the one before
    const EntryIndex index = add(static_cast<uint32_t>(begin), begin);
    double t = begin;
    for (; t < begin + last_use; t += 0.05) {
      rig_.ipv4->entry(index).touch(100, clock_.tick(tsc(t)));
      aging_->step(tsc(t), kAll);
    }
    for (; t < begin + last_use + 4.9; t += 0.05) aging_->step(tsc(t), kAll);
    EXPECT_TRUE(rig_.ipv4->is_live(index)) << last_use;
    for (; t < begin + last_use + 6.2; t += 0.05) aging_->step(tsc(t), kAll);
    EXPECT_FALSE(rig_.ipv4->is_live(index)) << last_use;
  }
}

TEST_F(AgingTest, ASweepThatIsLateFromTheStartDefersByTheRoundsThatItMakes) {
  reset(20.0);
  const EntryIndex index = add(1, 0);
  const double round_s = 0.125 * rig_.ipv4->capacity();  // some 11 s, of a place a step
  double t = 0;
  for (; t < 60; t += 0.125) {
    rig_.ipv4->entry(index).touch(100, clock_.tick(tsc(t)));
    aging_->step(tsc(t), 1);
  }
  for (; t < 60 + 20 + round_s + 0.5; t += 0.125) aging_->step(tsc(t), 1);
  EXPECT_FALSE(rig_.ipv4->is_live(index));
}

TEST_F(AgingTest, ASweepThatBecomesLateIsNoLaterThanTwoRounds) {
  reset(20.0);
  add(1, 0);
  run(0, 5);  // deferred by 15 rounds or more, of a second each
  for (double t = 5; t < 20 + 17; t += 0.125) aging_->step(tsc(t), 1);
  EXPECT_EQ(rig_.ipv4->count(), 0U);
}

TEST_F(AgingTest, AFlushIsThroughInARoundThoughEntriesAreDeferred) {
  reset(20.0);
  for (uint32_t n = 0; n < 10; ++n) add(n, 0);
  run(0, 2.5);
  const uint64_t looks = aging_->looks();
  run(2.5, 4.5);
  EXPECT_EQ(aging_->looks(), looks) << "they are deferred";
  version_ = kFlush2 | 1;
  run(4.5, 5.6);
  EXPECT_EQ(aging_->flushed(), 10U);
}

TEST_F(AgingTest, PressureShortensTheTimeoutsOfDeferredEntries) {
  reset(20.0);
  for (uint32_t n = 0; n < 60; ++n) add(n, 0);
  run(0, 2.5);
  rig_.collector->step({}, tsc(2.5));
  ASSERT_NE(rig_.ipv4->pressure(), dstgc::Pressure::kNone);
  run(2.5, 7);  // 20 s / 4
  EXPECT_EQ(rig_.ipv4->count(), 0U);
}

TEST_F(AgingTest, UnlinksWhatIsOfAnOlderFlushGeneration) {
  for (uint32_t n = 0; n < 10; ++n) add(n, 0);
  version_ = kFlush2 | 1;
  const EntryIndex young = add(100, 0);
  run(0, 0.5);
  EXPECT_EQ(aging_->flushed(), 10U);
  EXPECT_EQ(rig_.ipv4->count(), 1U);
  EXPECT_TRUE(rig_.ipv4->is_live(young));
}

TEST_F(AgingTest, LeavesARouteChangeToThePackets) {
  add(1, 0);
  version_ = 2;
  run(0, 0.5);
  EXPECT_EQ(rig_.ipv4->count(), 1U);
}

TEST_F(AgingTest, SweepsIpv6AsWell) {
  const FlowKey6 key = flow6(1);
  rig_.ipv6->insert(rig_.lcore(), key, rig_.ipv6->hash_of(key), {kHopA, {}, 1},
                    clock_.tick(tsc(0)));
  run(0, 2);
  EXPECT_EQ(rig_.ipv6->count(), 0U);
  EXPECT_EQ(aging_->expired(), 1U);
}

TEST_F(AgingTest, GoesRoundInItsPeriodHoweverOftenItIsCalled) {
  EXPECT_DOUBLE_EQ(aging_->period_s(), 0.25);
  aging_->step(tsc(0), kAll);
  const uint64_t before = aging_->rounds();
  for (double t = 0; t < 10; t += 0.001) aging_->step(tsc(t), kAll);
  EXPECT_NEAR(static_cast<double>(aging_->rounds() - before), 40, 2);
}

TEST_F(AgingTest, LooksAtNoMoreThanItsBudget) {
  uint32_t looked = 0;
  for (int i = 0; i < 5; ++i) looked = std::max(looked, aging_->step(tsc(i), 10));
  EXPECT_EQ(looked, 10U);
}

TEST_F(AgingTest, AnEntryFromTheFutureIsNotIdle) {
  add(1, 5);
  run(0, 4);
  EXPECT_EQ(rig_.ipv4->count(), 1U);
}

TEST_F(AgingTest, AWrappedClockIsNoIdleTime) {
  // The tick is 32 bits; entries used just before it wraps are a moment old after it.
  const double wrap_s = 4294967296.0 * static_cast<double>(uint64_t{1} << 22U) / kHz - 100;
  ASSERT_EQ(clock_.tick(tsc(wrap_s + 0.001)), 0U);
  add(1, wrap_s - 0.1);
  run(wrap_s - 0.05, wrap_s + 0.5);
  EXPECT_EQ(rig_.ipv4->count(), 1U);
  run(wrap_s + 0.5, wrap_s + 1.5);
  EXPECT_EQ(rig_.ipv4->count(), 0U);
}

TEST_F(AgingTest, OneAtATimeGetsIn) {
  for (uint32_t n = 0; n < 50; ++n) add(n, 0);
  unsigned in = 0;
  aging_->try_step(tsc(5), kAll, [&] {
    ++in;
    aging_->try_step(tsc(6), kAll, [&] { ++in; });
  });
  EXPECT_EQ(in, 1U) << "what is for one lcore at a time was two's";
  aging_->try_step(tsc(7), kAll, [&] { ++in; });
  EXPECT_EQ(in, 2U);
  EXPECT_EQ(rig_.ipv4->count(), 0U);
}

}  // namespace
}  // namespace dstfwd
