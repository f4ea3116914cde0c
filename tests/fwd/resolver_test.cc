// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/resolver.h"

#include <random>
#include <unordered_map>

#include "tests/fwd/router_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

class ResolverTest : public testing::Test {
 protected:
  explicit ResolverTest(uint32_t entries = 256) : rig_(entries) { reset(&*rig_.cache.ipv4); }
  void reset(DstCache<Ipv4>* cache, uint32_t ticks_per_s = 125) {
    resolver_ = std::make_unique<Resolver<Ipv4>>(rig_.view, cache, rig_.cache.ipv4->hash(),
                                                 &rig_.cache.lcore(), counters_, ticks_per_s);
  }
  // One burst with a packet of 100 bytes a key.
  void burst(const std::vector<FlowKey4>& keys, uint32_t tick = 0) {
    batch_.count = 0;
    for (const FlowKey4& key : keys) batch_.add(nullptr, {14, 100}, key);
    resolver_->lookup(batch_, rig_.turn(tick));
    resolver_->resolve(batch_, rig_.turn(tick));
  }
  // Hits, misses, inserted, bypassed, revalidated, flushed, replaced.
  std::array<uint64_t, 7> counts() const {
    return {counters_.hits.get(),     counters_.misses.get(),      counters_.inserted.get(),
            counters_.bypassed.get(), counters_.revalidated.get(), counters_.flushed.get(),
            counters_.replaced.get()};
  }
  using Counts = std::array<uint64_t, 7>;
  const DstEntry<Ipv4>& entry_of(const FlowKey4& key) {
    const EntryIndex index = rig_.cache.ipv4->find(rig_.cache.hash(key), key);
    EXPECT_NE(index, kNoEntry);
    return rig_.cache.ipv4->entry(index);
  }

  RouterRig rig_;
  LcoreCounters counters_;
  std::unique_ptr<Resolver<Ipv4>> resolver_;
  Batch<Ipv4> batch_;
};

class RoomyResolverTest : public ResolverTest {
 protected:
  RoomyResolverTest() : ResolverTest(4096) {}
};

TEST_F(ResolverTest, AMissIsAnsweredByTheFibAndTheNextPacketByTheCache) {
  burst({flow4(1), flow4(2, kToB4)});
  EXPECT_EQ(batch_.hops[0], kHopA);
  EXPECT_EQ(batch_.hops[1], kHopB);
  EXPECT_EQ(counts(), (Counts{0, 2, 2, 0, 0, 0, 0}));
  burst({flow4(2, kToB4), flow4(1)}, 9);
  EXPECT_EQ(batch_.hops[0], kHopB);
  EXPECT_EQ(batch_.hops[1], kHopA);
  EXPECT_EQ(counts(), (Counts{2, 2, 2, 0, 0, 0, 0}));
  EXPECT_EQ(entry_of(flow4(1)).packets.load(), 2U);
  EXPECT_EQ(entry_of(flow4(1)).bytes.load(), 200U);
  EXPECT_EQ(entry_of(flow4(1)).last_use_tick.load(), 9U);
}

TEST_F(ResolverTest, TheEntryKnowsItsPort) {
  burst({flow4(1), flow4(2, kToB4)});
  const auto port = [&](const FlowKey4& key) {
    return rig_.cache.port_of(rig_.cache.ipv4->find(rig_.cache.hash(key), key));
  };
  EXPECT_EQ(port(flow4(1)), dstgc::PortIndex{1});
  EXPECT_EQ(port(flow4(2, kToB4)), dstgc::PortIndex{0});
}

TEST_F(ResolverTest, PacketsOfANewFlowInOneBurstMakeOneEntry) {
  burst({flow4(1), flow4(1), flow4(1)});
  EXPECT_EQ(counters_.inserted.get(), 1U);
  EXPECT_EQ(rig_.cache.ipv4->count(), 1U);
  EXPECT_EQ(entry_of(flow4(1)).packets.load(), 3U);
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(batch_.hops[i], kHopA);
}

TEST_F(ResolverTest, OnlyWaysToForwardAreRemembered) {
  burst({flow4(1, kToLocal4), flow4(1, kToGlean4), flow4(1, kToBlackhole4), flow4(1, kToNowhere4)});
  EXPECT_EQ(batch_.hops[0], kLocalHop);
  EXPECT_EQ(batch_.hops[1], kGleanHop);
  EXPECT_EQ(batch_.hops[2], kBlackholeHop);
  EXPECT_EQ(batch_.hops[3], kNoRouteHop);
  EXPECT_EQ(rig_.cache.ipv4->count(), 0U);
  EXPECT_EQ(counts(), (Counts{0, 4, 0, 0, 0, 0, 0}));
  burst({flow4(1, kToUnresolved4)});
  EXPECT_EQ(rig_.cache.ipv4->count(), 1U) << "its MAC will come in place";
}

