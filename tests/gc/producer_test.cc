// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/producer.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/gc/collector_rig.h"

namespace dstgc {
namespace {

TEST(Producer, GivesEachIndexOnceAndOpensIt) {
  Rig rig(1000);
  std::set<uint32_t> got;
  for (int i = 0; i < 1000; ++i) {
    const EntryIndex entry = rig.make();
    ASSERT_TRUE(got.insert(to_u32(entry)).second);
    ASSERT_FALSE(rig.collector->refs().is_dead(entry));
  }
  EXPECT_EQ(rig.make(), kNoEntry);
  EXPECT_EQ(rig.lcore().created(), 1000U);
  EXPECT_EQ(rig.lcore().refused(), 1U);
}

TEST(Producer, TakesBackWhatWasNeverPublished) {
  Rig rig(300);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 300; ++i) made.push_back(rig.make());
  for (EntryIndex entry : made) rig.lcore().give_back(kPool, entry);  // more than a stock holds
  EXPECT_EQ(rig.stats().created, 0U);
  EXPECT_EQ(rig.collector->free_entries(kPool), 300U);
  EXPECT_FALSE(rig.collector->refs().acquire(made[0]));
  std::set<uint32_t> again;
  for (int i = 0; i < 300; ++i) again.insert(to_u32(rig.make()));
  EXPECT_EQ(again.size(), 300U);
}

TEST(Producer, TellsWhatItWillGive) {
  Rig rig(300);
  EXPECT_EQ(rig.lcore().upcoming(kPool, 0), kNoEntry) << "nothing is at hand yet";
  for (int i = 0; i < 100; ++i) {
    rig.make();
    const EntryIndex third = rig.lcore().upcoming(kPool, 1);
    ASSERT_NE(third, kNoEntry) << i;
    rig.make();
    ASSERT_EQ(rig.make(), third) << i;
  }
  EXPECT_EQ(rig.make(), kNoEntry);
  EXPECT_EQ(rig.lcore().upcoming(kPool, 0), kNoEntry);
}

TEST(Producer, KeepsTheOrderOfWhatItSpills) {
  Rig rig(100, Mode::kService, 16);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 50; ++i) made.push_back(rig.make());
  rig.lcore().retire(std::span(made).first(30));
  rig.lcore().retire(std::span(made).subspan(30));
  EXPECT_EQ(rig.lcore().spilled(), 35U);
  for (int i = 0; i < 10; ++i) {
    rig.step();
    rig.lcore().quiescent();
  }
  EXPECT_EQ(rig.order, made);
}

TEST(Producer, ReturnsItsStocks) {
  Rig rig(100, Mode::kService, 0, 2);
  const EntryIndex entry = rig.lcore(0).allocate(kPool);
  rig.lcore(0).give_back(kPool, entry);
  rig.lcore(0).return_stocks();
  std::set<uint32_t> got;
  for (;;) {
    const EntryIndex next = rig.lcore(1).allocate(kPool);
    if (next == kNoEntry) break;
    got.insert(to_u32(next));
  }
  EXPECT_EQ(got.size(), 100U);
}

TEST(Producer, HoldsUpNoGracePeriodWhenOffline) {
  Rig rig(100);
  rig.lcore().online();
  rig.lcore().retire(rig.make());
  rig.step();
  rig.step();
  EXPECT_EQ(rig.stats().reclaimed, 0U);
  rig.lcore().offline();
  rig.step();
  EXPECT_EQ(rig.stats().reclaimed, 1U);
}

}  // namespace
}  // namespace dstgc
