// SPDX-License-Identifier: BSD-3-Clause
// Packets into and out of tunnels, by a worker.
#include "fwd/rewrite_tunnel.h"

#include "tests/fwd/tunnel_rig.h"
#include "tests/fwd/worker_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

class RewriteTunnelTest : public testing::Test {
 protected:
  RewriteTunnelTest() {
    WorkerConfig c = worker_config(rig_);
    c.fragments = {pool_.get(), payload_};
    worker_ = std::make_unique<Worker>(c);
  }
  ~RewriteTunnelTest() override { rte_mempool_free(payload_); }

  // What leaves by port 1 for the frame.
  std::vector<Octets> pass(const Octets& frame) {
    PortRig::give(0, pool_.make(frame));
    while (worker_->poll_once(now_ += kHz / 1000) != 0) {
    }
    std::vector<Octets> out;
    for (rte_mbuf* m : PortRig::take(1)) {
      expect_sound(m);
      out.push_back(bytes_of(m));
      rte_pktmbuf_free(m);
    }
    uint64_t ends = counters().tx.get();
    for (const Counter& c : counters().verdicts) ends += c.get();
    EXPECT_EQ(counters().rx.get(), ends) << "each packet ends in one counter";
    return out;
  }
  const LcoreCounters& counters() const { return worker_->counters(); }
  uint64_t count(Verdict v) const { return counters().verdict(v).get(); }

  // A frame to next hop A with an outer IPv4 header as RFC 2003 3.1 has it.
  static Octets into_ipip(const Octets& inner, unsigned id, uint8_t tos, unsigned flags = 0,
                          uint8_t protocol = 4) {
    Octets outer = {0x45, tos, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 18, 0, 1};
    put16(outer, 2, static_cast<unsigned>(20 + inner.size()));
    put16(outer, 4, id);
    put16(outer, 6, flags);
    fix4(outer);
    append(outer, inner);
    return ethernet(0x0800, outer, kMacA, kPortMac1);
  }

  TunnelRig rig_;
  MbufPool pool_{4095};
  rte_mempool* payload_ =
      rte_pktmbuf_pool_create("tunnel", 1023, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
  PortRig ports_{pool_};
  std::unique_ptr<Worker> worker_;
  uint64_t now_ = 100 * kHz;
};

TEST_F(RewriteTunnelTest, AnOuterHeaderIsPutInFrontAndTheInnerHopLimitIsOneLess) {
  for (unsigned round = 1; round <= 2; ++round) {  // a miss, then a hit
    const auto out = pass(ethernet(0x0800, ipv4({.dst = kToTunnel4, .ttl = 9, .tos = 0xb8})));
    ASSERT_EQ(out.size(), 1U);
    const unsigned id = get16(out[0], 18);
    EXPECT_EQ(out[0], into_ipip(ipv4({.dst = kToTunnel4, .ttl = 8, .tos = 0xb8}), id, 0xb8));
    EXPECT_EQ(counters().encapsulated.get(), round);
    EXPECT_EQ(counters().hits.get(), round - 1);
  }
}

TEST_F(RewriteTunnelTest, DontFragmentIsCopied) {
  const auto out = pass(ethernet(0x0800, ipv4({.dst = kToTunnel4, .fragment = 0x4000})));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0],
            into_ipip(ipv4({.dst = kToTunnel4, .ttl = 63, .fragment = 0x4000}), 0, 0, 0x4000));
}

TEST_F(RewriteTunnelTest, Ipv6GoesIntoIpv4AndIpv4IntoIpv6) {
  Packet6 six;
  six.dst = *parse_address<Ipv6>("2001:db8:3000::1");
  auto out = pass(ethernet(0x86dd, ipv6(six)));
  ASSERT_EQ(out.size(), 1U);
  six.hop_limit = 63;
  EXPECT_EQ(out[0], into_ipip(ipv6(six), get16(out[0], 18), 0, 0, 41));

  out = pass(ethernet(0x0800, ipv4({.dst = kToTunnel6in})));
  ASSERT_EQ(out.size(), 1U);
  Packet6 outer{.src = rig_.near6, .dst = rig_.far6, .next = 4};
  outer.body = ipv4({.dst = kToTunnel6in, .ttl = 63});
  EXPECT_EQ(out[0], ethernet(0x86dd, ipv6(outer), kMacA, kPortMac1));
}