TEST_F(ResolverTest, ARouteChangeThatChangesNothingRevalidatesInPlace) {
  burst({flow4(1)});
  rig_.bump_routes();
  burst({flow4(1), flow4(1)});
  EXPECT_EQ(counts(), (Counts{2, 1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(entry_of(flow4(1)).version.load(), rig_.version.load());
  EXPECT_EQ(rig_.cache.stats().retired, 0U);
  burst({flow4(1)});
  EXPECT_EQ(counters_.revalidated.get(), 1U);
}

TEST_F(RoomyResolverTest, BurstsOfKnownAndNewFlowsInAnyOrderAreAnsweredEachByItsOwn) {
  std::mt19937 random(3);
  uint32_t flows = 0;
  std::unordered_map<uint32_t, uint64_t> packets;
  uint64_t hits = 0;
  for (unsigned n = 0; n <= kMaxBurst; ++n) {
    if (random() % 4 == 0) rig_.bump_routes();
    const uint64_t revalidated_before = counters_.revalidated.get();
    std::vector<uint32_t> sent;
    std::vector<FlowKey4> keys;
    for (unsigned i = 0; i < n; ++i) {
      sent.push_back(flows == 0 || random() % 2 == 0 ? flows++ : random() % flows);
      hits += ++packets[sent[i]] > 1 ? 1 : 0;
      keys.push_back(flow4(sent[i], sent[i] % 2 == 0 ? kToA4 : kToB4));
    }
    burst(keys, n);
    for (unsigned i = 0; i < n; ++i) {
      EXPECT_EQ(batch_.hops[i], sent[i] % 2 == 0 ? kHopA : kHopB);
      EXPECT_EQ(entry_of(keys[i]).packets.load(), packets[sent[i]]);
      EXPECT_EQ(entry_of(keys[i]).last_use_tick.load(), n);
    }
    EXPECT_LE(counters_.revalidated.get() - revalidated_before, n);
  }
  EXPECT_EQ(rig_.cache.ipv4->count(), flows);
  // Two first packets of a flow in one burst are both misses.
  EXPECT_EQ(counters_.hits.get() + counters_.misses.get(), 64U * 65 / 2);
  EXPECT_LE(counters_.hits.get(), hits);
  EXPECT_EQ(counters_.inserted.get(), flows);
}

TEST_F(ResolverTest, ARouteChangeThatMattersReplacesTheEntry) {
  burst({flow4(1)});
  rig_.route4(0xc6120000U, 16, kHopB);
  rig_.bump_routes();
  burst({flow4(1), flow4(1)});
  EXPECT_EQ(batch_.hops[0], kHopB);
  EXPECT_EQ(batch_.hops[1], kHopB);
  EXPECT_EQ(counters_.replaced.get(), 1U);
  EXPECT_EQ(rig_.cache.stats().retired, 1U);
  EXPECT_EQ(entry_of(flow4(1)).next_hop(), kHopB);
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.references(kHopA), 0U);
  EXPECT_EQ(rig_.cache.references(kHopB), 1U);
}

TEST_F(ResolverTest, ARouteThatGoesLeavesNoEntry) {
  burst({flow4(1)});
  rig_.route4(0xc6120000U, 16, kBlackholeHop);
  rig_.bump_routes();
  burst({flow4(1)});
  EXPECT_EQ(batch_.hops[0], kBlackholeHop);
  EXPECT_EQ(rig_.cache.ipv4->count(), 0U);
}

TEST_F(ResolverTest, AFlushUnlinksWhatIsMet) {
  burst({flow4(1), flow4(2)});
  rig_.bump_flush();
  burst({flow4(1)});
  EXPECT_EQ(batch_.hops[0], kHopA);
  EXPECT_EQ(counts(), (Counts{0, 3, 3, 0, 0, 1, 0}));
  EXPECT_EQ(entry_of(flow4(1)).version.load(), rig_.version.load());
  EXPECT_EQ(rig_.cache.stats().retired, 1U);
}

TEST_F(ResolverTest, AFullArenaMeansBypassAndTheSameAnswers) {
  std::vector<FlowKey4> some;
  const uint32_t room = rig_.cache.ipv4->capacity();
  const uint32_t flows = room / 50 * 50 + 300;
  for (uint32_t n = 0; n < flows; ++n) {
    some.push_back(flow4(n));
    if (some.size() < 50) continue;
    burst(some);
    for (unsigned i = 0; i < batch_.count; ++i) ASSERT_EQ(batch_.hops[i], kHopA);
    some.clear();
  }
  EXPECT_LE(counters_.inserted.get(), room);
  EXPECT_GE(counters_.inserted.get(), 256U) << "what there was to be room for";
  EXPECT_EQ(counters_.inserted.get() + counters_.bypassed.get(), flows);
  EXPECT_EQ(counters_.misses.get(), flows);
}

TEST_F(ResolverTest, AFloodGetsFewerEntriesOnceTheyProveUseless) {
  constexpr uint32_t kPerTick = Admission::kLowReuse;  // first packets that get an entry
  reset(&*rig_.cache.ipv4, Admission::kFirst_s / kPerTick);
  uint32_t flow = 0;
  // Entries that 64 new flows of one packet each get at one tick. They end at once.
  const auto flood = [&](uint32_t tick) {
    std::vector<FlowKey4> some;
    for (unsigned i = 0; i < kMaxBurst; ++i) some.push_back(flow4(flow++));
    const uint64_t before = counters_.inserted.get();
    burst(some, tick);
    for (const FlowKey4& key : some) {
      const FlowHash hash = rig_.cache.hash(key);
      const EntryIndex index = rig_.cache.ipv4->find(hash, key);
      if (index != kNoEntry) rig_.cache.ipv4->kill(rig_.cache.lcore(), index, hash);
    }
    rig_.cache.reclaim();
    return counters_.inserted.get() - before;
  };
  uint32_t tick = 1;
  for (uint32_t ended = 0; ended < rig_.cache.ipv4->capacity();) ended += flood(tick);
  ASSERT_EQ(flood(tick), 0U) << "the allowance is spent";
  EXPECT_EQ(flood(++tick), kPerTick);
  while (!rig_.cache.ipv4->reuse_is_low()) flood(++tick);
  flood(++tick);
  EXPECT_EQ(flood(++tick), kPerTick / Admission::kLowReuse);
}

TEST_F(ResolverTest, AFlowThatChangesItsPlaceIsAHitAndNeedsNoAllowance) {
  RouterRig rig(20000);
  LcoreCounters counters;
  Resolver<Ipv4> resolver(rig.view, &*rig.cache.ipv4, rig.cache.ipv4->hash(), &rig.cache.lcore(),
                          counters, 125);
  Batch<Ipv4> batch;
  const auto one_packet = [&](uint32_t flow) {
    batch.count = 0;
    batch.add(nullptr, {14, 100}, flow4(flow));
    resolver.lookup(batch, rig.turn(0));
    resolver.resolve(batch, rig.turn(0));
  };
  one_packet(1);
  uint32_t flow = 2;  // others take the allowance
  while (counters.bypassed.get() == 0) one_packet(flow++);
  const uint64_t misses = counters.misses.get();
  FlowTable& table = rig.cache.ipv4->table();
  table.region().begin(table.block());
  table.region().advance(UINT32_MAX);
  one_packet(1);
  EXPECT_EQ(batch.hops[0], kHopA);
  EXPECT_EQ(counters.hits.get(), 1U);
  EXPECT_EQ(counters.moved.get(), 1U);
  EXPECT_EQ(counters.misses.get(), misses);
  EXPECT_EQ(counters.inserted.get(), flow - 2) << "as before";
  EXPECT_EQ(rig.cache.ipv4->entry(batch.entries[0]).packets.load(), 2U);
  one_packet(1);
  EXPECT_EQ(counters.hits.get(), 2U);
  EXPECT_EQ(counters.moved.get(), 1U);
}

TEST_F(ResolverTest, WithoutACacheEveryPacketAsksTheFib) {
  reset(nullptr);
  burst({flow4(1), flow4(2, kToB4), flow4(1, kToNowhere4)});
  EXPECT_EQ(batch_.hops[0], kHopA);
  EXPECT_EQ(batch_.hops[1], kHopB);
  EXPECT_EQ(batch_.hops[2], kNoRouteHop);
  EXPECT_EQ(counts(), (Counts{}));
  EXPECT_EQ(rig_.cache.ipv4->count(), 0U);
}

TEST_F(ResolverTest, AGroupsFlowsTakeItsMembersAndEachKeepsItsOwn) {
  std::vector<FlowKey4> flows;
  for (uint32_t n = 0; n < 60; ++n) flows.push_back(flow4(n, kToGroup4));
  burst(flows);
  const auto first = batch_.hops;
  EXPECT_GT(std::count(first.begin(), first.begin() + 60, kHopA), 10);
  EXPECT_GT(std::count(first.begin(), first.begin() + 60, kHopB), 10);
  EXPECT_EQ(rig_.cache.references(kHopA) + rig_.cache.references(kHopB), 60U);
  rig_.bump_routes();
  burst(flows);
  EXPECT_EQ(counters_.revalidated.get(), 60U);
  reset(nullptr);
  burst(flows);
  for (unsigned i = 0; i < 60; ++i) EXPECT_EQ(batch_.hops[i], first[i]) << "with the cache off";
}

TEST_F(ResolverTest, WorksForIpv6) {
  Resolver<Ipv6> resolver(rig_.view, &*rig_.cache.ipv6, rig_.cache.ipv6->hash(),
                          &rig_.cache.lcore(), counters_, 125);
  Batch<Ipv6> batch;
  for (int round = 0; round < 2; ++round) {
    batch.count = 0;
    for (uint32_t n = 0; n < 40; ++n) batch.add(nullptr, {14, 100}, flow6(n));
    resolver.lookup(batch, rig_.turn());
    resolver.resolve(batch, rig_.turn());
    for (unsigned i = 0; i < 40; ++i) EXPECT_EQ(batch.hops[i], kHopA);
  }
  EXPECT_EQ(counters_.hits.get(), 40U);
  EXPECT_EQ(counters_.inserted.get(), 40U);
}

}  // namespace
}  // namespace dstfwd
