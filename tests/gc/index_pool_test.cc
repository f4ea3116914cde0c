// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/index_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace dstgc {
namespace {

TEST(IndexPool, GivesEachOfItsIndicesOnce) {
  IndexPool pool = std::move(*IndexPool::create(100, 1000, -1));
  std::vector<EntryIndex> taken(1500);
  const unsigned n = pool.take(taken);
  EXPECT_EQ(n, 1000U);
  EXPECT_EQ(pool.available(), 0U);
  const std::set<EntryIndex> distinct(taken.begin(), taken.begin() + n);
  EXPECT_EQ(distinct.size(), 1000U);
  EXPECT_EQ(to_u32(*distinct.begin()), 100U);
  EXPECT_EQ(to_u32(*distinct.rbegin()), 1099U);
}

TEST(IndexPool, GivesAgainWhatWasPutBack) {
  IndexPool pool = std::move(*IndexPool::create(0, 4, -1));
  std::vector<EntryIndex> taken(4);
  ASSERT_EQ(pool.take(taken), 4U);
  pool.put(std::span(taken).first(1));
  std::vector<EntryIndex> again(4);
  ASSERT_EQ(pool.take(again), 1U);
  EXPECT_EQ(again[0], taken[0]);
}

TEST(IndexPool, TakesLittleMoreThanAWordAnIndexWhateverTheirNumber) {
  for (const uint32_t count : {100'000U, 600'000U, 1'048'575U, 1'048'576U, 10'000'000U}) {
    const IndexPool pool = std::move(*IndexPool::create(0, count, -1));
    EXPECT_EQ(pool.available(), count);
    EXPECT_LT(static_cast<double>(pool.bytes()), 4.25 * count + (4U << 20U)) << count;
  }
}

TEST(IndexPool, OfSeveralRingsGivesEachIndexOnceAndTakesAllBack) {
  constexpr uint32_t kCount = 100'000;  // 65535, 32767 and some more
  IndexPool pool = std::move(*IndexPool::create(7, kCount, -1));
  std::vector<EntryIndex> taken(kCount + 10);
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(pool.take(taken), kCount);
    EXPECT_EQ(pool.available(), 0U);
    const std::set<EntryIndex> distinct(taken.begin(), taken.begin() + kCount);
    EXPECT_EQ(distinct.size(), kCount);
    EXPECT_EQ(to_u32(*distinct.begin()), 7U);
    EXPECT_EQ(to_u32(*distinct.rbegin()), kCount + 6);
    for (uint32_t i = 0; i < kCount; i += 333)
      pool.put(std::span(taken).subspan(i, std::min(333U, kCount - i)));
    EXPECT_EQ(pool.available(), kCount);
  }
}

TEST(IndexPool, ManyThreadsLoseNoIndex) {
#if defined(__SANITIZE_THREAD__)
  // In DPDK 22.11 an enqueue waits for the one before it by relaxed loads (update_tail() in
  // rte_ring_c11_pvt.h), so what two of them wrote is not ordered before a dequeue in C++'s terms.
  // On x86 stores are ordered all the same.
  GTEST_SKIP() << "rte_ring's multi-producer mode is a race to ThreadSanitizer";
#endif
  constexpr uint32_t kCount = 5'000;
  IndexPool pool = std::move(*IndexPool::create(0, kCount, -1));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      std::vector<EntryIndex> some(100 + 600 * t);
      for (int i = 0; i < 400; ++i) pool.put(std::span(some).first(pool.take(some)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<EntryIndex> taken(kCount);
  ASSERT_EQ(pool.take(taken), kCount);
  EXPECT_EQ(std::set<EntryIndex>(taken.begin(), taken.end()).size(), kCount);
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
