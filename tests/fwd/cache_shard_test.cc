// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/cache_shard.h"

#include <gtest/gtest.h>

#include "tests/fwd/cache_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr uint32_t kFlows = 64;
constexpr dstgc::Budget kBudget{4096, 0};

// Two nodes: lcores 0 and 2 on the first, 1 on the second.
class CacheShardTest : public testing::Test {
 protected:
  CacheShardTest() {
    hops_.set(kHopA, {HopKind::kAdjacency, true, kMacA, kPortMac1, PortId{1}, 1500, 0, 0});
    const KeyedHash hash = *KeyedHash::random();
    for (const std::vector<uint32_t>& readers :
         {std::vector<uint32_t>{0, 2, 3}, std::vector<uint32_t>{1, 4}}) {
      CacheShardConfig config;
      config.flows4 = config.flows6 = kFlows;
      config.grace = &grace_;
      config.readers = readers;
      config.tsc_hz = kHz;
      auto made = CacheShard::create(config, hash, hops_, version_);
      EXPECT_TRUE(made) << made.error().message;
      shards_.push_back(std::move(*made));
    }
    for (size_t lcore = 0; lcore < 3; ++lcore) producer(lcore).online();
  }

  dstgc::Producer& producer(size_t lcore) {
    return lcore == 1 ? shards_[1]->producer(0) : shards_[0]->producer(lcore / 2);
  }
  EntryIndex insert(size_t shard, uint32_t flow) {
    DstCache<Ipv4>& cache = shards_[shard]->ipv4();
    return cache
        .insert(producer(shard), flow4(flow), cache.hash_of(flow4(flow)),
                {kHopA, dstgc::PortIndex{1}, 0}, 0)
        .index;
  }
  void kill(size_t shard, EntryIndex entry) {
    DstCache<Ipv4>& cache = shards_[shard]->ipv4();
    EXPECT_TRUE(cache.kill(producer(shard), entry, cache.hash_of(cache.entry(entry).key)));
  }
  void quiescent(std::initializer_list<size_t> lcores) {
    for (const size_t lcore : lcores) producer(lcore).quiescent();
  }
  void step_all() {
    now_ += kHz / 1000;
    for (const auto& shard : shards_) shard->step(kBudget, now_);
  }
  uint64_t reclaimed(size_t shard) { return shards_[shard]->collector().stats().reclaimed; }

  NextHopTable hops_{16};
  std::atomic<uint64_t> version_{0};
  dstgc::GracePeriod grace_ = std::move(*dstgc::GracePeriod::create(5));
  std::vector<std::unique_ptr<CacheShard>> shards_;
  uint64_t now_ = kHz;
};

TEST_F(CacheShardTest, AFlowOfTwoNodesHasAnEntryInEach) {
  const EntryIndex first = insert(0, 7);
  const EntryIndex second = insert(1, 7);
  EXPECT_TRUE(shards_[0]->ipv4().is_live(first));
  EXPECT_TRUE(shards_[1]->ipv4().is_live(second));
  EXPECT_EQ(hops_.count(kHopA), 2U);
  kill(0, first);
  EXPECT_TRUE(shards_[1]->ipv4().is_live(second));
  EXPECT_EQ(shards_[1]->ipv4().find(shards_[1]->ipv4().hash_of(flow4(7)), flow4(7)), second);
}

TEST_F(CacheShardTest, AReaderOfAnyNodeIsWaitedFor) {
  kill(0, insert(0, 7));
  step_all();
  quiescent({0, 2});
  step_all();
  EXPECT_EQ(reclaimed(0), 0U) << "lcore 1, of the other node, may still read the next hop";
  quiescent({1});
  step_all();
  EXPECT_EQ(reclaimed(0), 1U);
  EXPECT_EQ(hops_.count(kHopA), 0U);
}

TEST_F(CacheShardTest, AHungReaderOfAnyNodeIsNamedByEachCollector) {
  for (int i = 0; i < 2000; ++i) {
    quiescent({0, 1});
    step_all();
  }
  for (const auto& shard : shards_) EXPECT_EQ(shard->collector().stats().laggard, 2U);
  dstgc::CollectorStats all{};
  for (const auto& shard : shards_) all.add(shard->collector().stats());
  EXPECT_EQ(all.laggard, 2U);
}

TEST_F(CacheShardTest, AReferenceKeepsTheEntryOfItsShardOnly) {
  const EntryIndex first = insert(0, 7);
  EntryIndex second = insert(1, 8);
  for (uint32_t flow = 9; second != first && flow < 8 + kFlows / 2; ++flow)
    second = insert(1, flow);
  ASSERT_EQ(first, second) << "the same name in both";
  ASSERT_TRUE(shards_[0]->collector().refs().acquire(first));
  kill(0, first);
  kill(1, second);
  for (int i = 0; i < 3; ++i) {
    step_all();
    quiescent({0, 1, 2});
  }
  EXPECT_EQ(reclaimed(0), 0U);
  EXPECT_EQ(reclaimed(1), 1U);
  shards_[0]->collector().refs().release(first);
  for (int i = 0; i < 200; ++i) step_all();
  EXPECT_EQ(reclaimed(0), 1U);
}

TEST_F(CacheShardTest, APortIsDrainedOnceNoShardNamesIt) {
  constexpr dstgc::PortIndex kPort{1};
  insert(0, 7);
  const EntryIndex held = insert(1, 8);
  ASSERT_TRUE(shards_[1]->collector().refs().acquire(held));
  for (const auto& shard : shards_) shard->collector().port_down(kPort, true);
  for (int i = 0; i < 5; ++i) {
    step_all();
    quiescent({0, 2});
  }
  for (const auto& shard : shards_) EXPECT_FALSE(shard->collector().port_drained(kPort));
  for (int i = 0; i < 5; ++i) {
    step_all();
    quiescent({0, 1, 2});
  }
  for (const auto& shard : shards_) EXPECT_TRUE(shard->collector().port_drained(kPort));
  EXPECT_EQ(hops_.count(kHopA), 0U) << "the held entry, too, has forgotten its next hop";
  shards_[1]->collector().refs().release(held);
}

TEST_F(CacheShardTest, ItsEndReclaimsAllOfEach) {
  for (uint32_t flow = 0; flow < 20; ++flow) {
    insert(0, flow);
    insert(1, flow);
  }
  for (size_t lcore = 0; lcore < 3; ++lcore) {
    producer(lcore).quiescent();
    producer(lcore).offline();
  }
  for (const auto& shard : shards_) {
    shard->end();
    const dstgc::CollectorStats stats = shard->collector().stats();
    EXPECT_EQ(stats.created, 20U);
    EXPECT_EQ(stats.reclaimed, 20U);
  }
  EXPECT_EQ(hops_.count(kHopA), 0U);
}

TEST_F(CacheShardTest, TellsWhichCacheDoesNotFit) {
  CacheShardConfig config;
  config.flows4 = 1;
  config.grace = &grace_;
  config.readers = {0, 1};
  config.tsc_hz = kHz;
  auto made = CacheShard::create(config, *KeyedHash::random(), hops_, version_);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("0 entries"), std::string::npos) << made.error().message;
}

}  // namespace
}  // namespace dstfwd
