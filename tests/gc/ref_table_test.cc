// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/ref_table.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace dstgc {
namespace {

constexpr EntryIndex kOne{1};

class RefTableTest : public testing::Test {
 protected:
  std::array<std::atomic<uint32_t>, 4> words_{};
  RefTable refs_{words_.data()};
};

TEST_F(RefTableTest, CountsReferences) {
  EXPECT_TRUE(refs_.acquire(kOne));
  EXPECT_TRUE(refs_.acquire(kOne));
  EXPECT_EQ(refs_.count(kOne), 2U);
  EXPECT_EQ(refs_.count(EntryIndex{0}), 0U);
  EXPECT_EQ(refs_.release(kOne), 1U);
  EXPECT_EQ(refs_.release(kOne), 0U);
}

TEST_F(RefTableTest, GivesNoReferenceToADeadEntry) {
  EXPECT_TRUE(refs_.acquire(kOne));
  EXPECT_TRUE(refs_.mark_dead(kOne));
  EXPECT_FALSE(refs_.acquire(kOne));
  EXPECT_EQ(refs_.count(kOne), 1U);
  EXPECT_FALSE(refs_.idle(kOne));
  refs_.release(kOne);
  EXPECT_TRUE(refs_.idle(kOne));
}

TEST_F(RefTableTest, TellsWhoseKillItWas) {
  EXPECT_TRUE(refs_.mark_dead(kOne));
  EXPECT_FALSE(refs_.mark_dead(kOne));
}

TEST_F(RefTableTest, GivesNoReferenceToAFreeEntry) {
  refs_.close(kOne);
  EXPECT_FALSE(refs_.acquire(kOne));
  EXPECT_FALSE(refs_.mark_dead(kOne));
  refs_.open(kOne);
  EXPECT_TRUE(refs_.acquire(kOne));
}

TEST_F(RefTableTest, IsNotIdleWhileItWaitsOnASpillList) {
  refs_.mark_dead(kOne);
  EXPECT_TRUE(refs_.mark_spilled(kOne));
  EXPECT_FALSE(refs_.mark_spilled(kOne));
  EXPECT_FALSE(refs_.idle(kOne));
  EXPECT_EQ(refs_.count(kOne), 0U);
  refs_.clear_spilled(kOne);
  EXPECT_TRUE(refs_.idle(kOne));
}

TEST_F(RefTableTest, GivesOneKillAndNoLostReferenceToRacingThreads) {
  for (int round = 0; round < 200; ++round) {
    refs_.open(kOne);
    std::atomic<int> kills{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        if (refs_.acquire(kOne)) refs_.release(kOne);
        kills += refs_.mark_dead(kOne) ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(kills, 1);
    ASSERT_TRUE(refs_.idle(kOne));
  }
}

}  // namespace
}  // namespace dstgc
