// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/nd.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "fwd/address_scope.h"
#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::slow_checksum;
using test::to_hex;

constexpr MacAddress kMac1{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kMac2{{2, 0, 0, 0, 0, 2}};

// Scapy's bytes: IPv6(hlim=255)/ICMPv6ND_*/ICMPv6NDOpt*.
constexpr char kSolicit[] =
    "6000000000203aff20010db8000000000000000000000001ff0200000000000000000001ff000002"
    "87001c270000000020010db80000000000000000000000020101020000000001";
constexpr char kUnicastSolicit[] =
    "6000000000203aff20010db800000000000000000000000120010db8000000000000000000000002"
    "8700ec720000000020010db80000000000000000000000020101020000000001";
constexpr char kDadProbe[] =
    "6000000000183aff00000000000000000000000000000000ff0200000000000000000001ff000002"
    "87004ceb0000000020010db8000000000000000000000002";
constexpr char kAdvert[] =
    "6000000000203aff20010db800000000000000000000000220010db8000000000000000000000001"
    "88000a71e000000020010db80000000000000000000000020201020000000002";
constexpr char kAnnouncement[] =
    "6000000000203aff20010db8000000000000000000000002ff020000000000000000000000000001"
    "88007927a000000020010db80000000000000000000000020201020000000002";
constexpr char kRouterSolicit[] =
    "6000000000103afffe800000000000000000000000000002ff020000000000000000000000000002"
    "85007a2a000000000101020000000002";
constexpr char kRouterAdvert[] =
    "6000000000403afffe800000000000000000000000000001ff020000000000000000000000000001"
    "8600ede9400007080000000000000000010102000000000105010000000005dc030440c000278d00"
    "00093a800000000020010db8000000000000000000000000";

Ipv6Address v6(const char* text) {
  Ipv6Address a;
  EXPECT_EQ(inet_pton(AF_INET6, text, &a), 1) << text;
  return a;
}

struct Buffer {
  std::array<uint8_t, 256> bytes{};
  std::string hex(size_t size) const { return to_hex({bytes.data(), size}); }
};

// Changes bytes of a good packet and puts the checksum right again, by the slow sum.
std::vector<uint8_t> changed(const char* digits,
                             std::initializer_list<std::pair<size_t, uint8_t>> changes) {
  auto bytes = from_hex(digits);
  for (const auto& [offset, value] : changes) bytes[offset] = value;
  bytes[42] = bytes[43] = 0;
  uint32_t pseudo = static_cast<uint32_t>(bytes.size()) - 40 + 58;
  for (size_t i = 8; i < 40; i += 2) pseudo += uint32_t{bytes[i]} << 8U | bytes[i + 1];
  const uint16_t sum = slow_checksum(std::span(bytes).subspan(40), pseudo % 0xffff);
  bytes[42] = static_cast<uint8_t>(sum >> 8U);
  bytes[43] = static_cast<uint8_t>(sum);
  return bytes;
}

TEST(NdBuild, SolicitationsAreByteForByteScapys) {
  Buffer b;
  const Ipv6Address own = v6("2001:db8::1");
  const Ipv6Address target = v6("2001:db8::2");
  EXPECT_EQ(b.hex(build_neighbour_solicit(b.bytes, own, target, kMac1)), kSolicit);
  EXPECT_EQ(b.hex(build_neighbour_solicit(b.bytes, own, target, kMac1, &target)), kUnicastSolicit);
  EXPECT_EQ(b.hex(build_neighbour_solicit(b.bytes, Ipv6Address{}, target, kMac1)), kDadProbe);
}

TEST(NdBuild, AdvertisementsAreByteForByteScapys) {
  Buffer b;
  const auto solicit = parse_nd(from_hex(kSolicit));
  ASSERT_TRUE(solicit);
  EXPECT_EQ(b.hex(build_neighbour_advert(b.bytes, *solicit, kMac2, true)), kAdvert);
  const auto probe = parse_nd(from_hex(kDadProbe));
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->is_dad_probe());
  EXPECT_EQ(b.hex(build_neighbour_advert(b.bytes, *probe, kMac2, true)), kAnnouncement);
  EXPECT_EQ(b.hex(build_neighbour_announcement(b.bytes, v6("2001:db8::2"), kMac2)), kAnnouncement);
}

