// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/dst_cache.h"

#include <map>
#include <random>

#include "tests/fwd/cache_rig.h"

namespace dstfwd {
namespace {

using test::CacheRig;
using test::flow4;
using test::flow6;
using test::kHopA;
using test::kHopB;

constexpr Destination kToA{kHopA, dstgc::PortIndex{1}, 1};

TEST(DstCache, FindsWhatWasInserted) {
  CacheRig rig;
  const FlowKey4 key = flow4(1);
  const auto made = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 7);
  ASSERT_TRUE(made.is_new);
  FlowHash hash;
  EntryIndex found;
  rig.ipv4->hash({&key, 1}, &hash);
  rig.ipv4->find_burst({&hash, 1}, &found);
  EXPECT_EQ(found, made.index);
  EXPECT_EQ(hash, rig.hash(key));
  const auto& entry = rig.ipv4->entry(found);
  EXPECT_EQ(entry.key, key);
  EXPECT_EQ(entry.next_hop(), kHopA);
  EXPECT_EQ(entry.version.load(), 1U);
  EXPECT_TRUE(rig.ipv4->is_live(found));
  EXPECT_EQ(rig.references(kHopA), 1U);
}

TEST(DstCache, InsertingAFlowTwiceGivesTheFirstEntry) {
  CacheRig rig;
  const FlowKey4 key = flow4(1);
  const auto first = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 7);
  const auto second = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 8);
  EXPECT_FALSE(second.is_new);
  EXPECT_EQ(second.index, first.index);
  EXPECT_EQ(rig.stats().created, 1U);
  EXPECT_EQ(rig.references(kHopA), 1U);
}

TEST(DstCache, OnlyOneKillSucceedsAndTheCollectorGetsTheEntryOnce) {
  CacheRig rig;
  const FlowKey4 key = flow4(1);
  const auto made = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 7);
  EXPECT_TRUE(rig.ipv4->kill(rig.lcore(), made.index, rig.hash(key)));
  EXPECT_FALSE(rig.ipv4->kill(rig.gc(), made.index, rig.hash(key)));
  EXPECT_FALSE(rig.ipv4->is_live(made.index));
  EXPECT_EQ(rig.ipv4->find(rig.hash(key), key), kNoEntry);
  EXPECT_EQ(rig.references(kHopA), 1U) << "until it is destroyed";
  rig.reclaim();
  EXPECT_EQ(rig.references(kHopA), 0U);
  EXPECT_EQ(rig.stats().retired, 1U);
  EXPECT_EQ(rig.stats().reclaimed, 1U);
}

TEST(DstCache, AFlowThatChangesItsPlaceGoesOnInANewEntryAndLeavesNone) {
  CacheRig rig{20000, 64};
  FlowTable& table = rig.ipv4->table();
  const FlowKey4 key = flow4(1);
  const FlowHash hash = rig.hash(key);
  const auto first = rig.ipv4->insert(rig.lcore(), key, hash, kToA, 7);
  EXPECT_FALSE(first.has_moved);
  rig.ipv4->entry(first.index).touch(100, 7);
  table.region().begin(table.block());
  table.region().advance(UINT32_MAX);
  ASSERT_EQ(rig.ipv4->find(hash, key), kNoEntry);
  ASSERT_EQ(rig.ipv4->find_left(hash, key), first.index);
  const auto second = rig.ipv4->insert(rig.lcore(), key, hash, kToA, 9);
  EXPECT_TRUE(second.is_new);
  EXPECT_TRUE(second.has_moved);
  EXPECT_EQ(rig.ipv4->find(hash, key), second.index);
  EXPECT_EQ(rig.ipv4->find_left(hash, key), kNoEntry);
  EXPECT_EQ(rig.ipv4->entry(second.index).packets.load(), 1U);
  EXPECT_EQ(rig.ipv4->entry(second.index).created_tick, 7U);
  EXPECT_FALSE(rig.ipv4->is_live(first.index));
  EXPECT_EQ(rig.stats().retired, 1U);
  rig.reclaim();
  EXPECT_EQ(rig.references(kHopA), 1U);
}

