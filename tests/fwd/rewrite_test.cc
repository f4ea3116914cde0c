// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/rewrite.h"

#include "tests/fwd/port_rig.h"
#include "tests/fwd/reference.h"
#include "tests/fwd/router_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST(DecrementHops, GivesEveryChecksumAsLinuxAndTheRfcDo) {
  for (uint32_t checksum = 0; checksum <= 0xffff; ++checksum) {
    Ipv4Header ip{};
    ip.ttl = 64;
    ip.protocol = 17;
    ip.checksum = Be16::from_host(static_cast<uint16_t>(checksum));
    decrement_hops(ip);
    EXPECT_EQ(ip.ttl, 63);
    // RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), in ones' complement.
    uint32_t sum = (~checksum & 0xffffU) + (~0x4011U & 0xffffU) + 0x3f11U;
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    ASSERT_EQ(ip.checksum.host(), ~sum & 0xffffU) << checksum;
  }
}

TEST(DecrementHops, KeepsAGoodChecksumGoodForEveryTtl) {
  for (unsigned id = 0; id < 0x10000; id += 7) {
    Octets ip = ipv4({.ttl = static_cast<uint8_t>(1 + id % 255), .id = id});
    decrement_hops(*reinterpret_cast<Ipv4Header*>(ip.data()));
    EXPECT_EQ(checksum_of(ip, 0, 20), 0U);
  }
}

class RewriteTest : public testing::Test {
 protected:
  // Sends one packet by the hop; gives what came out of the port, if anything did.
  template <typename Family>
  Octets send(rte_mbuf* m, unsigned l3_offset, uint32_t length, NextHopIndex hop, uint16_t port) {
    auto batch = std::make_unique<Batch<Family>>();
    batch->add(m, {l3_offset, length}, {});
    batch->hops[0] = hop;
    batch->entries[0] = kNoEntry;
    rewrite(*batch, {&rig_.view, tx_.get(), disposal_.get()});
    EXPECT_EQ(batch->count, 0U);
    tx_->flush();
    disposal_->flush();
    Octets bytes;
    for (rte_mbuf* out : PortRig::take(port)) {
      bytes = bytes_of(out);
      expect_sound(out);
      rte_pktmbuf_free(out);
    }
    return bytes;
  }
  Octets send4(const Octets& frame, NextHopIndex hop, unsigned l3 = 14, uint16_t port = 1) {
    return send<Ipv4>(pool_.make(frame), l3, static_cast<uint32_t>(frame.size() - l3), hop, port);
  }
  uint64_t count(Verdict v) const { return counters_.verdict(v).get(); }

  RouterRig rig_;
  MbufPool pool_{1023};
  PortRig ports_{pool_};
  LcoreCounters counters_;
  std::unique_ptr<Disposal> disposal_ = std::make_unique<Disposal>(counters_);
  std::unique_ptr<TxBuffers> tx_ = std::make_unique<TxBuffers>(rig_.view, 1, counters_, *disposal_);
};

TEST_F(RewriteTest, MakesTheFrameThatTheReferenceMakes) {
  const Octets four = frame4();
  EXPECT_EQ(send4(four, kHopA), forwarded(four, judge(four, kOwnMac), kMacA, kPortMac1));
  EXPECT_EQ(send4(four, kHopB, 14, 0), forwarded(four, judge(four, kOwnMac), kMacB, kOwnMac));
  const Octets six = frame6();
  const auto length = static_cast<uint32_t>(six.size() - 14);
  EXPECT_EQ(send<Ipv6>(pool_.make(six), 14, length, kHopA, 1),
            forwarded(six, judge(six, kOwnMac), kMacA, kPortMac1));
}

TEST_F(RewriteTest, PutsTagsOnAndTakesThemOff) {
  const Octets plain = frame4();
  const Octets wanted = forwarded(plain, judge(plain, kOwnMac), kMacA, kPortMac1);
  EXPECT_EQ(send4(tagged(plain, 0), kHopA, 18), wanted);
  EXPECT_EQ(send4(plain, kVlanHop), tagged(wanted, 42));
  EXPECT_EQ(send4(tagged(plain, 7U << 13U), kVlanHop, 18), tagged(wanted, 42));
}

TEST_F(RewriteTest, LeavesTheOtherSegmentsAlone) {
  const Octets frame = frame4({.payload = 200});
  for (NextHopIndex hop : {kHopA, kVlanHop}) {
    const Octets wanted =
        forwarded(frame, judge(frame, kOwnMac), kMacA, kPortMac1, hop == kVlanHop ? 42 : 0);
    EXPECT_EQ(send<Ipv4>(pool_.make(frame, {34, 90}), 14, 228, hop, 1), wanted);
  }
}

TEST_F(RewriteTest, DropsWhatIsLargerThanTheWayOut) {
  EXPECT_FALSE(send4(frame4({.payload = 72}), kNarrowHop).empty());  // 100 bytes
  EXPECT_TRUE(send4(frame4({.payload = 73}), kNarrowHop).empty());
  EXPECT_EQ(count(Verdict::kDropMtu), 1U);
}

TEST_F(RewriteTest, DropsWhereATagFindsNoHeadroom) {
  const Octets frame = frame4();
  EXPECT_TRUE(send<Ipv4>(pool_.make(frame, {}, 3), 14, 46, kVlanHop, 1).empty());
  EXPECT_EQ(count(Verdict::kDropNoMemory), 1U);
}

TEST_F(RewriteTest, EachKindOfHopHasItsVerdict) {
  const std::pair<NextHopIndex, Verdict> kinds[] = {
      {kNoRouteHop, Verdict::kDropNoRoute},        {kLocalHop, Verdict::kConsumeLocal},
      {kBlackholeHop, Verdict::kDropBlackhole},    {kGleanHop, Verdict::kDropNoNeighbour},
      {kUnresolvedHop, Verdict::kDropNoNeighbour}, {kUnreachableHop, Verdict::kDropUnreachable},
  };
  for (const auto& [hop, verdict] : kinds) {
    const uint64_t before = count(verdict);
    EXPECT_TRUE(send4(frame4(), hop).empty());
    EXPECT_EQ(count(verdict), before + 1) << name(verdict);
  }
}

TEST_F(RewriteTest, PacketsThatExpireHereAreAskedForARouteFirst) {
  const auto verdict = [](HopKind kind, Verdict unless_local) {
    return verdict_aside<Ipv4>(nullptr, 14, unless_local, kind);
  };
  EXPECT_EQ(verdict(HopKind::kAdjacency, Verdict::kDropTtlExpired), Verdict::kDropTtlExpired);
  EXPECT_EQ(verdict(HopKind::kNoRoute, Verdict::kDropTtlExpired), Verdict::kDropNoRoute);
  EXPECT_EQ(verdict(HopKind::kBlackhole, Verdict::kDropTtlExpired), Verdict::kDropBlackhole);
  EXPECT_EQ(verdict(HopKind::kLocal, Verdict::kDropTtlExpired), Verdict::kConsumeLocal);
  EXPECT_EQ(verdict(HopKind::kLocal, Verdict::kDropLinkBroadcast), Verdict::kConsumeLocal);
  EXPECT_EQ(verdict(HopKind::kNoRoute, Verdict::kDropLinkBroadcast), Verdict::kDropLinkBroadcast);
}

}  // namespace
}  // namespace dstfwd
