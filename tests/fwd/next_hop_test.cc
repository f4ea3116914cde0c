// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/next_hop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace dstfwd {
namespace {

constexpr MacAddress kDst{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
constexpr MacAddress kSrc{{0x02, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5}};

Adjacency neighbour(uint16_t port = 3) {
  return {.kind = HopKind::kAdjacency,
          .resolved = true,
          .dst = kDst,
          .src = kSrc,
          .port = PortId{port},
          .mtu = 9000};
}

// A grace period that a test ends when it likes.
struct ManualGrace {
  uint64_t now = 0;
  uint64_t over = 0;
  ReaderGrace grace() {
    return {[this] { return ++now; }, [this](uint64_t token) { return token <= over; }};
  }
};

TEST(NextHop, ReadsBackWhatWasSet) {
  NextHop hop;
  hop.set({.kind = HopKind::kAdjacency,
           .resolved = true,
           .dst = kDst,
           .src = kSrc,
           .port = PortId{0x1234},
           .mtu = 0xfffe,
           .vlan_tci = 0x0abc,
           .object = 0xdeadbeef});
  const Adjacency a = hop.read();
  EXPECT_EQ(a.kind, HopKind::kAdjacency);
  EXPECT_TRUE(a.resolved);
  EXPECT_EQ(a.dst, kDst);
  EXPECT_EQ(a.src, kSrc);
  EXPECT_EQ(a.port, PortId{0x1234});
  EXPECT_EQ(a.mtu, 0xfffe);
  EXPECT_EQ(a.vlan_tci, 0x0abc);
  EXPECT_EQ(a.object, 0xdeadbeefU);
}

TEST(NextHop, ItsFrontIsThatOfAFrame) {
  NextHop hop;
  hop.set(neighbour(7));
  const HopFront front = hop.front();
  uint8_t frame[16];
  const uint64_t to = front.to();
  const uint64_t from = front.from();
  std::memcpy(frame, &to, 8);
  std::memcpy(frame + 6, &from, 8);
  EXPECT_EQ(std::memcmp(frame, kDst.bytes.data(), 6), 0);
  EXPECT_EQ(std::memcmp(frame + 6, kSrc.bytes.data(), 6), 0);
  EXPECT_EQ(front.port(), 7);
}

TEST(NextHop, OnlyAResolvedUntaggedNeighbourIsInReachOfPackets) {
  NextHop hop;
  EXPECT_EQ(hop.front().reach(), 0U);
  Adjacency a = neighbour();
  hop.set(a);
  EXPECT_EQ(hop.front().reach(), 9000U);
  a.resolved = false;
  hop.set(a);
  EXPECT_EQ(hop.front().reach(), 0U);
  a = neighbour();
  a.vlan_tci = 100;
  hop.set(a);
  EXPECT_EQ(hop.front().reach(), HopFront::kTagged);
  for (HopKind kind : {HopKind::kNoRoute, HopKind::kLocal, HopKind::kBlackhole, HopKind::kGlean,
                       HopKind::kGroup, HopKind::kTunnel, HopKind::kUnreachable}) {
    a = neighbour();
    a.kind = kind;
    hop.set(a);
    EXPECT_LE(hop.front().reach(), HopFront::kTagged) << name(kind);
    EXPECT_EQ(hop.kind(), kind);
  }
}

TEST(NextHop, ANeighbourWithoutAnMtuIsResolvedNevertheless) {
  NextHop hop;
  Adjacency a = neighbour();
  a.mtu = 0;
  hop.set(a);
  EXPECT_TRUE(hop.read().resolved);
  EXPECT_EQ(hop.read().mtu, 0);
}

TEST(NextHop, ReadersNeverSeeHalfAMac) {
  NextHop hop;
  Adjacency one = neighbour();
  Adjacency two = neighbour();
  one.dst = {{1, 1, 1, 1, 1, 1}};
  two.dst = {{2, 2, 2, 2, 2, 2}};
  hop.set(one);
  std::atomic<bool> stop{false};
  std::jthread writer([&] {
    for (int i = 0; i < 200000; ++i) hop.set(i % 2 == 0 ? two : one);
    stop = true;
  });
  size_t torn = 0;
  while (!stop) {
    const Adjacency seen = hop.read();
    torn += static_cast<size_t>(seen.dst != one.dst && seen.dst != two.dst);
  }
  EXPECT_EQ(torn, 0U);
}

TEST(NextHopTable, HasTheHopsThatAreAlwaysThere) {
  const NextHopTable table(16);
  EXPECT_EQ(table[kNoRouteHop].kind(), HopKind::kNoRoute);
  EXPECT_EQ(table[kLocalHop].kind(), HopKind::kLocal);
  EXPECT_EQ(table[kBlackholeHop].kind(), HopKind::kBlackhole);
  EXPECT_EQ(table[kUnreachableHop].kind(), HopKind::kUnreachable);
  EXPECT_EQ(table.in_use(), 0U);
}

TEST(NextHopTable, AllocatesEachIndexOnceAndSaysWhenItIsFull) {
  NextHopTable table(20);
  std::set<uint32_t> seen;
  for (uint16_t i = 0; i < 16; ++i) {
    const NextHopIndex hop = table.allocate(neighbour(i));
    ASSERT_NE(hop, kNoRouteHop);
    EXPECT_TRUE(seen.insert(to_u32(hop)).second);
    EXPECT_EQ(table[hop].read().port, PortId{i});
  }
  EXPECT_EQ(table.allocate(neighbour()), kNoRouteHop);
  EXPECT_EQ(table.in_use(), 16U);
}

TEST(NextHopTable, ReusesAnIndexOnlyAfterItsGracePeriod) {
  NextHopTable table(5);
  ManualGrace manual;
  const ReaderGrace grace = manual.grace();
  const NextHopIndex hop = table.allocate(neighbour());
  table.free(hop, grace.start());
  table.reap(grace);
  EXPECT_EQ(table.allocate(neighbour()), kNoRouteHop);
  EXPECT_EQ(table[hop].kind(), HopKind::kAdjacency) << "a reader may still be at it";
  manual.over = manual.now;
  table.reap(grace);
  EXPECT_EQ(table[hop].kind(), HopKind::kNoRoute);
  EXPECT_EQ(table.allocate(neighbour()), hop);
}

TEST(NextHopTable, ReusesAnIndexOnlyWhenNoEntryCountsIt) {
  NextHopTable table(5);
  const ReaderGrace none;
  const NextHopIndex hop = table.allocate(neighbour());
  table.want_writers(3);
  table.acquire(hop, 0);
  table.acquire(hop, 1);
  table.free(hop, none.start());
  EXPECT_EQ(table.freed(), 1U);
  table.release(hop, 2);
  table.reap(none);
  EXPECT_EQ(table.allocate(neighbour()), kNoRouteHop);
  EXPECT_EQ(table.count(hop), 1U);
  table.release(hop, 2);
  table.reap(none);
  EXPECT_EQ(table.freed(), 0U);
  EXPECT_EQ(table.allocate(neighbour()), hop);
}

TEST(NextHopTable, KeepsCountsWhenItGetsMoreWriters) {
  NextHopTable table(64);
  for (uint32_t hop = 0; hop < 64; ++hop) table.acquire(NextHopIndex{hop}, 0);
  table.want_writers(4);
  table.acquire(NextHopIndex{63}, 3);
  table.want_writers(2);
  EXPECT_EQ(table.count(NextHopIndex{63}), 2U);
  for (uint32_t hop = 0; hop < 63; ++hop) EXPECT_EQ(table.count(NextHopIndex{hop}), 1U);
}

TEST(NextHopTable, ACountThatIsReadBetweenAReleaseAndItsAcquireIsNone) {
  NextHopTable table(8);
  table.want_writers(2);
  table.release(kLocalHop, 1);
  EXPECT_EQ(table.count(kLocalHop), 0U) << "not four thousand million";
  table.acquire(kLocalHop, 0);
  EXPECT_EQ(table.count(kLocalHop), 0U);
}

// Three lcores acquire what a collector releases, each in its row.
TEST(NextHopTable, CountsByManyThreadsReturnToZero) {
  constexpr uint32_t kLcores = 3;
  constexpr uint32_t kEntries = 20000;
  NextHopTable table(8);
  table.want_writers(kLcores + 1);
  const NextHopIndex hop = table.allocate(neighbour());
  std::atomic<uint32_t> made{0};
  {
    std::vector<std::jthread> threads;
    for (uint32_t lcore = 0; lcore < kLcores; ++lcore) {
      threads.emplace_back([&table, &made, hop, lcore] {
        for (uint32_t i = 0; i < kEntries; ++i) {
          table.acquire(hop, lcore);
          made.fetch_add(1);
        }
      });
    }
    threads.emplace_back([&table, &made, hop] {
      for (uint32_t ended = 0; ended < kLcores * kEntries;) {
        if (ended == made.load()) continue;
        table.release(hop, kLcores);
        ++ended;
      }
    });
  }
  EXPECT_EQ(table.count(hop), 0U);
}

}  // namespace
}  // namespace dstfwd
