// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tx_buffers.h"

#include "tests/fwd/packets.h"
#include "tests/fwd/port_rig.h"

namespace dstfwd {
namespace {

class TxBuffersTest : public testing::Test {
 protected:
  void push(uint16_t port, unsigned n) {
    for (unsigned i = 0; i < n; ++i) tx_->push(port, pool_.make(test::Octets(100, 7)));
  }
  uint64_t count(Verdict v) const { return counters_.verdict(v).get(); }
  static size_t sent(uint16_t port) {
    size_t n = 0;
    for (rte_mbuf* m : test::PortRig::take(port)) {
      EXPECT_EQ(test::bytes_of(m), test::Octets(100, 7));
      rte_pktmbuf_free(m);
      ++n;
    }
    return n;
  }

  test::MbufPool pool_{4095};
  test::PortRig ports_{pool_};
  RouterView view_;
  LcoreCounters counters_;
  std::unique_ptr<Disposal> disposal_ = std::make_unique<Disposal>(counters_);
  std::unique_ptr<TxBuffers> tx_ = std::make_unique<TxBuffers>(view_, 1, counters_, *disposal_);
};

TEST_F(TxBuffersTest, SendNothingBeforeTheFlushAndAllThen) {
  push(0, 3);
  push(1, 5);
  EXPECT_EQ(sent(0), 0U);
  tx_->flush();
  EXPECT_EQ(sent(0), 3U);
  EXPECT_EQ(sent(1), 5U);
  EXPECT_EQ(counters_.tx.get(), 8U);
  EXPECT_EQ(counters_.tx_bytes.get(), 800U);
  tx_->flush();
  EXPECT_EQ(counters_.tx.get(), 8U);
}

TEST_F(TxBuffersTest, SendAFullBufferAtOnceAndLoseNothing) {
  push(1, 150);
  EXPECT_GE(sent(1), 64U);
  tx_->flush();
  sent(1);
  EXPECT_EQ(counters_.tx.get(), 150U);
}

TEST_F(TxBuffersTest, DropWhatTheQueueDoesNotTake) {
  push(1, 2000);
  tx_->flush();
  disposal_->flush();
  const uint64_t taken = sent(1);
  EXPECT_LT(taken, 2000U);  // the ring behind the port has 1024 places
  EXPECT_EQ(counters_.tx.get(), taken);
  EXPECT_EQ(counters_.tx_bytes.get(), 100 * taken);
  EXPECT_EQ(count(Verdict::kDropTxFull), 2000 - taken);
}

TEST_F(TxBuffersTest, DropWhatWouldLeaveByAPortThatIsDown) {
  view_.ports[1].up = false;
  push(0, 2);
  push(1, 3);
  tx_->flush();
  disposal_->flush();
  EXPECT_EQ(sent(0), 2U);
  EXPECT_EQ(sent(1), 0U);
  EXPECT_EQ(count(Verdict::kDropPortDown), 3U);
}

TEST(Disposal, CountsEachPacketByItsVerdictAndFreesAll) {
  test::MbufPool pool(1023);
  LcoreCounters counters;
  Disposal disposal(counters);
  for (int i = 0; i < 600; ++i) {
    disposal.end(pool.make(test::Octets(60)), i % 3 == 0 ? Verdict::kDropNoRoute : Verdict::kHold);
  }
  disposal.flush();
  EXPECT_EQ(counters.verdict(Verdict::kDropNoRoute).get(), 200U);
  EXPECT_EQ(counters.verdict(Verdict::kHold).get(), 400U);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

}  // namespace
}  // namespace dstfwd
