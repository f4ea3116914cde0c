// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/neighbour_resolver.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::kLink;
using test::kPeerMac;
using Told = std::vector<std::string>;

struct NeighbourResolverTest : testing::Test {
  ~NeighbourResolverTest() override {
    resolver.drop_all();
    sent();
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
    rte_ring_free(rings.punts);
    rte_ring_free(rings.injects);
    rte_mempool_free(pool);
  }
  // (packets that go on after a wait, frames of our own)
  std::pair<unsigned, unsigned> sent() {
    std::pair<unsigned, unsigned> count{0, 0};
    void* object = nullptr;
    while (rte_ring_sc_dequeue(rings.injects, &object) == 0) {
      auto* m = static_cast<rte_mbuf*>(object);
      ++(io.info(m).kind == PuntKind::kHeld ? count.first : count.second);
      rte_pktmbuf_free(m);
    }
    return count;
  }
  void hold(const char* neighbour) {
    rte_mbuf* m = rte_pktmbuf_alloc(pool);
    io.info(m) = PuntInfo{};
    io.info(m).kind = PuntKind::kHold;
    resolver.hold({m, 0}, {kLink, test::v4(neighbour)}, now_ms);
  }
  void run_ms(uint64_t ms) {
    for (const uint64_t end = now_ms + ms; now_ms < end; now_ms += 10) resolver.tick(now_ms);
  }

  SlowRings rings{rte_ring_create("nr_punts", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
                  rte_ring_create("nr_injects", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)};
  rte_mempool* pool = rte_pktmbuf_pool_create("nr", 255, 0, 0, 2176, SOCKET_ID_ANY);
  test::FakeRouting routing;
  SlowIo io{{.rings = {rings},
             .field = *PuntField::create(),
             .pool = pool,
             .fragments = {},
             .release_entry = [](uint16_t, EntryIndex) {}}};
  uint64_t now_ms = 1000;
  NeighbourResolver<Ipv4> resolver{
      routing, io, {}, {.neighbours = 4, .held = 16, .held_per_neighbour = 2}, 1};
};

TEST_F(NeighbourResolverTest, PacketsWaitUntilTheNeighbourAnswers) {
  hold("192.0.2.9");
  hold("192.0.2.9");
  EXPECT_EQ(sent(), std::pair(0U, 1U)) << "one request for both";
  EXPECT_EQ(resolver.held(), 2U);
  resolver.advertised(kLink, test::v4("192.0.2.9"), {kPeerMac, true, true}, now_ms);
  EXPECT_EQ(sent(), std::pair(2U, 0U));
  EXPECT_EQ(resolver.held(), 0U);
  EXPECT_EQ(routing.told, Told{"resolved 192.0.2.9 020000000002"});
  ASSERT_EQ(resolver.view().size(), 1U);
  EXPECT_EQ(resolver.view()[0].mac, kPeerMac);
}

TEST_F(NeighbourResolverTest, WhoDoesNotAnswerFailsAndTheSourcesAreTold) {
  unsigned told = 0;
  resolver.on_unreachable([&](rte_mbuf*) { ++told; });
  hold("192.0.2.9");
  run_ms(10000);
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(resolver.held(), 0U);
  EXPECT_EQ(resolver.stats().failed, 1U);
  EXPECT_EQ(resolver.stats().solicits_sent, 3U);
  EXPECT_EQ(io.counters().verdict(Verdict::kDropNoNeighbour).get(), 1U);
}

TEST_F(NeighbourResolverTest, TheOldestPacketMakesRoomForTheNewest) {
  for (int i = 0; i < 5; ++i) hold("192.0.2.9");
  EXPECT_EQ(resolver.held(), 2U);
  EXPECT_EQ(io.counters().verdict(Verdict::kDropHoldFull).get(), 3U);
}

TEST_F(NeighbourResolverTest, AFullTableRefusesNewNeighbours) {
  for (const char* n : {"192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.14", "192.0.2.15"}) {
    hold(n);
  }
  EXPECT_EQ(resolver.size(), 4U);
  EXPECT_EQ(resolver.stats().table_full, 1U);
}

TEST_F(NeighbourResolverTest, PacketsOfOurOwnWaitTheSameWay) {
  const std::vector<uint8_t> packet(20, 0x45);
  resolver.send({kLink, test::v4("192.0.2.9")}, packet, now_ms);
  EXPECT_EQ(sent(), std::pair(0U, 1U)) << "the request";
  resolver.advertised(kLink, test::v4("192.0.2.9"), {kPeerMac, true, true}, now_ms);
  EXPECT_EQ(sent(), std::pair(0U, 1U)) << "the packet";
  resolver.send({kLink, test::v4("192.0.2.9")}, packet, now_ms);
  EXPECT_EQ(sent(), std::pair(0U, 1U)) << "at once";
}

TEST_F(NeighbourResolverTest, ALinkThatGoesDownVoidsWhatWasLearned) {
  resolver.heard(kLink, test::v4("192.0.2.9"), kPeerMac, now_ms);
  EXPECT_EQ(routing.told, Told{"resolved 192.0.2.9 020000000002"});
  resolver.link_down(kLink, now_ms);
  EXPECT_EQ(routing.told.back(), "lost 192.0.2.9");
}

TEST_F(NeighbourResolverTest, AStaticNeighbourIsNeitherLearnedNorAsked) {
  routing.statics.insert("192.0.2.9");
  routing.in_use = true;
  resolver.heard(kLink, test::v4("192.0.2.9"), kPeerMac, now_ms);
  run_ms(60000);
  EXPECT_EQ(sent(), std::pair(0U, 0U));
  EXPECT_EQ(resolver.size(), 0U);
}

TEST_F(NeighbourResolverTest, NobodyBeyondTheLinkBecomesANeighbour) {
  resolver.heard(kLink, test::v4("203.0.113.9"), kPeerMac, now_ms);
  EXPECT_EQ(resolver.size(), 0U);
  EXPECT_EQ(routing.told, Told{});
}

}  // namespace
}  // namespace dstfwd
