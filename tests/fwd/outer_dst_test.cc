// SPDX-License-Identifier: BSD-3-Clause
// What entries of flows into tunnels hold, and in which order a chain ends.
#include "fwd/outer_dst.h"

#include "fwd/resolver.h"
#include "tests/fwd/tunnel_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

class OuterDstTest : public testing::Test {
 protected:
  // One burst with a packet of 100 bytes a key.
  void burst(const std::vector<FlowKey4>& keys) {
    batch_.count = 0;
    for (const FlowKey4& key : keys) batch_.add(nullptr, {14, 100}, key);
    outer_.set_turn(rig_.turn());
    resolver_.lookup(batch_, rig_.turn());
    resolver_.resolve(batch_, rig_.turn());
  }
  EntryIndex inner(const FlowKey4& key) { return cache().find(rig_.cache.hash(key), key); }
  EntryIndex child_of(const FlowKey4& key) {
    const EntryIndex index = inner(key);
    return index == kNoEntry ? kNoEntry : EntryIndex{cache().entry(index).child};
  }
  DstCache<Ipv4>& cache() { return *rig_.cache.ipv4; }
  uint32_t holders(EntryIndex index) { return rig_.cache.collector->refs().count(index); }
  bool kill(const FlowKey4& key) {
    return cache().kill(rig_.cache.lcore(), inner(key), rig_.cache.hash(key));
  }

  TunnelRig rig_;
  LcoreCounters counters_;
  OuterDst outer_{{&rig_.view, rig_.cache.ipv4.get(), rig_.cache.ipv6.get(), &rig_.cache.lcore(),
                   &counters_, 0}};
  Resolver<Ipv4> resolver_{rig_.view, &cache(), cache().hash(), &rig_.cache.lcore(),
                           counters_, 125,      &outer_};
  Batch<Ipv4> batch_;
  const FlowKey4 one_ = flow4(1, kToTunnel4);
  const FlowKey4 two_ = flow4(2, kToTunnel4);
};

TEST_F(OuterDstTest, FlowsIntoATunnelHoldItsOneOuterEntry) {
  burst({one_, two_});
  const EntryIndex child = child_of(one_);
  ASSERT_NE(child, kNoEntry);
  EXPECT_EQ(child_of(two_), child);
  EXPECT_EQ(holders(child), 2U);
  EXPECT_EQ(cache().entry(child).next_hop(), kHopA);
  EXPECT_EQ(cache().entry(child).key.protocol, 4);
  burst({one_});
  EXPECT_EQ(holders(child), 2U) << "a hit holds nothing more";
}

TEST_F(OuterDstTest, AnOuterEntryOfTheOtherFamilyIsInItsCache) {
  burst({flow4(1, kToTunnel6in)});
  const EntryIndex child = child_of(flow4(1, kToTunnel6in));
  ASSERT_NE(child, kNoEntry);
  EXPECT_GE(to_u32(child), rig_.cache.ipv6->first());
  EXPECT_EQ(rig_.cache.ipv6->entry(child).next_hop(), kHopA);
}

TEST_F(OuterDstTest, WithoutAWayForOuterPacketsNoEntryIsMade) {
  burst({flow4(1, kToStrayTunnel4)});
  EXPECT_EQ(inner(flow4(1, kToStrayTunnel4)), kNoEntry);
  EXPECT_EQ(rig_.cache.stats().created, 0U);
}

// The chain of dst_destroy(): parents first, and the child with the last of them.
TEST_F(OuterDstTest, TheOuterEntryDiesWithItsLastParentAndNotBefore) {
  burst({one_, two_});
  const EntryIndex child = child_of(one_);
  ASSERT_TRUE(kill(one_));
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.stats().reclaimed, 1U);
  EXPECT_TRUE(cache().is_live(child)) << "its other parent needs it";
  EXPECT_EQ(holders(child), 1U);
  ASSERT_TRUE(kill(two_));
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.stats().reclaimed, 3U);
  EXPECT_EQ(rig_.cache.stats().created, 3U);
  EXPECT_FALSE(cache().is_live(child));
  EXPECT_EQ(rig_.cache.references(kHopA), 0U) << "its next hop is let go of";
}

