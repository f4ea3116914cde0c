// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/punter.h"

#include "tests/fwd/eal.h"

namespace dstfwd {
namespace {

struct PunterTest : ::testing::Test {
  rte_mempool* pool = rte_pktmbuf_pool_create("punter", 1023, 0, 0, 256, SOCKET_ID_ANY);
  rte_ring* ring = rte_ring_create("punter", 32, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  PuntField field = *PuntField::create();
  LcoreCounters counters;
  unsigned refused = 0;

  ~PunterTest() override {
    void* m = nullptr;
    while (rte_ring_sc_dequeue(ring, &m) == 0) rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
    rte_ring_free(ring);
    rte_mempool_free(pool);
  }
  void flush(Punter& punter) {
    punter.flush([this](rte_mbuf* m, const PuntInfo&) {
      ++refused;
      rte_pktmbuf_free(m);
    });
  }
  // Offers a packet; frees it when it is not taken.
  bool offer(Punter& punter, Verdict verdict, uint64_t now = 0) {
    rte_mbuf* m = rte_pktmbuf_alloc(pool);
    const bool taken = punter.take(m, verdict, NextHopIndex{3}, now, EntryIndex{4});
    if (!taken) rte_pktmbuf_free(m);
    return taken;
  }
};

TEST_F(PunterTest, TakesWhatTheControlThreadKnowsAndNothingElse) {
  Punter punter({ring, field, 0, 1000, 0}, counters);
  const struct {
    Verdict verdict;
    bool taken;
    PuntKind kind;
  } cases[] = {{Verdict::kConsumeLocal, true, PuntKind::kLocal},
               {Verdict::kConsumeArp, true, PuntKind::kArp},
               {Verdict::kConsumeNd, true, PuntKind::kNd},
               {Verdict::kHold, true, PuntKind::kHold},
               {Verdict::kDropTtlExpired, true, PuntKind::kError},
               {Verdict::kDropNoRoute, true, PuntKind::kError},
               {Verdict::kDropUnreachable, true, PuntKind::kError},
               {Verdict::kDropMtu, true, PuntKind::kError},
               {Verdict::kDropIpOptions, true, PuntKind::kError},
               {Verdict::kDropLinkLocal, true, PuntKind::kError},
               {Verdict::kDropBlackhole, false, PuntKind::kError},
               {Verdict::kDropMartianSource, false, PuntKind::kError},
               {Verdict::kDropIpChecksum, false, PuntKind::kError},
               {Verdict::kDropTxFull, false, PuntKind::kError}};
  for (const auto& c : cases) {
    EXPECT_EQ(offer(punter, c.verdict), c.taken) << name(c.verdict);
    flush(punter);
    void* m = nullptr;
    ASSERT_EQ(rte_ring_sc_dequeue(ring, &m) == 0, c.taken) << name(c.verdict);
    if (!c.taken) continue;
    const PuntInfo& info = field.of(static_cast<rte_mbuf*>(m));
    EXPECT_EQ(info.kind, c.kind);
    EXPECT_EQ(info.reason, c.verdict);
    EXPECT_EQ(info.hop, NextHopIndex{3});
    EXPECT_EQ(info.entry, EntryIndex{4});
    rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
  }
  EXPECT_EQ(refused, 0U);
}

TEST_F(PunterTest, AFullRingGivesPacketsBackAndCountsThem) {
  Punter punter({ring, field, 0, 1000, 0}, counters);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(offer(punter, Verdict::kConsumeLocal));
  flush(punter);
  EXPECT_EQ(refused, 9U) << "a ring of 32 takes 31";
  EXPECT_EQ(counters.punt_full.get(), 9U);
}

TEST_F(PunterTest, OneTurnTakesABoundedNumber) {
  Punter punter({ring, field, 0, 1000, 0}, counters);
  unsigned taken = 0;
  for (int i = 0; i < 300; ++i) taken += offer(punter, Verdict::kHold) ? 1 : 0;
  EXPECT_EQ(taken, 256U);
  EXPECT_EQ(counters.punt_full.get(), 44U);
  flush(punter);
}

TEST_F(PunterTest, ErrorsAreLimitedAndOthersAreNot) {
  Punter punter({ring, field, 10, 1000, 0}, counters);
  unsigned taken = 0;
  for (int i = 0; i < 400; ++i) {
    taken += offer(punter, Verdict::kDropTtlExpired) ? 1 : 0;
    if (i % 100 == 99) flush(punter);
  }
  EXPECT_EQ(taken, Punter::kErrorBurst);
  EXPECT_EQ(counters.errors_limited.get(), 400 - Punter::kErrorBurst);
  EXPECT_TRUE(offer(punter, Verdict::kConsumeArp));
  EXPECT_FALSE(offer(punter, Verdict::kDropTtlExpired, 99));
  EXPECT_TRUE(offer(punter, Verdict::kDropTtlExpired, 100)) << "ten a second of a 1000 Hz clock";
  flush(punter);
}

}  // namespace
}  // namespace dstfwd
