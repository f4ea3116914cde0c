// SPDX-License-Identifier: BSD-3-Clause
// What goes wrong around a collector: it stops, rings and arena fill up, readers hang or die.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/gc/collector_rig.h"

namespace dstgc {
namespace {

using std::chrono_literals::operator""ms;

// Producer threads that make flows, keep a few, and retire the eldest, as fast as they can.
class Load {
 public:
  Load(Rig& rig, uint16_t producers) : rig_(&rig) {
    for (uint16_t id = 0; id < producers; ++id) threads_.emplace_back([this, id] { run(id); });
  }
  ~Load() { stop(); }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  uint64_t turns() const { return turns_; }

 private:
  static constexpr size_t kKept = 16;

  void run(uint16_t id) {
    Producer& lcore = rig_->lcore(id);
    std::vector<EntryIndex> kept;
    lcore.online();
    while (!stop_) {
      const EntryIndex entry = lcore.allocate(kPool);
      if (entry != kNoEntry) {
        kept.push_back(entry);
      } else {
        std::this_thread::yield();
      }
      if (kept.size() > kKept || (entry == kNoEntry && !kept.empty())) {
        lcore.retire(kept.front());
        kept.erase(kept.begin());
      }
      lcore.quiescent();
      ++turns_;
    }
    lcore.retire(kept);
    lcore.offline();
  }

