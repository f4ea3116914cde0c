// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/legacy_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace dstgc {
namespace {

class LegacyListTest : public testing::Test {
 protected:
  void add(std::vector<uint32_t> entries) {
    std::vector<EntryIndex> named;
    for (uint32_t entry : entries) named.push_back(EntryIndex{entry});
    again_ += list_.add(named);
  }
  std::vector<uint32_t> walk(bool all = false) {
    std::vector<uint32_t> freed;
    walked_ = list_.walk(all, [&](EntryIndex entry) { freed.push_back(to_u32(entry)); });
    return freed;
  }

  std::array<std::atomic<uint32_t>, 8> words_{};
  std::array<uint32_t, 8> links_{};
  RefTable refs_{words_.data()};
  GracePeriod grace_ = std::move(*GracePeriod::create(1));
  LegacyList list_{links_.data(), refs_, grace_};
  LegacyList::Walked walked_{};
  size_t again_ = 0;
};

using Freed = std::vector<uint32_t>;

TEST_F(LegacyListTest, FreesInArrivalOrderWhatTheWalkBeforeSaw) {
  add({3, 1, 2});
  EXPECT_EQ(walk(), Freed{});  // begins their grace period
  add({5});
  EXPECT_EQ(walk(), (Freed{3, 1, 2}));
  EXPECT_EQ(walk(), Freed{5});
  EXPECT_EQ(list_.size(), 0U);
}

TEST_F(LegacyListTest, KeepsTheReferencedAndCountsThem) {
  refs_.acquire(EntryIndex{1});
  refs_.acquire(EntryIndex{4});
  add({0, 1, 2, 3, 4});
  walk();
  EXPECT_EQ(walk(), (Freed{0, 2, 3}));
  EXPECT_EQ(walked_.delayed, 2U);
  add({5});
  refs_.release(EntryIndex{4});
  EXPECT_EQ(walk(), Freed{4});  // the last one at the time: the list goes on behind it
  EXPECT_EQ(walk(), Freed{5});
  refs_.release(EntryIndex{1});
  EXPECT_EQ(walk(), Freed{1});
}

TEST_F(LegacyListTest, DoesNotRunBeforeItsGracePeriodHasPassed) {
  grace_.online(0);
  add({1});
  EXPECT_EQ(walk(), Freed{});
  EXPECT_EQ(walk(), Freed{});
  EXPECT_FALSE(walked_.ran);
  grace_.quiescent(0);
  EXPECT_EQ(walk(), Freed{1});
  EXPECT_TRUE(walked_.ran);
}

TEST_F(LegacyListTest, LeavesOutWhatIsDeadAlready) {
  add({1, 2, 1});
  EXPECT_EQ(again_, 1U);
  EXPECT_EQ(walk(true), (Freed{1, 2}));
}

TEST_F(LegacyListTest, AdoptsWhatTheCallerMarked) {
  refs_.mark_dead(EntryIndex{6});
  list_.adopt(EntryIndex{6});
  EXPECT_EQ(walk(true), Freed{6});
}

}  // namespace
}  // namespace dstgc
