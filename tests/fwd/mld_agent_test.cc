// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mld_agent.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::kLink;

struct MldAgentTest : testing::Test {
  ~MldAgentTest() override {
    sent();
    rte_ring_free(rings.punts);
    rte_ring_free(rings.injects);
    rte_mempool_free(pool);
  }
  std::vector<std::string> sent() {
    std::vector<std::string> frames;
    void* object = nullptr;
    while (rte_ring_sc_dequeue(rings.injects, &object) == 0) {
      auto* m = static_cast<rte_mbuf*>(object);
      frames.push_back(test::to_hex(test::bytes_of(m)));
      rte_pktmbuf_free(m);
    }
    return frames;
  }
  std::vector<std::string> run_ms(uint64_t ms) {
    std::vector<std::string> all;
    for (const uint64_t end = now_ms + ms; now_ms < end; now_ms += 10) {
      agent.tick(now_ms);
      for (auto& frame : sent()) all.push_back(frame);
    }
    return all;
  }

  SlowRings rings{rte_ring_create("ma_punts", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
                  rte_ring_create("ma_injects", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)};
  rte_mempool* pool = rte_pktmbuf_pool_create("ma", 255, 0, 0, 2176, SOCKET_ID_ANY);
  test::FakeRouting routing;
  SlowIo io{{.rings = {rings},
             .field = *PuntField::create(),
             .pool = pool,
             .fragments = {},
             .release_entry = [](uint16_t, EntryIndex) {}}};
  MldAgent agent{routing, io, 1};
  uint64_t now_ms = 1000;
};

TEST_F(MldAgentTest, ANewLinksGroupsAreReportedTwice) {  // RFC 3810 6.1
  const auto frames = run_ms(30000);
  ASSERT_EQ(frames.size(), 2U);
  for (const auto& frame : frames) {
    EXPECT_EQ(frame.substr(0, 12), "333300000016") << "to ff02::16";
    EXPECT_NE(frame.find("ff0200000000000000000001ff000001"), std::string::npos)
        << "the solicited-node group of our address";
    EXPECT_NE(frame.find("ff020000000000000000000000000002"), std::string::npos) << "all routers";
  }
  EXPECT_EQ(agent.reports_sent(), 2U);
}

TEST_F(MldAgentTest, AQueryIsAnsweredWithinItsTime) {
  run_ms(30000);
  // fe80::2 > ff02::1, hop-by-hop with router alert: a general query, 1000 ms.
  const std::string query =
      "6000000000240001"
      "fe800000000000000000000000000002"
      "ff020000000000000000000000000001"
      "3a00050200000100"
      "8200b2ab03e80000"
      "00000000000000000000000000000000"
      "02000000";
  auto bytes = test::from_hex(query);
  const auto sum = [&] {
    uint32_t pseudo = 0;
    for (size_t i = 8; i < 40; i += 2)
      pseudo += static_cast<uint32_t>(bytes[i] << 8U | bytes[i + 1]);
    pseudo += 28 + 58;
    return test::slow_checksum(std::span(bytes).subspan(48), (pseudo >> 16U) + (pseudo & 0xffffU));
  };
  bytes[50] = bytes[51] = 0;
  const uint16_t checksum = sum();
  bytes[50] = static_cast<uint8_t>(checksum >> 8U);
  bytes[51] = static_cast<uint8_t>(checksum);
  EXPECT_TRUE(agent.receive(kLink, bytes, now_ms));
  EXPECT_EQ(run_ms(1100).size(), 1U);
  EXPECT_EQ(run_ms(30000).size(), 0U);
}

TEST_F(MldAgentTest, WhatIsNoQueryIsNotItsOwn) {
  EXPECT_FALSE(agent.receive(
      kLink, test::from_hex("6000000000083a40" + std::string(64, '0') + "8000000000000000"),
      now_ms));
}

TEST_F(MldAgentTest, ALinkThatIsDownIsNotReportedTo) {
  routing.info.up = false;
  EXPECT_EQ(run_ms(30000).size(), 0U);
}

}  // namespace
}  // namespace dstfwd