TEST_F(OuterDstTest, AnOuterEntryThatDiesFirstIsBusyUntilItsParentsAreGone) {
  burst({one_});
  const EntryIndex child = child_of(one_);
  const auto key = cache().entry(child).key;
  ASSERT_TRUE(cache().kill(rig_.cache.lcore(), child, rig_.cache.hash(key)));
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.stats().reclaimed, 0U) << "destroyed while it was held";
  EXPECT_EQ(rig_.cache.stats().busy, 1U);
  burst({one_});
  EXPECT_EQ(outer_.way<Ipv4>(outer_.tunnel(rig_.object(rig_.ipip)), batch_.entries[0], 120), kHopA);
  ASSERT_TRUE(kill(one_));
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.stats().reclaimed, 2U);
  EXPECT_EQ(rig_.cache.stats().busy, 0U);
}

TEST_F(OuterDstTest, AfterAChangeOfRoutesADeadChildIsReplaced) {
  burst({one_});
  const EntryIndex child = child_of(one_);
  ASSERT_TRUE(cache().kill(rig_.cache.lcore(), child, rig_.cache.hash(cache().entry(child).key)));
  rig_.bump_routes();
  burst({one_});
  const EntryIndex next = child_of(one_);
  ASSERT_NE(next, kNoEntry);
  EXPECT_NE(next, child);
  EXPECT_TRUE(cache().is_live(next));
  EXPECT_EQ(counters_.replaced.get(), 1U) << "the inner entry";
}

TEST_F(OuterDstTest, WhenTheOuterWayChangesFlowsFollowIt) {
  burst({one_});
  rig_.route4(0xc6120000U, 16, kHopB);
  rig_.bump_routes();
  burst({one_});
  EXPECT_EQ(outer_.way<Ipv4>(outer_.tunnel(rig_.object(rig_.ipip)), batch_.entries[0], 120), kHopB);
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.references(kHopA), 0U);
}

TEST_F(OuterDstTest, WhenNothingChangedItIsRevalidatedWithItsChild) {
  burst({one_});
  const EntryIndex child = child_of(one_);
  rig_.bump_routes();
  burst({one_});
  EXPECT_EQ(child_of(one_), child);
  EXPECT_EQ(counters_.revalidated.get(), 1U);
  EXPECT_EQ(cache().entry(child).version.load(), rig_.turn().version);
}

TEST_F(OuterDstTest, AnArenaWithoutRoomForTheInnerEntryLeavesNoReference) {
  TunnelRig small(1);
  LcoreCounters counters;
  OuterDst outer({&small.view, small.cache.ipv4.get(), small.cache.ipv6.get(), &small.cache.lcore(),
                  &counters, 0});
  outer.set_turn(small.turn());
  const Tunnel& tunnel = outer.tunnel(small.object(small.ipip));
  const EntryIndex child = outer.acquire(tunnel, kHopA);
  ASSERT_NE(child, kNoEntry);
  for (uint32_t n = 0; small.cache.ipv4->count() < small.cache.ipv4->capacity(); ++n) {
    const FlowKey4 key = flow4(1000 + n);
    small.cache.ipv4->insert(small.cache.lcore(), key, small.cache.hash(key), {kHopA, {}, 1}, 0);
  }
  const Destination into{small.ipip, dstgc::PortIndex{1}, small.turn().version, child};
  const auto made =
      small.cache.ipv4->insert(small.cache.lcore(), one_, small.cache.hash(one_), into, 0);
  EXPECT_EQ(made.index, kNoEntry);
  EXPECT_EQ(small.cache.collector->refs().count(child), 0U);
}

}  // namespace
}  // namespace dstfwd
