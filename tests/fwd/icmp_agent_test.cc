// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/icmp_agent.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::kLink;

// The agent without a slow path around it.
struct IcmpAgentTest : testing::Test {
  ~IcmpAgentTest() override {
    resolver4.drop_all();
    resolver6.drop_all();
    io.drain_injects();
    rte_ring_free(rings.punts);
    rte_ring_free(rings.injects);
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
    rte_mempool_free(pool);
  }
  std::vector<std::string> sent() {
    std::vector<std::string> frames;
    void* object = nullptr;
    while (rte_ring_sc_dequeue(rings.injects, &object) == 0) {
      auto* frame = static_cast<rte_mbuf*>(object);
      frames.push_back(test::to_hex(test::bytes_of(frame)));
      rte_pktmbuf_free(frame);
    }
    return frames;
  }
  template <typename Family>
  void report(const std::string& packet, IcmpCause cause, bool link_group = false) {
    agent.report<Family>(kLink, test::from_hex(packet), {cause}, link_group);
  }

  SlowRings rings{rte_ring_create("ia_punts", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
                  rte_ring_create("ia_injects", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)};
  rte_mempool* pool = rte_pktmbuf_pool_create("ia", 255, 0, 0, 2176, SOCKET_ID_ANY);
  test::FakeRouting routing;
  SlowIo io{{.rings = {rings},
             .field = *PuntField::create(),
             .pool = pool,
             .fragments = {},
             .release_entry = [](uint16_t, EntryIndex) {}}};
  NeighbourResolver<Ipv4> resolver4{routing, io, {}, {}, 1};
  NeighbourResolver<Ipv6> resolver6{routing, io, {}, {}, 2};
  IcmpAgent agent{routing, resolver4, resolver6, 100, 1000, 0};
};

// UDP 192.0.2.9 > 198.18.0.1, TTL 1.
const std::string kUdp =
    "4500001c00010000"
    "01110000"
    "c0000209"
    "c6120001"
    "0fa0138800080000";
const std::string kEcho =
    "4500001c00010000"
    "40010000"
    "c0000209"
    "c0000201"
    "0800f7ff00000000";

TEST_F(IcmpAgentTest, AnErrorQuotesThePacketToItsSource) {
  routing.statics.insert("192.0.2.9");
  report<Ipv4>(kUdp, IcmpCause::kTtlExpired);
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(0, 28), "0200000000020200000000010800");
  EXPECT_EQ(frames[0].substr(52, 16), "c0000201c0000209") << "from our address";
  EXPECT_EQ(frames[0].substr(68, 4), "0b00");
  EXPECT_EQ(frames[0].substr(84), kUdp);
  EXPECT_EQ(agent.stats().errors_sent, 1U);
}

TEST_F(IcmpAgentTest, NoErrorIsSentWhereTheRfcForbidsOne) {  // RFC 1812 4.3.2.7
  routing.statics.insert("192.0.2.9");
  report<Ipv4>(kUdp, IcmpCause::kTtlExpired, true);
  auto from_broadcast = kUdp;
  from_broadcast.replace(24, 8, "c00002ff");
  report<Ipv4>(from_broadcast, IcmpCause::kTtlExpired);
  auto from_us = kUdp;
  from_us.replace(24, 8, "c0000201");
  report<Ipv4>(from_us, IcmpCause::kTtlExpired);
  auto later_fragment = kUdp;
  later_fragment.replace(12, 4, "0001");
  report<Ipv4>(later_fragment, IcmpCause::kTtlExpired);
  EXPECT_EQ(sent(), std::vector<std::string>{});
  EXPECT_EQ(agent.stats().errors_suppressed, 4U);
}

TEST_F(IcmpAgentTest, ErrorsAreLimitedAndTheBucketFillsAgain) {
  routing.statics.insert("192.0.2.9");
  for (int i = 0; i < 60; ++i) report<Ipv4>(kUdp, IcmpCause::kTtlExpired);
  EXPECT_EQ(sent().size(), 50U) << "the burst";
  EXPECT_EQ(agent.stats().errors_limited, 10U);
  agent.set_time(100, 100);  // a tenth of a second of 100 a second
  for (int i = 0; i < 20; ++i) report<Ipv4>(kUdp, IcmpCause::kTtlExpired);
  EXPECT_EQ(sent().size(), 10U);
}

TEST_F(IcmpAgentTest, AnswersAnEchoAndIsNotLimited) {
  routing.statics.insert("192.0.2.9");
  for (int i = 0; i < 60; ++i) agent.answer<Ipv4>(kLink, test::from_hex(kEcho), false);
  const auto frames = sent();
  ASSERT_EQ(frames.size(), 60U);
  EXPECT_EQ(frames[0].substr(68), "0000ffff00000000");
  EXPECT_EQ(agent.stats().answers_sent, 60U);
}

TEST_F(IcmpAgentTest, WithoutAWayToTheSourceNothingIsSent) {
  auto from_nowhere = kUdp;
  from_nowhere.replace(24, 8, "64400001");  // 100.64.0.1: the fixture has no route
  report<Ipv4>(from_nowhere, IcmpCause::kNoRoute);
  EXPECT_EQ(sent(), std::vector<std::string>{});
  EXPECT_EQ(agent.stats().errors_suppressed, 1U);
}

}  // namespace
}  // namespace dstfwd
