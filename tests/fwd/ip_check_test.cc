// SPDX-License-Identifier: BSD-3-Clause
// ipv4_check.cc and ipv6_check.cc against the slow reference, and by cases.
#include "fwd/ip_check.h"

#include "tests/fwd/mbufs.h"
#include "tests/fwd/packets.h"
#include "tests/fwd/reference.h"
#include "tests/fwd/rounds.h"

namespace dstfwd {
namespace {

using test::kOwnMac;
using test::Octets;

template <typename Family>
void expect_checked(const rte_mbuf* m, const Frame& frame, const Checked<Family>& is,
                    const test::Judged& wanted) {
  EXPECT_EQ(frame.l3_offset, wanted.l3);
  EXPECT_EQ(is.length, wanted.length);
  EXPECT_EQ(name(is.unless_local), name(wanted.unless_local));
  EXPECT_EQ(static_cast<int>(is.key.kind), wanted.kind);
  EXPECT_EQ(is.key.protocol, wanted.protocol);
  EXPECT_EQ(is.key.ports.src.host(), wanted.sport);
  EXPECT_EQ(is.key.ports.dst.host(), wanted.dport);
  EXPECT_EQ(is.key.zero, 0);
  const auto* ip = rte_pktmbuf_mtod_offset(m, const typename Family::Header*, frame.l3_offset);
  EXPECT_EQ(is.key.src, ip->src);
  EXPECT_EQ(is.key.dst, ip->dst);
  EXPECT_GE(m->data_len, frame.l3_offset + sizeof(*ip));
  const Verdict local = wanted.discovery ? Verdict::kConsumeNd : Verdict::kConsumeLocal;
  EXPECT_EQ(name(local_verdict<Family>(m, frame.l3_offset)), name(local));
}

class IpCheckTest : public testing::Test {
 protected:
  template <typename Family>
  Verdict check(const Octets& bytes, Checked<Family>& out, uint64_t flags = 0) {
    rte_mbuf* m = pool_.make(bytes);
    m->ol_flags |= flags;
    Frame frame;
    Verdict v = parse_frame(m, link_, frame);
    if (v == Verdict::kForward) v = check_ip(m, link_, frame, out);
    rte_pktmbuf_free(m);
    return v;
  }
  Verdict check4(const Octets& bytes, uint64_t flags = 0) { return check(bytes, four_, flags); }
  Verdict check6(const Octets& bytes) { return check(bytes, six_); }

