// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/disposal.h"

#include <rte_ring.h>

#include "tests/fwd/cache_rig.h"
#include "tests/fwd/mbufs.h"

namespace dstfwd {
namespace {

TEST(Disposal, CountsByVerdictAndFreesAtTheFlush) {
  const test::MbufPool pool;
  LcoreCounters counters;
  Disposal disposal(counters);
  disposal.end(pool.make({1}), Verdict::kDropNoRoute);
  disposal.end(pool.make({2}), Verdict::kDropNoRoute);
  disposal.end(pool.make({3}), Verdict::kDropMtu);
  EXPECT_EQ(counters.verdict(Verdict::kDropNoRoute).get(), 2U);
  EXPECT_EQ(counters.verdict(Verdict::kDropMtu).get(), 1U);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 3U) << "freed in bulk";
  disposal.flush();
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
  disposal.flush();  // nothing more
}

TEST(Disposal, MoreThanItsRoomIsFreedOnTheWay) {
  const test::MbufPool pool(1023);
  LcoreCounters counters;
  Disposal disposal(counters);
  for (int i = 0; i < 1000; ++i) disposal.end(pool.make({1}), Verdict::kDropBlackhole);
  EXPECT_LE(rte_mempool_in_use_count(pool.get()), 256U);
  disposal.flush();
  EXPECT_EQ(counters.verdict(Verdict::kDropBlackhole).get(), 1000U);
}

TEST(Disposal, WithoutASlowPathAHeldPacketHasNoNeighbour) {
  const test::MbufPool pool;
  LcoreCounters counters;
  Disposal disposal(counters);
  disposal.hold(pool.make({1}), test::kUnresolvedHop, kNoEntry);
  disposal.flush();
  EXPECT_EQ(counters.verdict(Verdict::kDropNoNeighbour).get(), 1U);
  EXPECT_EQ(counters.verdict(Verdict::kHold).get(), 0U);
}

struct DisposalPuntTest : testing::Test {
  ~DisposalPuntTest() override {
    while (rte_mbuf* m = taken()) rte_pktmbuf_free(m);
    rte_ring_free(ring);
  }
  rte_mbuf* taken() const {
    void* m = nullptr;
    return rte_ring_sc_dequeue(ring, &m) == 0 ? static_cast<rte_mbuf*>(m) : nullptr;
  }
  EntryIndex make_entry() {
    const FlowKey4 key = test::flow4(1);
    return rig.ipv4
        ->insert(rig.lcore(), key, rig.hash(key), {test::kHopA, dstgc::PortIndex{1}, 1}, 1)
        .index;
  }
  test::MbufPool pool;
  rte_ring* ring = rte_ring_create("disposal", 4, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  PuntField field = *PuntField::create();
  test::CacheRig rig;
  LcoreCounters counters;
  Punter punter{{ring, field, 0, kHz, 0}, counters};
  static constexpr uint64_t kHz = 1000;
  Disposal disposal{counters, &punter, &rig.collector->refs()};
};

TEST_F(DisposalPuntTest, AHeldPacketTakesAReferenceAndItsArrivalAlong) {
  const EntryIndex entry = make_entry();
  disposal.set_arrival(PortId{3});
  disposal.hold(pool.make({1}), test::kUnresolvedHop, entry);
  disposal.flush();
  rte_mbuf* m = taken();
  ASSERT_NE(m, nullptr);
  EXPECT_EQ(m->port, 3U);
  EXPECT_EQ(field.of(m).kind, PuntKind::kHold);
  EXPECT_EQ(field.of(m).entry, entry);
  EXPECT_EQ(counters.verdict(Verdict::kHold).get(), 1U);
  rig.collector->refs().release(entry);
  rte_pktmbuf_free(m);
}

TEST_F(DisposalPuntTest, WhatTheRingCannotTakeIsDroppedAndItsReferenceReturned) {
  const EntryIndex entry = make_entry();
  for (int i = 0; i < 5; ++i) disposal.hold(pool.make({1}), test::kUnresolvedHop, entry);
  disposal.flush();
  EXPECT_EQ(counters.verdict(Verdict::kHold).get(), 5U);
  EXPECT_EQ(counters.unheld.get(), 2U) << "a ring of 4 takes 3";
  EXPECT_EQ(counters.verdict(Verdict::kDropHoldFull).get(), 2U);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 3U);
  for (int i = 0; i < 3; ++i) rig.collector->refs().release(entry);
}

TEST_F(DisposalPuntTest, WhatNobodyCanAnswerIsFreedHere) {
  disposal.end(pool.make({1}), Verdict::kDropBlackhole);
  disposal.end(pool.make({1}), Verdict::kDropTtlExpired);
  disposal.flush();
  rte_mbuf* m = taken();
  ASSERT_NE(m, nullptr);
  EXPECT_EQ(field.of(m).reason, Verdict::kDropTtlExpired);
  rte_pktmbuf_free(m);
  EXPECT_EQ(taken(), nullptr);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

}  // namespace
}  // namespace dstfwd
