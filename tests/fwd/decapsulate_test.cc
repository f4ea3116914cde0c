// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/decapsulate.h"

#include "tests/fwd/mbufs.h"
#include "tests/fwd/tunnel_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr unsigned kL3 = 14;

class DecapsulateTest : public testing::Test {
 protected:
  // An IPv4 packet around another, from the tunnel's far end to ours.
  static Octets wrapped4(const Octets& inner, uint8_t protocol = 4, uint8_t tos = 0,
                         uint32_t src = kFar4) {
    Octets outer = ipv4({.src = src, .dst = kNear4, .protocol = protocol, .tos = tos});
    outer.resize(20);
    append(outer, inner);
    put16(outer, 2, static_cast<unsigned>(outer.size()));
    fix4(outer);
    return ethernet(0x0800, outer);
  }
  Octets wrapped6(const Octets& inner, uint8_t next, const Octets& extension = {}) const {
    Octets body = extension;
    append(body, inner);
    return ethernet(0x86dd,
                    ipv6({.src = rig_.far6, .dst = rig_.near6, .next = next, .body = body}));
  }
  // What is left of the frame, and how it ends.
  std::pair<Verdict, Octets> out(const Octets& frame, const std::vector<size_t>& cuts = {}) {
    rte_mbuf* m = pool_.make(frame, cuts);
    const Verdict verdict = frame[12] == 0x08 ? decapsulate<Ipv4>(m, kL3, rig_.tunnels.ends())
                                              : decapsulate<Ipv6>(m, kL3, rig_.tunnels.ends());
    expect_sound(m);
    const Octets left = bytes_of(m);
    rte_pktmbuf_free(m);
    return {verdict, left};
  }

  TunnelRig rig_;
  MbufPool pool_{255};
  const Octets inner4_ = ipv4({.dst = kToB4});
  const Octets inner6_ = ipv6({});
};

TEST_F(DecapsulateTest, TheInnerPacketStandsBehindTheLinkHeader) {
  const auto [verdict, left] = out(wrapped4(inner4_));
  EXPECT_EQ(verdict, Verdict::kForward);
  EXPECT_EQ(left, ethernet(0x0800, inner4_));
}

TEST_F(DecapsulateTest, TheEtherTypeIsTheInnerPackets) {
  EXPECT_EQ(out(wrapped4(inner6_, 41)).second, ethernet(0x86dd, inner6_));
  EXPECT_EQ(out(wrapped6(inner4_, 4)).second, ethernet(0x0800, inner4_));
}

TEST_F(DecapsulateTest, HeadersInPiecesAreBroughtTogether) {
  const Octets frame = wrapped4(inner4_);
  for (size_t cut = 34; cut < 60; ++cut)
    EXPECT_EQ(out(frame, {cut, cut + 3}).second, ethernet(0x0800, inner4_)) << cut;
}

// Linux sends a destination options header with the encapsulation limit (RFC 2473 4.1.1).
TEST_F(DecapsulateTest, AnEncapsulationLimitIsPassedOver) {
  const Octets limit = {4, 0, 4, 1, 4, 1, 1, 0};
  EXPECT_EQ(out(wrapped6(inner4_, 60, limit)).second, ethernet(0x0800, inner4_));
}

TEST_F(DecapsulateTest, WhatCameThroughNoTunnelOfOursIsLeftAsItCame) {
  for (const Octets& frame :
       {wrapped4(inner4_, 4, 0, kToB4), wrapped6(inner6_, 41), wrapped4(inner4_, 17)}) {
    const auto [verdict, left] = out(frame);
    EXPECT_EQ(verdict, Verdict::kConsumeLocal);
    EXPECT_EQ(left, frame);
  }
}

TEST_F(DecapsulateTest, AFragmentIsNotTakenApart) {
  Octets frame = wrapped4(inner4_);
  put16(frame, kL3 + 6, 0x2000);
  fix4(frame, kL3);
  EXPECT_EQ(out(frame), std::pair(Verdict::kConsumeLocal, frame));
}

TEST_F(DecapsulateTest, CongestionMarkedOnTheWayReachesTheInnerPacket) {
  const auto [verdict, left] = out(wrapped4(ipv4({.dst = kToB4, .tos = 2}), 4, 3));
  EXPECT_EQ(verdict, Verdict::kForward);
  EXPECT_EQ(left, ethernet(0x0800, ipv4({.dst = kToB4, .tos = 3})));
}

TEST_F(DecapsulateTest, CongestionThatThePacketCannotTellDropsIt) {
  EXPECT_EQ(out(wrapped4(inner4_, 4, 3)).first, Verdict::kDropTunnel);
}

TEST_F(DecapsulateTest, NothingWithinIsAsLongAsItIs) {
  const auto [verdict, left] = out(wrapped4({}));
  EXPECT_EQ(verdict, Verdict::kForward);
  EXPECT_EQ(left, ethernet(0x0800, {}));
}

}  // namespace
}  // namespace dstfwd