  test::MbufPool pool_{1023};
  LinkContext link_{.own_mac = kOwnMac};
  Checked<Ipv4> four_;
  Checked<Ipv6> six_;
};

TEST_F(IpCheckTest, KeysAnIpv4FlowByItsFiveTuple) {
  ASSERT_EQ(check4(test::frame4()), Verdict::kForward);
  EXPECT_EQ(four_.key.src.value.host(), 0xc0000202U);
  EXPECT_EQ(four_.key.dst.value.host(), 0xc6120001U);
  EXPECT_EQ(four_.key.ports.src.host(), 4000);
  EXPECT_EQ(four_.key.ports.dst.host(), 5000);
  EXPECT_EQ(four_.key.protocol, 17);
  EXPECT_EQ(four_.key.kind, FlowKind::kWhole);
  EXPECT_EQ(four_.key.zero, 0);
  EXPECT_EQ(four_.length, 46U);
  EXPECT_EQ(four_.unless_local, Verdict::kForward);
}

TEST_F(IpCheckTest, KeysAllFragmentsOfAPacketAlike) {
  ASSERT_EQ(check4(test::frame4({.fragment = 0x2000})), Verdict::kForward);
  const FlowKey4 first = four_.key;
  ASSERT_EQ(check4(test::frame4({.sport = 1, .fragment = 0x0010})), Verdict::kForward);
  EXPECT_EQ(first, four_.key);
  EXPECT_EQ(first.kind, FlowKind::kFragment);
  ASSERT_EQ(check4(test::frame4({.sport = 0, .dport = 0})), Verdict::kForward);
  EXPECT_NE(first, four_.key);
}

TEST_F(IpCheckTest, TrustsTheNicsChecksumOnlyWhereThePortOffersIt) {
  Octets bytes = test::frame4();
  bytes[24] ^= 1U;
  EXPECT_EQ(check4(bytes, RTE_MBUF_F_RX_IP_CKSUM_GOOD), Verdict::kDropIpChecksum);
  link_.checksum_offload = true;
  EXPECT_EQ(check4(bytes, RTE_MBUF_F_RX_IP_CKSUM_GOOD), Verdict::kForward);
  EXPECT_EQ(check4(bytes), Verdict::kDropIpChecksum);
  EXPECT_EQ(check4(test::frame4(), RTE_MBUF_F_RX_IP_CKSUM_BAD), Verdict::kForward);
}

TEST_F(IpCheckTest, FindsEveryWrongBitOfAnIpv4Header) {
  const Octets good = test::frame4();
  for (size_t bit = 0; bit < 160; ++bit) {
    Octets bytes = good;
    bytes[14 + bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    EXPECT_NE(check4(bytes), Verdict::kForward) << bit;
  }
}

TEST_F(IpCheckTest, TakesTheMinusZeroOfOnesComplement) {
  // The identification is chosen so that the checksum computes to zero.
  Octets ip = test::ipv4({.id = 0});
  test::put16(ip, 4, test::get16(ip, 10));
  test::fix4(ip);
  ASSERT_EQ(test::get16(ip, 10), 0U);
  EXPECT_EQ(check4(test::ethernet(0x0800, ip)), Verdict::kForward);
  test::put16(ip, 10, 0xffff);
  EXPECT_EQ(check4(test::ethernet(0x0800, ip)), Verdict::kForward);
}

TEST_F(IpCheckTest, KeysAnIpv6FlowBehindExtensionHeaders) {
  Octets body = {17, 0, 1, 4, 0, 0, 0, 0};
  test::append(body, test::Packet6{}.body);
  ASSERT_EQ(check6(test::frame6({.next = 60, .body = body})), Verdict::kForward);
  EXPECT_EQ(six_.key.protocol, 17);
  EXPECT_EQ(six_.key.ports.src.host(), 4000);
  EXPECT_EQ(six_.key.kind, FlowKind::kWhole);
  EXPECT_EQ(six_.length, 60U);
}

TEST_F(IpCheckTest, RefusesJumbograms) {
  Octets frame = test::frame6({.next = 0, .body = {17, 0, 0xc2, 4, 0, 1, 0, 0}});
  test::put16(frame, 18, 0);
  EXPECT_EQ(check6(frame), Verdict::kDropIpLength);
}

TEST_F(IpCheckTest, ToleratesPaddingBehindThePacket) {
  for (size_t padding : {1U, 6U, 300U}) {
    Octets frame = test::frame4();
    frame.resize(frame.size() + padding);
    EXPECT_EQ(check4(frame), Verdict::kForward);
    EXPECT_EQ(four_.length, 46U);
  }
}

// Seeds are fixed: a failure repeats.
TEST_F(IpCheckTest, AgreesWithTheReferenceOnRandomFramesInRandomSegments) {
  std::mt19937 random(3);
  std::array<unsigned, kVerdictCount> seen{};
  const unsigned rounds = test::rounds(300000);
  for (unsigned round = 0; round < rounds; ++round) {
    const Octets bytes = test::random_frame(random);
    link_.promiscuous = random() % 16 == 0;
    const test::Judged wanted = test::judge(bytes, kOwnMac, link_.promiscuous);
    rte_mbuf* m = pool_.make_chained(bytes, random);
    Frame frame;
    Verdict v = parse_frame(m, link_, frame);
    if (v == Verdict::kForward) {
      const bool four = frame.ether_type == kEtherTypeIpv4;
      v = four ? check_ip(m, link_, frame, four_) : check_ip(m, link_, frame, six_);
    }
    ASSERT_EQ(name(v), name(wanted.verdict)) << "round " << round;
    ASSERT_EQ(test::bytes_of(m), bytes);
    test::expect_sound(m);
    ++seen[static_cast<size_t>(v)];
    if (v == Verdict::kForward) {
      ASSERT_EQ(frame.ether_type == kEtherTypeIpv4 ? 4 : 6, wanted.version);
      if (wanted.version == 4) expect_checked(m, frame, four_, wanted);
      if (wanted.version == 6) expect_checked(m, frame, six_, wanted);
    }
    rte_pktmbuf_free(m);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  for (Verdict v :
       {Verdict::kForward, Verdict::kConsumeArp, Verdict::kConsumeNd, Verdict::kDropFrameTooShort,
        Verdict::kDropForeignMac, Verdict::kDropUnknownVlan, Verdict::kDropNotRouted,
        Verdict::kDropIpVersion, Verdict::kDropIpHeaderLength, Verdict::kDropIpLength,
        Verdict::kDropIpChecksum, Verdict::kDropIpOptions, Verdict::kDropMartianSource,
        Verdict::kDropMartianDestination, Verdict::kDropMulticast}) {
    EXPECT_GT(seen[static_cast<size_t>(v)], rounds / 3000) << name(v) << " was hardly tried";
  }
}

}  // namespace
}  // namespace dstfwd
