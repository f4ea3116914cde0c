// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/arp_agent.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using ArpAgentTest = test::SlowPathTest;
using Frames = std::vector<std::string>;

constexpr char kBroadcast[] = "ffffffffffff020000000002";
constexpr char kToUs[] = "020000000001020000000002";

// An ARP message behind its link header: operation, then sender and target.
std::string arp(const std::string& link, const std::string& operation, const std::string& sender,
                const std::string& target) {
  return link + "0806" + "000108000604" + operation + sender + target;
}
const std::string kPeer = "020000000002c0000202";
const std::string kUs = "000000000000c0000201";

TEST_F(ArpAgentTest, ARequestForUsIsAnsweredAndItsSenderIsKnown) {
  settle();
  punt(PuntKind::kArp, arp(kBroadcast, "0001", kPeer, kUs));
  EXPECT_EQ(run_ms(),
            Frames{arp("020000000002020000000001", "0002", "020000000001c0000201", kPeer)});
  EXPECT_EQ(routing.told, Frames{"resolved 192.0.2.2 020000000002"});
  EXPECT_EQ(slow->arp().requests, 1U);
  EXPECT_EQ(slow->arp().replies_sent, 1U);
}

TEST_F(ArpAgentTest, ARequestForSomebodyElseIsNotOurs) {
  settle();
  punt(PuntKind::kArp, arp(kBroadcast, "0001", kPeer, "000000000000c0000263"));
  EXPECT_EQ(run_ms(), Frames{});
  EXPECT_EQ(routing.told, Frames{}) << "RFC 826: no entry is made for what is not for us";
}

TEST_F(ArpAgentTest, AReplyNobodyAskedForMakesNoNeighbour) {
  settle();
  punt(PuntKind::kArp, arp(kToUs, "0002", kPeer, "020000000001c0000201"));
  EXPECT_EQ(run_ms(), Frames{});
  EXPECT_EQ(routing.told, Frames{});
  EXPECT_EQ(slow->arp().replies, 1U);
}

TEST_F(ArpAgentTest, AProbeIsAnsweredWithoutLearning) {  // RFC 5227 2.1.1
  settle();
  punt(PuntKind::kArp, arp(kBroadcast, "0001", "02000000000200000000", kUs));
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 2U) << "the announcement that defends it, and the answer";
  EXPECT_EQ(frames[1].substr(24, 20), "08060001080006040002");
  EXPECT_EQ(routing.told, Frames{});
}

TEST_F(ArpAgentTest, OurAddressFromAnotherStationIsAConflict) {  // RFC 5227 2.4
  settle();
  const uint64_t before = slow->guard4().conflicts();
  punt(PuntKind::kArp, arp(kBroadcast, "0001", "020000000002c0000201", kUs));
  const auto frames = run_ms();
  EXPECT_EQ(slow->guard4().conflicts(), before + 1);
  EXPECT_EQ(frames, Frames{arp("ffffffffffff020000000001", "0001", "020000000001c0000201", kUs)})
      << "it is defended";
}

TEST_F(ArpAgentTest, OurOwnComeBackByALoopIsNothing) {
  settle();
  const uint64_t before = slow->guard4().conflicts();
  punt(PuntKind::kArp, arp("ffffffffffff020000000001", "0001", "020000000001c0000201", kUs));
  EXPECT_EQ(run_ms(), Frames{});
  EXPECT_EQ(slow->guard4().conflicts(), before);
}

TEST_F(ArpAgentTest, WhatIsNoArpForIpv4IsCounted) {
  settle();
  punt(PuntKind::kArp, std::string(kBroadcast) + "0806" + "0001080006040001");
  punt(PuntKind::kArp, std::string(kBroadcast) + "0806" + "000186dd06100001" + kPeer + kUs);
  run_ms();
  EXPECT_EQ(slow->arp().invalid, 2U);
}

}  // namespace
}  // namespace dstfwd
