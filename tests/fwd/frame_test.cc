// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/frame.h"

#include "tests/fwd/mbufs.h"
#include "tests/fwd/packets.h"

namespace dstfwd {
namespace {

using test::kOwnMac;
using test::kPeerMac;
using test::Octets;

class FrameTest : public testing::Test {
 protected:
  Verdict parse(const Octets& bytes, uint64_t flags = 0, uint16_t tci = 0) {
    rte_mbuf* m = pool_.make(bytes);
    m->ol_flags |= flags;
    m->vlan_tci = tci;
    frame_ = {};
    const Verdict v = parse_frame(m, link_, frame_);
    rte_pktmbuf_free(m);
    return v;
  }
  test::MbufPool pool_{255};
  LinkContext link_{.own_mac = kOwnMac};
  Frame frame_;
};

TEST_F(FrameTest, TakesIpForItsOwnMac) {
  EXPECT_EQ(parse(test::frame4()), Verdict::kForward);
  EXPECT_EQ(frame_.ether_type, kEtherTypeIpv4);
  EXPECT_EQ(frame_.l3_offset, 14);
  EXPECT_FALSE(frame_.group);
  EXPECT_EQ(parse(test::frame6()), Verdict::kForward);
  EXPECT_EQ(frame_.ether_type, kEtherTypeIpv6);
}

TEST_F(FrameTest, RefusesOtherStationsUnlessPromiscuous) {
  const Octets foreign = test::ethernet(0x0800, test::ipv4({}), kPeerMac);
  EXPECT_EQ(parse(foreign), Verdict::kDropForeignMac);
  link_.promiscuous = true;
  EXPECT_EQ(parse(foreign), Verdict::kForward);
}

TEST_F(FrameTest, MarksGroupMacs) {
  const MacAddress broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  EXPECT_EQ(parse(test::ethernet(0x0800, test::ipv4({}), broadcast)), Verdict::kForward);
  EXPECT_TRUE(frame_.group);
  EXPECT_EQ(parse(test::ethernet(0x0806, Octets(28), broadcast)), Verdict::kConsumeArp);
}

TEST_F(FrameTest, TakesOffThePriorityTag) {
  EXPECT_EQ(parse(test::tagged(test::frame4(), 5U << 13U)), Verdict::kForward);
  EXPECT_EQ(frame_.l3_offset, 18);
  EXPECT_EQ(frame_.ether_type, kEtherTypeIpv4);
}

TEST_F(FrameTest, DoesNotKnowOtherVlansWhetherTaggedOrStripped) {
  EXPECT_EQ(parse(test::tagged(test::frame4(), 100)), Verdict::kDropUnknownVlan);
  constexpr uint64_t kStripped = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  EXPECT_EQ(parse(test::frame4(), kStripped, 100), Verdict::kDropUnknownVlan);
  EXPECT_EQ(parse(test::frame4(), kStripped, 3U << 13U), Verdict::kForward);
  EXPECT_EQ(parse(test::frame4(), 0, 100), Verdict::kForward);
}

TEST_F(FrameTest, TakesVlansThatHaveASubInterface) {
  VlanSet vlans;
  link_.vlans = &vlans;
  EXPECT_EQ(parse(test::tagged(test::frame4(), 100)), Verdict::kDropUnknownVlan);
  vlans.add(100);
  vlans.add(4094);
  EXPECT_EQ(parse(test::tagged(test::frame4(), 100)), Verdict::kForward);
  EXPECT_EQ(frame_.l3_offset, 18);
  EXPECT_EQ(parse(test::tagged(test::frame4(), 3U << 13U | 4094U)), Verdict::kForward);
  EXPECT_EQ(parse(test::tagged(test::ethernet(0x0806, Octets(28)), 100)), Verdict::kConsumeArp);
  EXPECT_EQ(parse(test::tagged(test::frame4(), 101)), Verdict::kDropUnknownVlan);
  EXPECT_EQ(parse(test::tagged(test::frame4(), 36)), Verdict::kDropUnknownVlan) << "100 - 64";
  constexpr uint64_t kStripped = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  EXPECT_EQ(parse(test::frame4(), kStripped, 100), Verdict::kForward);
  EXPECT_EQ(parse(test::frame4(), kStripped, 101), Verdict::kDropUnknownVlan);
  vlans.remove(100);
  EXPECT_EQ(parse(test::tagged(test::frame4(), 100)), Verdict::kDropUnknownVlan);
  EXPECT_EQ(parse(test::tagged(test::frame4(), 4094)), Verdict::kForward);
}

TEST_F(FrameTest, DoesNotRouteOtherProtocols) {
  for (unsigned type : {0x0000U, 0x002eU, 0x05dcU, 0x0600U, 0x88cc00U >> 8U, 0x8847U, 0x88a8U}) {
    EXPECT_EQ(parse(test::ethernet(type, Octets(46))), Verdict::kDropNotRouted) << type;
  }
  EXPECT_EQ(parse(test::tagged(test::tagged(test::frame4(), 0), 0)), Verdict::kDropNotRouted);
}

TEST_F(FrameTest, RefusesWhatIsShorterThanItsHeader) {
  for (size_t size = 0; size < 14; ++size) {
    EXPECT_EQ(parse(Octets(size)), Verdict::kDropFrameTooShort) << size;
  }
  Octets cut = test::tagged(test::frame4(), 0);
  for (size_t size = 14; size < 18; ++size) {
    EXPECT_EQ(parse(Octets(cut.begin(), cut.begin() + static_cast<long>(size))),
              Verdict::kDropFrameTooShort);
  }
}

TEST_F(FrameTest, WorksWhereverSegmentsEnd) {
  const Octets bytes = test::tagged(test::frame4(), 0);
  for (size_t cut = 0; cut < 24; ++cut) {
    rte_mbuf* m = pool_.make(bytes, {cut});
    EXPECT_EQ(parse_frame(m, link_, frame_), Verdict::kForward);
    EXPECT_EQ(frame_.l3_offset, 18);
    EXPECT_GE(m->data_len, 18);
    EXPECT_EQ(test::bytes_of(m), bytes);
    rte_pktmbuf_free(m);
  }
}

}  // namespace
}  // namespace dstfwd