  Rig* rig_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> turns_{0};
  std::vector<std::thread> threads_;
};

void expect_all_home(Rig& rig) {
  const CollectorStats end = rig.stats();
  EXPECT_EQ(end.created, end.reclaimed);
  EXPECT_EQ(end.intake, 0U);
  EXPECT_EQ(end.busy, 0U);
  EXPECT_EQ(end.double_retired, 0U);
  EXPECT_EQ(rig.order.size(), end.created);
  for (uint16_t id = 0; id < 2; ++id) rig.lcore(id).return_stocks();
  EXPECT_EQ(rig.collector->free_entries(kPool), rig.collector->capacity());
  std::vector<bool> seen(rig.collector->capacity());
  for (size_t i = 0; i < seen.size(); ++i) {
    const EntryIndex entry = rig.make();
    ASSERT_NE(entry, kNoEntry) << i;
    ASSERT_FALSE(seen[to_u32(entry)]);
    seen[to_u32(entry)] = true;
  }
}

// Producers spill when their intakes of 16 are full; no one has stepped, so no index comes back.
TEST(Faults, ProducersGoOnWithoutACollectorAndItReclaimsAllOnceItIsBack) {
  Rig rig(4096, Mode::kService, 16, 2);
  Load load(rig, 2);
  // The arena is empty, and what each producer had in stock is in use.
  while (rig.stats().refused == 0 || rig.stats().created < 4096) std::this_thread::yield();
  const uint64_t turns = load.turns();
  while (load.turns() < turns + 1000) std::this_thread::yield();
  EXPECT_EQ(rig.stats().created, 4096U);
  EXPECT_EQ(rig.stats().reclaimed, 0U);
  EXPECT_GT(rig.stats().spilled, 0U);
  while (rig.stats().reclaimed < 4096 + 5000) {  // back, under the same load
    rig.step();
    std::this_thread::yield();
  }
  load.stop();
  while (rig.stats().created != rig.stats().reclaimed) {
    rig.step();
    for (uint16_t id = 0; id < 2; ++id) rig.lcore(id).quiescent();
  }
  expect_all_home(rig);
}

TEST(Faults, ACollectorThatStopsAgainAndAgainLosesNothing) {
  Rig rig(2048, Mode::kService, 16, 2);
  Load load(rig, 2);
  for (int i = 0; i < 8; ++i) {
    const uint64_t refused = rig.stats().refused;
    while (rig.stats().refused == refused) std::this_thread::yield();
    const uint64_t reclaimed = rig.stats().reclaimed;
    while (rig.stats().reclaimed < reclaimed + 1000) {
      rig.step(1, {64, 0});
      std::this_thread::yield();
    }
  }
  load.stop();
  rig.collector->drain();
  expect_all_home(rig);
}

TEST(Faults, AnEmptyArenaIsFullAgainAfterAnyNumberOfFloods) {
  Rig rig(1000, Mode::kService, 64);
  for (int flood = 0; flood < 200; ++flood) {
    std::vector<EntryIndex> made;
    for (EntryIndex entry = rig.make(); entry != kNoEntry; entry = rig.make())
      made.push_back(entry);
    ASSERT_EQ(made.size(), 1000U) << "flood " << flood;
    ASSERT_EQ(rig.collector->free_entries(kPool), 0U);
    rig.lcore().retire(made);
    while (rig.stats().created != rig.stats().reclaimed) {
      rig.step();
      rig.lcore().quiescent();
    }
  }
  EXPECT_EQ(rig.stats().refused, 200U);
}

TEST(Faults, NamesAReaderThatHangsWithinASecondEvenWhenNothingIsDead) {
  Rig rig(10, Mode::kService, 0, 3);
  rig.lcore(0).online();
  rig.lcore(2).online();
  rig.step();
  const uint64_t hung = rig.now;
  while (!rig.stats().laggard && rig.now < hung + 2 * kHz) {
    rig.lcore(0).quiescent();
    rig.step(kHz / 100);
  }
  EXPECT_EQ(rig.stats().laggard, 2U);
  EXPECT_LT(rig.now - hung, kHz);
  EXPECT_GE(rig.now - hung, kHz / 2);  // not at each hiccup
  rig.lcore(2).quiescent();
  rig.lcore(0).quiescent();
  rig.step();
  EXPECT_EQ(rig.stats().laggard, std::nullopt);
}

TEST(Faults, NamesNoneWhileAllReadersReport) {
  Rig rig(10, Mode::kService, 0, 2);
  for (uint16_t id = 0; id < 2; ++id) rig.lcore(id).online();
  for (int i = 0; i < 1000; ++i) {
    for (uint16_t id = 0; id < 2; ++id) rig.lcore(id).quiescent();
    rig.step(kHz / 100);
    ASSERT_EQ(rig.stats().laggard, std::nullopt);
  }
}

TEST(Faults, NamesAHungReaderInLegacyMode) {
  Rig rig(10, Mode::kLegacy, 0, 2);
  rig.lcore(1).online();
  for (int i = 0; i < 100; ++i) rig.step(kHz / 100);
  EXPECT_EQ(rig.stats().laggard, 1U);
}

TEST(Faults, ReclaimsWhatADeadThreadHeldUpOnceItIsTakenOffline) {
  Rig rig(100, Mode::kService, 0, 2);
  rig.lcore(0).online();
  std::thread([&rig] { rig.lcore(1).online(); }).join();  // and ends without a word
  for (int i = 0; i < 50; ++i) rig.lcore(0).retire(rig.make());
  for (int i = 0; i < 200; ++i) {
    rig.step(kHz / 100);
    rig.lcore(0).quiescent();
  }
  EXPECT_EQ(rig.stats().reclaimed, 0U);
  EXPECT_GE(rig.stats().oldest_dead_ms, 1900U);
  ASSERT_EQ(rig.stats().laggard, 1U);
  rig.lcore(1).offline();
  rig.step();
  rig.lcore(0).quiescent();
  rig.step();
  EXPECT_EQ(rig.stats().reclaimed, 50U);
}

TEST(Faults, AReferenceThatNeverEndsKeepsOnlyItsEntry) {
  Rig rig(1000);
  const EntryIndex pinned = rig.make();
  rig.collector->refs().acquire(pinned);
  rig.lcore().retire(pinned);
  for (int i = 0; i < 5000; ++i) {
    rig.lcore().retire(rig.make());
    rig.step(kHz / 10);
  }
  rig.step();
  EXPECT_EQ(rig.stats().busy, 1U);
  EXPECT_EQ(rig.stats().reclaimed, 5000U);
  EXPECT_GE(rig.stats().oldest_dead_ms, 499000U);
  EXPECT_EQ(rig.destroyed[to_u32(pinned)], 0);
}

// A thread that is stopped in the midst of a burst, for as long as it likes.
TEST(Faults, WaitsForAReaderThatIsStoppedInsideItsBurst) {
  Rig rig(100, Mode::kService, 0, 2);
  std::atomic<int> stage{0};
  const EntryIndex entry = rig.make();
  std::thread reader([&] {
    rig.lcore(1).online();
    stage = 1;
    while (stage != 2) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(rig.destroyed[to_u32(entry)], 0);
    rig.lcore(1).quiescent();
    rig.lcore(1).offline();
  });
  while (stage != 1) std::this_thread::yield();
  rig.lcore(0).retire(entry);
  for (int i = 0; i < 1000; ++i) rig.step(kHz / 10);
  stage = 2;
  reader.join();
  rig.step();
  EXPECT_EQ(rig.destroyed[to_u32(entry)], 1);
}

// As on two NUMA nodes: each has a collector, lcores read both, and one set of readers serves both.
TEST(Faults, AStoppedCollectorHoldsUpNoOtherThatSharesItsReaders) {
  GracePeriod grace = std::move(*GracePeriod::create(2));
  Rig stopped(100, Mode::kService, 16, 2, &grace);
  Rig runs(100, Mode::kService, 16, 2, &grace);
  runs.lcore(0).online();
  for (int i = 0; i < 100; ++i) stopped.lcore(0).retire(stopped.make());
  stopped.step();
  for (int i = 0; i < 1000; ++i) {
    const EntryIndex entry = runs.make();
    ASSERT_NE(entry, kNoEntry);
    runs.lcore(0).retire(entry);
    runs.step();
    runs.lcore(0).quiescent();
    runs.step();
  }
  EXPECT_EQ(runs.stats().reclaimed, 1000U);
  EXPECT_EQ(stopped.stats().reclaimed, 0U);
  for (int i = 0; i < 100; ++i) {
    stopped.step();
    stopped.lcore(0).quiescent();
    runs.lcore(0).quiescent();
  }
  EXPECT_EQ(stopped.stats().reclaimed, 100U);
}

}  // namespace
}  // namespace dstgc
