// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/index_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace dstgc {
namespace {

TEST(IndexPool, GivesEachOfItsIndicesOnce) {
  IndexPool pool = std::move(*IndexPool::create(100, 1000, -1));
  std::vector<uint32_t> taken(1500);
  const unsigned n = pool.take(taken);
  EXPECT_EQ(n, 1000U);
  EXPECT_EQ(pool.available(), 0U);
  const std::set<uint32_t> distinct(taken.begin(), taken.begin() + n);
  EXPECT_EQ(distinct.size(), 1000U);
  EXPECT_EQ(*distinct.begin(), 100U);
  EXPECT_EQ(*distinct.rbegin(), 1099U);
}

TEST(IndexPool, GivesAgainWhatWasPutBack) {
  IndexPool pool = std::move(*IndexPool::create(0, 4, -1));
  std::vector<uint32_t> taken(4);
  ASSERT_EQ(pool.take(taken), 4U);
  pool.put(std::span(taken).first(1));
  std::vector<uint32_t> again(4);
  ASSERT_EQ(pool.take(again), 1U);
  EXPECT_EQ(again[0], taken[0]);
}

TEST(IndexPool, KnowsItsOwn) {
  const IndexPool pool = std::move(*IndexPool::create(10, 5, -1));
  EXPECT_FALSE(pool.owns(EntryIndex{9}));
  EXPECT_TRUE(pool.owns(EntryIndex{10}));
  EXPECT_TRUE(pool.owns(EntryIndex{14}));
  EXPECT_FALSE(pool.owns(EntryIndex{15}));
}

TEST(IndexPool, RefusesToBeEmpty) {
  EXPECT_FALSE(IndexPool::create(0, 0, -1));
}

}  // namespace
}  // namespace dstgc
