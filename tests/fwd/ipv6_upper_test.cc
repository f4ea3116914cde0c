// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv6_upper.h"

#include "tests/fwd/mbufs.h"
#include "tests/fwd/packets.h"

namespace dstfwd {
namespace {

using test::Octets;

class Ipv6UpperTest : public testing::Test {
 protected:
  Ipv6Upper find(uint8_t first, const Octets& body, bool chained = false) {
    const Octets bytes = test::frame6({.next = first, .body = body});
    std::vector<size_t> cuts;
    if (chained) {
      for (size_t at = 54; at < bytes.size(); at += 3) cuts.push_back(at);
    }
    rte_mbuf* m = pool_.make(bytes, cuts);
    const Ipv6Upper upper = find_upper(m, 14, static_cast<uint32_t>(bytes.size() - 14), first);
    rte_pktmbuf_free(m);
    return upper;
  }
  test::MbufPool pool_{511};
};

const Octets kHop = {60, 0, 1, 4, 0, 0, 0, 0};      // hop-by-hop options, 8 bytes
const Octets kOptions = {43, 1, 1, 12, 0, 0, 0, 0,  // destination options, 16 bytes
                         0,  0, 0, 0,  0, 0, 0, 0};
const Octets kRouting = {51, 0, 4, 0, 0, 0, 0, 0};  // 8 bytes
const Octets kAuth = {17, 4, 0, 0, 0, 0, 0, 1,      // authentication, 24 bytes
                      0,  0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

TEST_F(Ipv6UpperTest, IsAtHandWithoutExtensions) {
  const Ipv6Upper upper = find(17, Octets(8));
  EXPECT_EQ(upper.kind, FlowKind::kWhole);
  EXPECT_EQ(upper.protocol, 17);
  EXPECT_EQ(upper.offset, 40U);
}

TEST_F(Ipv6UpperTest, LiesBehindAllKindsOfExtensions) {
  Octets body;
  for (const Octets& part : {kHop, kOptions, kRouting, kAuth, Octets(8)}) test::append(body, part);
  for (bool chained : {false, true}) {
    const Ipv6Upper upper = find(0, body, chained);
    EXPECT_EQ(upper.kind, FlowKind::kWhole);
    EXPECT_EQ(upper.protocol, 17);
    EXPECT_EQ(upper.offset, 96U);
  }
}

TEST_F(Ipv6UpperTest, OfAFragmentIsWhatTheFragmentHeaderNames) {
  for (const auto& [high, low] : {std::pair<uint8_t, uint8_t>{0, 1}, {0, 8}, {0xff, 0xf8}}) {
    const Ipv6Upper upper = find(44, {17, 0, high, low, 0, 0, 0, 7, 1, 2, 3, 4});
    EXPECT_EQ(upper.kind, FlowKind::kFragment);
    EXPECT_EQ(upper.protocol, 17);
  }
}

TEST_F(Ipv6UpperTest, OfAnAtomicFragmentIsBehindIt) {
  const Ipv6Upper upper = find(44, {17, 0, 0, 6, 0, 0, 0, 7, 1, 2, 3, 4});
  EXPECT_EQ(upper.kind, FlowKind::kWhole);
  EXPECT_EQ(upper.offset, 48U);
}

TEST_F(Ipv6UpperTest, IsOpaqueWhenTheChainIsCutShort) {
  for (size_t size = 0; size < kHop.size(); ++size) {
    const Octets cut(kHop.begin(), kHop.begin() + static_cast<long>(size));
    EXPECT_EQ(find(0, cut).kind, FlowKind::kOpaque) << size;
  }
  EXPECT_EQ(find(60, {17, 255, 0, 0, 0, 0, 0, 0}).kind, FlowKind::kOpaque);
}

TEST_F(Ipv6UpperTest, IsOpaqueBehindMoreThanEightExtensions) {
  Octets chain;
  for (int i = 0; i < 8; ++i) test::append(chain, {60, 0, 1, 4, 0, 0, 0, 0});
  chain[56] = 17;
  EXPECT_EQ(find(60, chain).kind, FlowKind::kWhole);
  test::append(chain, {17, 0, 1, 4, 0, 0, 0, 0});
  chain[56] = 60;
  EXPECT_EQ(find(60, chain).kind, FlowKind::kOpaque);
}

}  // namespace
}  // namespace dstfwd
