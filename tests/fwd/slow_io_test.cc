// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_io.h"

#include <rte_errno.h>

#include "tests/fwd/eal.h"
#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

constexpr MacAddress kSrc{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kDst{{2, 0, 0, 0, 0, 2}};

struct SlowIoTest : testing::Test {
  ~SlowIoTest() override {
    for (rte_mbuf* m : injected(0)) rte_pktmbuf_free(m);
    for (rte_mbuf* m : injected(1)) rte_pktmbuf_free(m);
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
    for (auto& r : rings) {
      rte_ring_free(r.punts);
      rte_ring_free(r.injects);
    }
    for (rte_mempool* p : {pool, fragments.headers, fragments.payload}) rte_mempool_free(p);
  }
  static rte_ring* make_ring(const char* name) {
    return rte_ring_create(name, 8, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  }
  std::vector<rte_mbuf*> injected(size_t lcore) const {
    std::vector<rte_mbuf*> all;
    void* object = nullptr;
    while (rte_ring_sc_dequeue(rings[lcore].injects, &object) == 0) {
      all.push_back(static_cast<rte_mbuf*>(object));
    }
    return all;
  }
  HeldPacket held(EntryIndex entry = kNoEntry) {
    rte_mbuf* m = rte_pktmbuf_alloc(pool);
    PuntInfo info{};
    info.kind = PuntKind::kHold;
    info.entry = entry;
    io.info(m) = info;
    return {m, 1};
  }

  std::vector<SlowRings> rings{{make_ring("io_p0"), make_ring("io_i0")},
                               {make_ring("io_p1"), make_ring("io_i1")}};
  rte_mempool* pool = rte_pktmbuf_pool_create("io", 63, 0, 0, 1024, SOCKET_ID_ANY);
  FragmentPools fragments{rte_pktmbuf_pool_create("io_h", 63, 0, 0, 256, SOCKET_ID_ANY),
                          rte_pktmbuf_pool_create("io_d", 63, 0, 0, 0, SOCKET_ID_ANY)};
  std::vector<uint32_t> released;
  SlowIo io{{.rings = rings,
             .field = *PuntField::create(),
             .pool = pool,
             .fragments = fragments,
             .release_entry = [this](uint16_t, EntryIndex e) { released.push_back(to_u32(e)); }}};
};

TEST_F(SlowIoTest, APacketOfOursGetsItsLinkHeader) {
  const std::vector<uint8_t> packet = {1, 2, 3};
  EXPECT_TRUE(io.send({PortId{0}, 0}, kSrc, kDst, kEtherTypeIpv6, packet, 1500));
  EXPECT_TRUE(io.send({PortId{0}, 100}, kSrc, kDst, kEtherTypeArp, packet, 1500));
  const auto frames = injected(0);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(test::to_hex(test::bytes_of(frames[0])), "02000000000202000000000186dd010203");
  EXPECT_EQ(test::to_hex(test::bytes_of(frames[1])), "020000000002020000000001810000640806010203");
  EXPECT_EQ(io.info(frames[0]).kind, PuntKind::kOriginated);
  for (rte_mbuf* m : frames) rte_pktmbuf_free(m);
}

TEST_F(SlowIoTest, OnePortsFramesGoByOneLcore) {
  for (uint16_t port = 0; port < 4; ++port) {
    EXPECT_TRUE(io.send({PortId{port}, 0}, kSrc, kDst, kEtherTypeArp, {}, 1500));
  }
  for (size_t lcore = 0; lcore < 2; ++lcore) {
    const auto frames = injected(lcore);
    ASSERT_EQ(frames.size(), 2U);
    for (rte_mbuf* m : frames) {
      EXPECT_EQ(m->port % 2U, lcore);
      rte_pktmbuf_free(m);
    }
  }
}

TEST_F(SlowIoTest, WhatIsLargerThanAnMbufIsChained) {
  const std::vector<uint8_t> packet(3000, 0xab);
  EXPECT_TRUE(io.send({PortId{0}, 0}, kSrc, kDst, kEtherTypeIpv4, packet, 9000));
  const auto frames = injected(0);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_GT(frames[0]->nb_segs, 1U);
  EXPECT_EQ(test::bytes_of(frames[0]).size(), 3014U);
  rte_pktmbuf_free(frames[0]);
}

TEST_F(SlowIoTest, AFullRingAndAnEmptyPoolAreCounted) {
  for (int i = 0; i < 9; ++i) io.send({PortId{0}, 0}, kSrc, kDst, kEtherTypeArp, {}, 1500);
  EXPECT_EQ(io.counters().originated_dropped.get(), 2U) << "a ring of 8 takes 7";
  std::vector<rte_mbuf*> all;
  while (rte_mbuf* m = rte_pktmbuf_alloc(pool)) all.push_back(m);
  EXPECT_FALSE(io.send({PortId{1}, 0}, kSrc, kDst, kEtherTypeArp, {}, 1500));
  EXPECT_EQ(io.counters().originated_dropped.get(), 3U);
  for (rte_mbuf* m : all) rte_pktmbuf_free(m);
}

TEST_F(SlowIoTest, AHeldPacketGoesBackToItsLcoreWithoutItsReference) {
  const HeldPacket packet = held(EntryIndex{7});
  io.resume(packet);
  EXPECT_EQ(released, std::vector<uint32_t>{7});
  const auto back = injected(1);
  ASSERT_EQ(back, std::vector<rte_mbuf*>{packet.packet});
  EXPECT_EQ(io.info(back[0]).kind, PuntKind::kHeld);
  EXPECT_EQ(io.counters().unheld.get(), 0U) << "the lcore counts it";
  rte_pktmbuf_free(back[0]);
}

TEST_F(SlowIoTest, AWaitThatEndsHereIsCountedAndItsReferenceReturned) {
  io.drop_held(held(EntryIndex{9}), Verdict::kDropNoNeighbour);
  EXPECT_EQ(released, std::vector<uint32_t>{9});
  EXPECT_EQ(io.counters().unheld.get(), 1U);
  EXPECT_EQ(io.counters().verdict(Verdict::kDropNoNeighbour).get(), 1U);
}

TEST_F(SlowIoTest, WhatIsOnTheRingsAtTheEndComesHome) {
  io.resume(held());
  io.send({PortId{0}, 0}, kSrc, kDst, kEtherTypeArp, {}, 1500);
  io.drain_injects();
  EXPECT_EQ(io.counters().unheld.get(), 1U);
  EXPECT_EQ(io.counters().originated_dropped.get(), 1U);
  EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
}

}  // namespace
}  // namespace dstfwd