// Entries of so many packets each, made and ended, until a whole window of them has.
void live_and_end(CacheRig& rig, unsigned packets) {
  for (uint32_t n = 0; n < ReuseMeter::kWindow; ++n) {
    const FlowKey4 key = flow4(n);
    const auto made = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 7);
    ASSERT_TRUE(made.is_new);
    for (unsigned i = 0; i < packets; ++i) rig.ipv4->entry(made.index).touch(100, 7);
    ASSERT_TRUE(rig.ipv4->kill(rig.lcore(), made.index, rig.hash(key)));
    if (n % 32 == 31) rig.reclaim();
  }
}

TEST(DstCache, TellsWhetherEntriesAreUsedAgain) {
  CacheRig rig;
  EXPECT_FALSE(rig.ipv4->reuse_is_low());
  live_and_end(rig, 1);
  EXPECT_TRUE(rig.ipv4->reuse_is_low());
  live_and_end(rig, 2);
  EXPECT_FALSE(rig.ipv4->reuse_is_low());
}

TEST(DstCache, IsNearWhileItsLiveEntriesFitTheCpusCache) {
  const CacheRig rig;
  constexpr uint32_t kMost = (512U << 10U) / sizeof(DstEntry<Ipv4>);
  EXPECT_TRUE(rig.ipv4->is_near());
  rig.ipv4->note_live(kMost);
  EXPECT_TRUE(rig.ipv4->is_near());
  rig.ipv4->note_live(kMost + 1);
  EXPECT_FALSE(rig.ipv4->is_near());
  rig.ipv4->note_live(kMost - 1);
  EXPECT_FALSE(rig.ipv4->is_near()) << "not back and forth";
  rig.ipv4->note_live(kMost / 4 * 3);
  EXPECT_TRUE(rig.ipv4->is_near());
  rig.ipv6->note_live(kMost);
  EXPECT_FALSE(rig.ipv6->is_near()) << "entries of twice the size";
}

TEST(DstCache, AFullArenaMeansNoEntryUntilOneIsReclaimed) {
  CacheRig rig(8, 8);
  const uint32_t all = rig.ipv4->capacity();
  uint32_t made = 0;
  EntryIndex last = kNoEntry;
  for (uint32_t n = 0; n < 100 * all; ++n) {
    const FlowKey4 key = flow4(n);
    const EntryIndex index = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 0).index;
    made += index != kNoEntry ? 1 : 0;
    if (index != kNoEntry) last = index;
  }
  EXPECT_EQ(made, all);
  EXPECT_EQ(rig.ipv4->count(), all);
  EXPECT_EQ(rig.references(kHopA), all);
  const FlowKey4 key = rig.ipv4->entry(last).key;
  EXPECT_TRUE(rig.ipv4->kill(rig.lcore(), last, rig.hash(key)));
  EXPECT_EQ(rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 0).index, kNoEntry)
      << "dead, and perhaps still read";
  rig.reclaim();
  EXPECT_EQ(rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 0).index, last);
}

TEST(DstCache, TheTwoFamiliesShareTheArenasIndicesButNoEntries) {
  CacheRig rig(8, 8);
  const FlowKey6 key = flow6(1);
  const auto six = rig.ipv6->insert(rig.lcore(), key, rig.ipv6->hash_of(key), {kHopB, {}, 1}, 0);
  ASSERT_TRUE(six.is_new);
  EXPECT_GE(to_u32(six.index), rig.ipv4->capacity());
  EXPECT_LT(to_u32(six.index), rig.ipv4->capacity() + rig.ipv6->capacity());
  EntryIndex found;
  FlowHash hash;
  rig.ipv6->hash({&key, 1}, &hash);
  rig.ipv6->find_burst({&hash, 1}, &found);
  EXPECT_EQ(found, six.index);
  EXPECT_EQ(rig.ipv4->count(), 0U);
  EXPECT_TRUE(rig.ipv6->kill(rig.lcore(), six.index, hash));
  rig.reclaim();
  EXPECT_EQ(rig.references(kHopB), 0U);
}

