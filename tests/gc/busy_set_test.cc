// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/busy_set.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace dstgc {
namespace {

constexpr uint32_t kCapacity = 1000000;

class BusySetTest : public testing::Test {
 protected:
  std::vector<BusySet::Stamp> stamps_ = std::vector<BusySet::Stamp>(kCapacity);
  BusySet set_ = std::move(*BusySet::create(kCapacity, stamps_.data(), -1));

  // What a walk shows, in slices of so much.
  std::vector<uint32_t> walk(uint32_t cost, bool keep) {
    std::vector<uint32_t> seen;
    set_.rewind();
    while (!set_.at_end()) {
      set_.walk_slice(cost, [&](uint32_t first, uint64_t bits) {
        for (uint64_t left = bits; left != 0; left &= left - 1)
          seen.push_back(first + static_cast<uint32_t>(std::countr_zero(left)));
        return keep ? bits : 0;
      });
    }
    return seen;
  }
};

TEST_F(BusySetTest, ShowsEachOfItsEntriesOnceInAddressOrder) {
  const std::vector<uint32_t> in = {0, 1, 63, 64, 4095, 4096, 262143, 262144, 999999};
  for (uint32_t entry : in) set_.add(EntryIndex{entry}, 1);
  EXPECT_EQ(set_.size(), in.size());
  for (uint32_t cost : {1U, 3U, 64U, 1U << 30U}) EXPECT_EQ(walk(cost, true), in) << cost;
}

TEST_F(BusySetTest, ForgetsWhatAWalkDoesNotKeep) {
  for (uint32_t entry = 5; entry < kCapacity; entry += 777) set_.add(EntryIndex{entry}, 1);
  walk(64, false);
  EXPECT_EQ(set_.size(), 0U);
  EXPECT_TRUE(walk(64, true).empty());
  set_.add(EntryIndex{4096}, 1);  // a block whose summary was cleared
  EXPECT_EQ(walk(64, true), std::vector<uint32_t>{4096});
}

TEST_F(BusySetTest, RemovesOnlyWhatItHas) {
  set_.add(EntryIndex{70}, 1);
  EXPECT_FALSE(set_.remove(EntryIndex{71}));
  EXPECT_TRUE(set_.remove(EntryIndex{70}));
  EXPECT_FALSE(set_.remove(EntryIndex{70}));
  EXPECT_EQ(set_.size(), 0U);
}

TEST_F(BusySetTest, StaysWithinItsSlice) {
  for (uint32_t entry = 0; entry < 10000; ++entry) set_.add(EntryIndex{entry}, 1);
  set_.rewind();
  while (!set_.at_end())
    EXPECT_LT(set_.walk_slice(100, [](uint32_t, uint64_t bits) { return bits; }), 100U + 64U);
}

TEST_F(BusySetTest, TellsTheAgeOfTheOldestAfterAnyChanges) {
  std::mt19937 random(7);
  std::map<uint32_t, uint32_t> model;
  BusySet::Stamp now = 0xfffff000U;  // the stamps wrap on the way
  for (int round = 0; round < 20000; ++round, ++now) {
    const uint32_t entry = random() % 50 * 20000 + random() % 3;
    if (model.erase(entry) != 0) {
      ASSERT_TRUE(set_.remove(EntryIndex{entry}));
    } else {
      model[entry] = now;
      set_.add(EntryIndex{entry}, now);
    }
    if (model.empty()) continue;
    uint32_t oldest = 0;
    for (const auto& [name, died] : model) oldest = std::max(oldest, now - died);
    BusySet::Stamp shown = set_.oldest_age(now);
    ASSERT_GE(shown, oldest);
    for (int i = 0; i < 50 && shown != oldest; ++i) shown = set_.oldest_age(now);
    ASSERT_EQ(shown, oldest) << round;
  }
}

TEST(IdleMask, MarksTheDeadWithoutReferencesAndNoOthers) {
  std::mt19937 random(3);
  std::vector<std::atomic<uint32_t>> words(256);
  const RefTable refs(words.data());
  const std::array<uint32_t, 6> values = {0,
                                          1,
                                          RefTable::kDead,
                                          RefTable::kDead + 1,
                                          RefTable::kDead | RefTable::kSpilled,
                                          RefTable::kSpilled};
  for (int round = 0; round < 200; ++round) {
    for (auto& word : words) word = values[random() % values.size()];
    for (uint32_t first = 0; first < 256; first += 64) {
      const uint64_t mask = idle_mask(refs, first);
      for (uint32_t i = 0; i < 64; ++i)
        ASSERT_EQ(mask >> i & 1, refs.idle(EntryIndex{first + i}) ? 1U : 0U);
    }
  }
}

}  // namespace
}  // namespace dstgc
