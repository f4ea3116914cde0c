// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/residence.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fwd/mbufs.h"

namespace dstfwd {
namespace {

class ResidenceTest : public testing::Test {
 protected:
  MbufStamp stamp = *MbufStamp::reserve();
  TscScale scale{rte_get_tsc_hz()};
  test::MbufPool pool;

  std::vector<rte_mbuf*> burst(unsigned n) const {
    std::vector<rte_mbuf*> packets(n);
    EXPECT_EQ(rte_pktmbuf_alloc_bulk(pool.get(), packets.data(), n), 0);
    return packets;
  }
  std::vector<unsigned> stamped(const std::vector<rte_mbuf*>& packets) const {
    std::vector<unsigned> positions;
    for (unsigned i = 0; i < packets.size(); ++i)
      if (stamp.is_set(packets[i])) positions.push_back(i);
    return positions;
  }
  // They come in this turn, and leave with it.
  static void pass(ResidenceMeter& meter, const std::vector<rte_mbuf*>& packets) {
    const auto n = static_cast<unsigned>(packets.size());
    meter.received(packets.data(), n, nullptr);
    meter.leaving(packets.data(), n);
    meter.sent(n);
    meter.end_turn();
  }
  static void release(std::vector<rte_mbuf*> packets) {
    rte_pktmbuf_free_bulk(packets.data(), static_cast<unsigned>(packets.size()));
  }
};

TEST_F(ResidenceTest, ExactlyEveryNthPacketIsStampedWhateverTheBursts) {
  for (const uint32_t one_in : {1U, 2U, 7U, 32U, 64U, 100U}) {
    ResidenceMeter meter(stamp, scale, one_in);
    std::mt19937 random(one_in);
    unsigned seen = 0;
    for (int turn = 0; turn < 200; ++turn) {
      const auto packets = burst(1 + random() % 64);
      meter.received(packets.data(), static_cast<unsigned>(packets.size()), nullptr);
      for (unsigned i = 0; i < packets.size(); ++i)
        ASSERT_EQ(stamp.is_set(packets[i]), (seen + i + 1) % one_in == 0) << one_in;
      seen += static_cast<unsigned>(packets.size());
      release(packets);
    }
  }
}

TEST_F(ResidenceTest, SamplingOffStampsNothing) {
  ResidenceMeter meter(stamp, scale, 0);
  const auto packets = burst(64);
  for (int i = 0; i < 100; ++i) meter.received(packets.data(), 64, nullptr);
  EXPECT_TRUE(stamped(packets).empty());
  release(packets);
}

TEST_F(ResidenceTest, WhatTheQueueTookIsRecordedAndNothingElse) {
  ResidenceMeter meter(stamp, scale, 4);
  const auto packets = burst(32);  // positions 3, 7, ..., 31
  meter.received(packets.data(), 32, nullptr);
  EXPECT_EQ(stamped(packets).size(), 8U);
  meter.leaving(packets.data(), 32);
  meter.sent(20);  // 3, 7, 11, 15, 19
  EXPECT_EQ(meter.residence().snapshot().count(), 0U) << "not before the clock was read";
  meter.left_by(rte_rdtsc());
  EXPECT_EQ(meter.residence().snapshot().count(), 5U);
  EXPECT_TRUE(stamped(packets).empty());
  meter.sent(32);  // nothing is leaving any more
  meter.left_by(rte_rdtsc());
  EXPECT_EQ(meter.residence().snapshot().count(), 5U);
  release(packets);
}

TEST_F(ResidenceTest, TheTimeIsFromTheTurnsBeginToTheNextReadOfTheClock) {
  ResidenceMeter meter(stamp, scale, 1);
  const auto packets = burst(3);
  const uint64_t hz = rte_get_tsc_hz();
  meter.turn(hz);
  pass(meter, packets);
  meter.left_by(hz + hz / 1000);
  meter.turn(3 * hz);
  EXPECT_EQ(meter.residence().snapshot().count(), 3U);
  EXPECT_NEAR(static_cast<double>(meter.residence().snapshot().max()), 1e6, 2);
  release(packets);
}

TEST_F(ResidenceTest, WithoutAnotherReadTheNextTurnIsTheTime) {
  ResidenceMeter meter(stamp, scale, 1);
  const auto packets = burst(1);
  const uint64_t hz = rte_get_tsc_hz();
  meter.turn(hz);
  pass(meter, packets);
  meter.turn(2 * hz);
  EXPECT_NEAR(static_cast<double>(meter.residence().snapshot().max()), 1e9, 2);
  release(packets);
}

TEST_F(ResidenceTest, ASecondQueuesPacketsAreStampedWhenTheyCome) {
  ResidenceMeter meter(stamp, scale, 1);
  const auto packets = burst(2);
  const uint64_t began = rte_rdtsc();
  meter.turn(began);
  meter.received(&packets[0], 1, nullptr);
  rte_delay_us_block(200);
  const uint64_t later = rte_rdtsc();
  meter.received(&packets[1], 1, nullptr);
  EXPECT_EQ(stamp.get(packets[0]), began);
  EXPECT_GE(stamp.get(packets[1]), later);
  release(packets);
}

TEST_F(ResidenceTest, OneStampedPacketIsFoundWhereverItLeaves) {
  ResidenceMeter meter(stamp, scale, 32);
  const auto packets = burst(32);
  for (unsigned round = 0; round < 32; ++round) {
    auto order = packets;
    std::rotate(order.begin(), order.begin() + round, order.end());
    meter.turn(rte_rdtsc());
    meter.received(packets.data(), 32, nullptr);
    meter.leaving(order.data(), 10);  // by two ports
    meter.sent(10);
    meter.leaving(order.data() + 10, 22);
    meter.sent(22);
    meter.end_turn();
    EXPECT_TRUE(stamped(packets).empty());
  }
  meter.left_by(rte_rdtsc());
  EXPECT_EQ(meter.residence().snapshot().count(), 32U);
  release(packets);
}

TEST_F(ResidenceTest, AMbufThatIsUsedAnewInItsTurnIsNoSample) {
  ResidenceMeter meter(stamp, scale, 64);
  const auto packets = burst(64);
  meter.turn(rte_rdtsc());
  meter.received(packets.data(), 64, nullptr);
  ASSERT_TRUE(stamp.is_set(packets[63]));
  stamp.clear(packets[63]);  // dropped, and received anew by another queue
  meter.leaving(packets.data(), 64);
  meter.sent(64);
  meter.left_by(rte_rdtsc());
  EXPECT_EQ(meter.residence().snapshot().count(), 0U);
  release(packets);
}

TEST_F(ResidenceTest, MoreThanCanWaitForTheClockAreRecordedAllTheSame) {
  ResidenceMeter meter(stamp, scale, 1);
  meter.turn(rte_rdtsc());
  for (int i = 0; i < 9; ++i) {
    const auto packets = burst(64);
    meter.received(packets.data(), 64, nullptr);
    meter.leaving(packets.data(), 64);
    meter.sent(64);
    release(packets);
  }
  meter.left_by(rte_rdtsc());
  EXPECT_EQ(meter.residence().snapshot().count(), 9U * 64);
}

TEST_F(ResidenceTest, ThePortsOwnStampCounts) {
  constexpr size_t kField = offsetof(rte_mbuf, dynfield1) + 28;  // the last one aligned to 8
  static_assert(kField % alignof(uint64_t) == 0);
  HardwareClock clock(static_cast<int>(kField), uint64_t{1} << 50U);
  const uint64_t hz = rte_get_tsc_hz();
  const uint64_t now = rte_rdtsc();
  clock.observe(0, now - hz, hz);
  clock.observe(hz / 2, now, hz);  // half the TSC's frequency
  ResidenceMeter meter(stamp, scale, 1);
  const auto packets = burst(1);
  packets[0]->ol_flags |= uint64_t{1} << 50U;
  *RTE_MBUF_DYNFIELD(packets[0], kField, uint64_t*) = hz / 4;
  meter.received(packets.data(), 1, &clock);
  EXPECT_NEAR(static_cast<double>(stamp.get(packets[0])), static_cast<double>(now - hz / 2), 10);
  release(packets);
}

TEST_F(ResidenceTest, WaitingForANeighbourIsCountedApart) {
  ResidenceMeter meter(stamp, scale, 1);
  const auto packets = burst(1);
  meter.received(packets.data(), 1, nullptr);
  meter.end_turn();
  rte_delay_us_block(500);
  const uint64_t back = rte_rdtsc();
  meter.returned(packets[0]);
  meter.leaving(packets.data(), 1);
  meter.sent(1);
  const uint64_t after = rte_rdtsc();
  meter.left_by(after);
  EXPECT_EQ(meter.neighbour_wait().snapshot().count(), 1U);
  EXPECT_GE(meter.neighbour_wait().snapshot().max(), 499'000U);
  EXPECT_EQ(meter.residence().snapshot().count(), 1U);
  EXPECT_LE(meter.residence().snapshot().max(), scale.to_ns(after - back) + 2);
  release(packets);
}

TEST_F(ResidenceTest, APacketThatWasNotSampledComesBackUnnoticed) {
  ResidenceMeter meter(stamp, scale, 2);
  const auto packets = burst(1);
  meter.received(packets.data(), 1, nullptr);
  meter.returned(packets[0]);
  EXPECT_EQ(meter.neighbour_wait().snapshot().count(), 0U);
  release(packets);
}

TEST_F(ResidenceTest, AMbufFromThePoolHasNoStamp) {
  const auto first = burst(8);
  for (rte_mbuf* m : first) stamp.set(m, 1);
  release(first);
  for (int i = 0; i < 10; ++i) {
    const auto again = burst(8);
    EXPECT_TRUE(stamped(again).empty());
    release(again);
  }
}

}  // namespace
}  // namespace dstfwd