TEST(NdBuild, ATentativeAddressDoesNotOverride) {
  Buffer b;
  const size_t size = build_neighbour_advert(b.bytes, *parse_nd(from_hex(kSolicit)), kMac2, false);
  const auto advert = parse_nd({b.bytes.data(), size});
  ASSERT_TRUE(advert);
  EXPECT_TRUE(advert->solicited);
  EXPECT_TRUE(advert->from_router);
  EXPECT_FALSE(advert->override_old);
}

TEST(NdBuild, RouterAdvertisementIsByteForByteScapys) {
  Buffer b;
  const NdPrefix prefix{v6("2001:db8::"), 64};
  EXPECT_EQ(b.hex(build_router_advert(b.bytes, v6("fe80::1"), kAllNodes, kMac1, 1800, 1500,
                                      {&prefix, 1})),
            kRouterAdvert);
}

TEST(NdBuild, ATooSmallBufferGetsNothing) {
  std::array<uint8_t, 71> out{};
  EXPECT_EQ(build_neighbour_solicit(out, v6("2001:db8::1"), v6("2001:db8::2"), kMac1), 0U);
}

TEST(NdParse, FieldsAreFound) {
  const auto ns = parse_nd(from_hex(kSolicit));
  ASSERT_TRUE(ns);
  EXPECT_EQ(ns->type, kIcmp6NeighbourSolicit);
  EXPECT_EQ(ns->src, v6("2001:db8::1"));
  EXPECT_EQ(ns->target, v6("2001:db8::2"));
  EXPECT_EQ(ns->link_layer, kMac1);
  EXPECT_FALSE(ns->is_dad_probe());
  const auto na = parse_nd(from_hex(kAdvert));
  ASSERT_TRUE(na);
  EXPECT_TRUE(na->from_router && na->solicited && na->override_old);
  EXPECT_EQ(na->link_layer, kMac2);
  const auto rs = parse_nd(from_hex(kRouterSolicit));
  ASSERT_TRUE(rs);
  EXPECT_EQ(rs->link_layer, kMac2);
  EXPECT_EQ(parse_nd(from_hex(kRouterAdvert))->type, kIcmp6RouterAdvert);
}

TEST(NdParse, EveryPrefixOfAPacketIsRefused) {
  for (const char* digits : {kSolicit, kAdvert, kRouterSolicit, kRouterAdvert}) {
    const auto bytes = from_hex(digits);
    for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_nd(std::span(bytes).first(n)));
  }
}

TEST(NdParse, ABitErrorAnywhereBehindTheHopLimitIsRefused) {
  const auto good = from_hex(kSolicit);
  for (size_t i = 7; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 0x10;
    EXPECT_FALSE(parse_nd(bad)) << "octet " << i;
  }
}

TEST(NdParse, RulesOfRfc4861AreKept) {
  EXPECT_TRUE(parse_nd(changed(kSolicit, {})));
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{7, 254}}))) << "came through a router";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{41, 1}}))) << "code";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{40, 137}}))) << "a redirect";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{48, 0xff}}))) << "multicast target";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{65, 0}}))) << "option of length zero";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{65, 2}}))) << "option beyond the end";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{66, 3}}))) << "group as link-layer address";
  EXPECT_FALSE(parse_nd(changed(kSolicit, {{8, 0xff}}))) << "multicast source";
  EXPECT_FALSE(parse_nd(changed(kDadProbe, {{39, 3}}))) << "probe to another group";
  EXPECT_FALSE(parse_nd(changed(kAnnouncement, {{44, 0xe0}}))) << "solicited multicast";
  EXPECT_FALSE(parse_nd(changed(kRouterAdvert, {{8, 0x20}}))) << "router not link-local";
}

TEST(NdParse, ASourceOptionWithoutASourceIsRefused) {
  auto bytes = changed(kSolicit, {});
  std::fill_n(bytes.begin() + 8, 16, uint8_t{0});
  EXPECT_FALSE(parse_nd(changed(to_hex(bytes).c_str(), {})));
}

TEST(NdParse, UnknownOptionsAreSkipped) {
  // Type 14 (nonce, RFC 3971) before the link-layer option.
  auto bytes = from_hex(kSolicit);
  const auto nonce = from_hex("0e01010203040506");
  bytes.insert(bytes.begin() + 64, nonce.begin(), nonce.end());
  bytes[5] = 0x28;
  const auto message = parse_nd(changed(to_hex(bytes).c_str(), {}));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->link_layer, kMac1);
}

}  // namespace
}  // namespace dstfwd
