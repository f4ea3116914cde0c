// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/punt.h"

#include "tests/fwd/eal.h"

namespace dstfwd {
namespace {

TEST(Punt, TheFieldIsRegisteredOnceAndKeepsWhatIsWritten) {
  const auto first = PuntField::create();
  const auto second = PuntField::create();
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  rte_mempool* pool = rte_pktmbuf_pool_create("punt", 15, 0, 0, 256, SOCKET_ID_ANY);
  ASSERT_NE(pool, nullptr);
  rte_mbuf* packet = rte_pktmbuf_alloc(pool);
  (*first).of(packet) = {.entry = EntryIndex{7},
                         .hop = NextHopIndex{9},
                         .reason = Verdict::kDropMtu,
                         .kind = PuntKind::kError};
  const PuntInfo& read = (*second).of(packet);
  EXPECT_EQ(read.entry, EntryIndex{7});
  EXPECT_EQ(read.hop, NextHopIndex{9});
  EXPECT_EQ(read.reason, Verdict::kDropMtu);
  EXPECT_EQ(read.kind, PuntKind::kError);
  EXPECT_EQ(packet->data_len, 0) << "nothing of the mbuf's own is hit";
  EXPECT_EQ(packet->next, nullptr);
  EXPECT_EQ(packet->pool, pool);
  rte_pktmbuf_free(packet);
  rte_mempool_free(pool);
}

}  // namespace
}  // namespace dstfwd