TEST_F(RewriteTunnelTest, APacketThatTheTunnelCannotTakeWholeIsDroppedOrCut) {
  constexpr size_t kHeaders = 28;  // IPv4 and what Packet4's payload stands behind
  const auto sized = [](size_t bytes, unsigned flags) {
    return ethernet(0x0800,
                    ipv4({.dst = kToTunnel4, .fragment = flags, .payload = bytes - kHeaders}));
  };
  EXPECT_EQ(pass(sized(1480, 0x4000)).size(), 1U) << "1500 less 20";
  EXPECT_EQ(pass(sized(1481, 0x4000)).size(), 0U);
  EXPECT_EQ(count(Verdict::kDropMtu), 1U);
  const auto pieces = pass(sized(1481, 0));
  ASSERT_EQ(pieces.size(), 2U);
  for (const Octets& piece : pieces) {
    EXPECT_LE(piece.size(), 1514U);
    EXPECT_EQ(piece[14 + 9], 4) << "each has an outer header";
    EXPECT_NE(get16(piece, 14 + 20 + 6) & 0x3fffU, 0U) << "and the fragment is within";
  }
  EXPECT_EQ(counters().fragments.get(), 2U);
}

TEST_F(RewriteTunnelTest, WithoutAWayForTheOuterPacketItIsDropped) {
  EXPECT_EQ(pass(ethernet(0x0800, ipv4({.dst = kToStrayTunnel4}))).size(), 0U);
  EXPECT_EQ(count(Verdict::kDropTunnel), 1U);
}

TEST_F(RewriteTunnelTest, ATunnelThatIsRoutedIntoItselfDoesNotLoop) {
  rig_.route4(kFar4, 32, rig_.ipip);
  EXPECT_EQ(pass(ethernet(0x0800, ipv4({.dst = kToTunnel4}))).size(), 0U);
  EXPECT_EQ(count(Verdict::kDropTunnel), 1U);
}

TEST_F(RewriteTunnelTest, WhatComesOutOfATunnelIsRoutedAsIfItHadJustBeenReceived) {
  Octets outer = ipv4({.src = kFar4, .dst = kNear4, .protocol = 4, .ttl = 1});
  outer.resize(20);
  append(outer, ipv4({.dst = kToA4, .ttl = 5}));
  put16(outer, 2, static_cast<unsigned>(outer.size()));
  fix4(outer);
  const auto out = pass(ethernet(0x0800, outer));
  ASSERT_EQ(out.size(), 1U) << "an outer hop limit of 1 is enough: this is its last hop";
  EXPECT_EQ(out[0], ethernet(0x0800, ipv4({.dst = kToA4, .ttl = 4}), kMacA, kPortMac1));
  EXPECT_EQ(counters().rx.get(), 1U);
  EXPECT_EQ(counters().decapsulated.get(), 1U);
}

TEST_F(RewriteTunnelTest, TunnelsWithinTunnelsEndAfterAFew) {
  Octets packet = ipv4({.dst = kToA4});
  for (int i = 0; i < 12; ++i) {
    Octets outer = ipv4({.src = kFar4, .dst = kNear4, .protocol = 4});
    outer.resize(20);
    append(outer, packet);
    put16(outer, 2, static_cast<unsigned>(outer.size()));
    fix4(outer);
    packet = outer;
  }
  EXPECT_EQ(pass(ethernet(0x0800, packet)).size(), 0U);
  EXPECT_EQ(count(Verdict::kDropTunnel), 1U);
}

TEST_F(RewriteTunnelTest, FromAStrangerItIsAPacketForTheRouter) {
  EXPECT_EQ(pass(ethernet(0x0800, ipv4({.dst = kNear4, .protocol = 4}))).size(), 0U);
  EXPECT_EQ(count(Verdict::kConsumeLocal), 1U);
  EXPECT_EQ(counters().decapsulated.get(), 0U);
}

}  // namespace
}  // namespace dstfwd