TEST(DstCache, BehavesLikeAMapUnderRandomChanges) {
  CacheRig rig(200, 8);
  std::map<uint32_t, EntryIndex> reference;
  std::mt19937 random(11);
  for (int round = 0; round < 50000; ++round) {
    const uint32_t n = random() % 300;
    const FlowKey4 key = flow4(n);
    const auto known = reference.find(n);
    if (random() % 2 == 0) {
      const auto made = rig.ipv4->insert(rig.lcore(), key, rig.hash(key), kToA, 0);
      if (known != reference.end()) {
        ASSERT_EQ(made.index, known->second);
      } else if (made.is_new) {
        reference[n] = made.index;
      }
    } else if (known != reference.end()) {
      ASSERT_TRUE(rig.ipv4->kill(rig.lcore(), known->second, rig.hash(key)));
      reference.erase(known);
    }
    if (round % 50 == 0) rig.reclaim();
  }
  EXPECT_EQ(rig.ipv4->count(), reference.size());
  EXPECT_EQ(rig.references(kHopA), reference.size() + rig.stats().retired - rig.stats().reclaimed);
  for (const auto& [n, index] : reference) {
    EXPECT_TRUE(rig.ipv4->kill(rig.lcore(), index, rig.hash(flow4(n))));
  }
  rig.reclaim();
  EXPECT_EQ(rig.stats().created, rig.stats().reclaimed);
  EXPECT_EQ(rig.references(kHopA), 0U);
}

TEST(DstCache, AnIpv4FlowCostsAtMost96BytesAllTold) {
  constexpr uint32_t kFlows = 4000000;
  const CacheRig rig(kFlows, 8);
  EXPECT_LE(static_cast<double>(rig.ipv4->bytes() + rig.collector->bytes()) / kFlows, 96);
}

TEST(DstCache, BadSizesAreRefusedInALine) {
  NextHopTable hops(4);
  const KeyedHash hash{KeyedHash::Secret{}};
  const auto none = DstCache<Ipv4>::create({0, 0, -1, FlowTable::best()}, hash, hops);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("ipv4 cache: 0 entries"), std::string::npos);
  EXPECT_FALSE(DstCache<Ipv6>::create({2, 0xfffffffeU, -1, FlowTable::best()}, hash, hops));
}

// dst_hooks.cc
TEST(DstHooks, CuttingAPortUnlinksLiveEntriesAndLetsTheirNextHopGo) {
  CacheRig rig;
  const FlowKey4 live = flow4(1);
  const FlowKey4 dead = flow4(2);
  const auto one = rig.ipv4->insert(rig.lcore(), live, rig.hash(live), kToA, 0);
  const auto two = rig.ipv4->insert(rig.lcore(), dead, rig.hash(dead), kToA, 0);
  ASSERT_TRUE(rig.ipv4->kill(rig.lcore(), two.index, rig.hash(dead)));
  ASSERT_EQ(rig.references(kHopA), 2U);
  const dstgc::Hooks hooks = rig.hooks->hooks();
  hooks.cut_port(hooks.context, one.index, dstgc::PortIndex{1});
  hooks.cut_port(hooks.context, two.index, dstgc::PortIndex{1});
  EXPECT_EQ(rig.references(kHopA), 0U);
  EXPECT_EQ(rig.ipv4->find(rig.hash(live), live), kNoEntry);
  rig.reclaim();
  EXPECT_EQ(rig.references(kHopA), 0U) << "released once";
  EXPECT_EQ(rig.stats().retired, 2U);
  EXPECT_EQ(rig.stats().reclaimed, 2U);
}

}  // namespace
}  // namespace dstfwd
