// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/icmp6.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::slow_checksum;
using test::to_hex;

constexpr Ipv6Address kOwn{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

// Scapy's bytes.
constexpr char kUdp[] =
    "62800005000d110120010db800000000000000000000000920010db8000100000000000000000007"
    "03e807d0000d54c768656c6c6f";
constexpr char kTimeExceeded[] =
    "60000000003d3a4020010db800000000000000000000000120010db8000000000000000000000009"
    "03002d9700000000"
    "62800005000d110120010db800000000000000000000000920010db8000100000000000000000007"
    "03e807d0000d54c768656c6c6f";
constexpr char kPacketTooBig[] =
    "60000000003d3a4020010db800000000000000000000000120010db8000000000000000000000009"
    "0200291f00000578"
    "62800005000d110120010db800000000000000000000000920010db8000100000000000000000007"
    "03e807d0000d54c768656c6c6f";
constexpr char kEcho[] =
    "62800005000f3a0920010db800000000000000000000000920010db8000000000000000000000001"
    "800092bc004d000361626364656667";
constexpr char kEchoReply[] =
    "62800000000f3a4020010db800000000000000000000000120010db8000000000000000000000009"
    "810091bc004d000361626364656667";
// Hop-by-hop, destination options, first fragment, UDP.
constexpr char kExtensions[] =
    "600000000020004020010db800000000000000000000000920010db8000100000000000000000007"
    "3c000104000000002c000104000000001100000100000009000100020008a458";
constexpr char kLaterFragment[] =
    "6000000000102c4020010db800000000000000000000000920010db8000100000000000000000007"
    "3a000029000000093132333435363738";

constexpr IcmpReport kExpired{IcmpCause::kTtlExpired};

std::vector<uint8_t> error_about(Bytes packet, const IcmpReport& report) {
  std::vector<uint8_t> out(Icmp6::kMaxErrorBytes);
  out.resize(Icmp6::build_error(out, packet, kOwn, report, 0));
  return out;
}

// The ICMPv6 checksum over packet bytes, by the slow sum.
uint16_t slow_icmp6(Bytes packet) {
  uint32_t pseudo = static_cast<uint32_t>(packet.size()) - 40 + 58;
  for (size_t i = 8; i < 40; i += 2) pseudo += uint32_t{packet[i]} << 8U | packet[i + 1];
  return slow_checksum(packet.subspan(40), pseudo % 0xffff);
}

bool allowed(const char* digits, std::initializer_list<std::pair<size_t, uint8_t>> changes,
             const IcmpReport& report = kExpired, bool link_group = false) {
  auto packet = from_hex(digits);
  for (const auto& [offset, value] : changes) packet.at(offset) = value;
  return Icmp6::may_report(packet, report, link_group);
}

TEST(Icmp6, ErrorsAreByteForByteScapys) {
  EXPECT_EQ(to_hex(error_about(from_hex(kUdp), kExpired)), kTimeExceeded);
  EXPECT_EQ(to_hex(error_about(from_hex(kUdp), {IcmpCause::kTooBig, 1400})), kPacketTooBig);
}

TEST(Icmp6, EachCauseHasTheTypeAndCodeOfRfc4443) {
  const struct {
    IcmpReport report;
    uint8_t type, code;
    uint32_t rest;
  } cases[] = {
      {{IcmpCause::kNoRoute}, 1, 0, 0},         {{IcmpCause::kProhibited}, 1, 1, 0},
      {{IcmpCause::kUnreachable}, 1, 3, 0},     {{IcmpCause::kPortUnreachable}, 1, 4, 0},
      {{IcmpCause::kTooBig, 9000}, 2, 0, 9000}, {{IcmpCause::kTooBig, 576}, 2, 0, 1280},
      {{IcmpCause::kTtlExpired}, 3, 0, 0},      {{IcmpCause::kReassemblyTimeout}, 3, 1, 0},
      {{IcmpCause::kBadHeader, 4}, 4, 0, 4},    {{IcmpCause::kProtocolUnreachable, 6}, 4, 1, 6},
      {{IcmpCause::kBadOption, 42}, 4, 2, 42}};
  for (const auto& c : cases) {
    const auto out = error_about(from_hex(kUdp), c.report);
    IcmpHeader icmp;
    ASSERT_TRUE(read_at(out, 40, icmp));
    EXPECT_EQ(icmp.type, c.type);
    EXPECT_EQ(icmp.code, c.code) << unsigned{c.type};
    EXPECT_EQ(icmp.rest.host(), c.rest);
    EXPECT_EQ(slow_icmp6(out), 0);
  }
}

TEST(Icmp6, QuotesAsMuchAsFitsIn1280Bytes) {
  auto packet = from_hex(kUdp);
  packet.resize(1500, 0xa5);
  packet[4] = 1460 >> 8;
  packet[5] = 1460 & 0xff;
  const auto out = error_about(packet, kExpired);
  EXPECT_EQ(out.size(), 1280U);
  EXPECT_TRUE(std::equal(out.begin() + 48, out.end(), packet.begin()));
  EXPECT_EQ(slow_icmp6(out), 0);
}

TEST(Icmp6, DoesNotQuoteWhatLiesBehindThePacket) {
  auto padded = from_hex(kUdp);
  padded.resize(60, 0xee);
  EXPECT_EQ(to_hex(error_about(padded, kExpired)), kTimeExceeded);
}

TEST(Icmp6, NeverReportsWhatRfc4443Forbids) {
  EXPECT_TRUE(allowed(kUdp, {}));
  EXPECT_FALSE(allowed(kUdp, {{8, 0xff}})) << "multicast source";
  EXPECT_FALSE(allowed(kUdp, {{24, 0xff}})) << "multicast destination";
  EXPECT_FALSE(allowed(kUdp, {}, kExpired, true)) << "multicast of the link";
  auto anonymous = from_hex(kUdp);
  std::fill_n(anonymous.begin() + 8, 16, uint8_t{0});
  EXPECT_FALSE(Icmp6::may_report(anonymous, kExpired, false));
  for (const unsigned type : {1U, 2U, 3U, 4U, 100U, 127U, 137U}) {
    EXPECT_FALSE(allowed(kEcho, {{40, static_cast<uint8_t>(type)}})) << type;
  }
  EXPECT_TRUE(allowed(kEcho, {}));
  EXPECT_FALSE(Icmp6::may_report({}, kExpired, false));
}

TEST(Icmp6, MulticastsMayBeTooBigOrHaveABadOption) {
  EXPECT_TRUE(allowed(kUdp, {{24, 0xff}}, {IcmpCause::kTooBig, 1280}, true));
  EXPECT_TRUE(allowed(kUdp, {{24, 0xff}}, {IcmpCause::kBadOption, 42}, true));
}

TEST(Icmp6, LaterFragmentsAreReportedAsAnyPacket) {
  EXPECT_TRUE(allowed(kLaterFragment, {}));
}

TEST(Icmp6, AnErrorBehindExtensionHeadersIsSeen) {
  EXPECT_TRUE(allowed(kExtensions, {}));
  EXPECT_TRUE(allowed(kExtensions, {{56, 58}, {64, 128}}));
  EXPECT_FALSE(allowed(kExtensions, {{56, 58}, {64, 1}}));
}

TEST(Icmp6, PayloadIsFoundBehindExtensionHeaders) {
  const Ipv6Payload found = find_ipv6_payload(from_hex(kExtensions));
  EXPECT_EQ(found.protocol, 17);
  EXPECT_EQ(found.offset, 64U);
  EXPECT_EQ(found.field_offset, 56U);
  EXPECT_TRUE(found.complete);
  EXPECT_FALSE(found.later_fragment);
  const Ipv6Payload plain = find_ipv6_payload(from_hex(kUdp));
  EXPECT_EQ(plain.protocol, 17);
  EXPECT_EQ(plain.offset, 40U);
  EXPECT_EQ(plain.field_offset, 6U);
  const Ipv6Payload fragment = find_ipv6_payload(from_hex(kLaterFragment));
  EXPECT_EQ(fragment.protocol, 44);
  EXPECT_TRUE(fragment.later_fragment);
}

TEST(Icmp6, HeadersBeyondThePacketAreToldAndNotFollowed) {
  const auto packet = from_hex(kExtensions);
  for (size_t n = 0; n <= 64; ++n) {
    EXPECT_FALSE(find_ipv6_payload(std::span(packet).first(n)).complete) << n;
  }
  auto far = packet;
  far[41] = 255;  // the hop-by-hop header says 2 KB
  EXPECT_FALSE(find_ipv6_payload(far).complete);
}

TEST(Icmp6, EchoReplyIsByteForByteScapys) {
  const auto request = from_hex(kEcho);
  ASSERT_TRUE(Icmp6::is_echo_request(request));
  std::array<uint8_t, 100> out{};
  EXPECT_EQ(to_hex({out.data(), Icmp6::build_echo_reply(out, request, kOwn, 0)}), kEchoReply);
}

TEST(Icmp6, OnlyWholeRightRequestsAreEchoed) {
  const auto request = from_hex(kEcho);
  for (size_t n = 0; n < request.size(); ++n) {
    EXPECT_FALSE(Icmp6::is_echo_request(std::span(request).first(n))) << n;
  }
  for (const size_t offset : {20U, 40U, 42U, 44U, 54U}) {
    auto bad = request;
    bad[offset] ^= 1;
    EXPECT_FALSE(Icmp6::is_echo_request(bad)) << offset;
  }
  EXPECT_FALSE(Icmp6::is_echo_request(from_hex(kEchoReply)));
  EXPECT_FALSE(Icmp6::is_echo_request(from_hex(kUdp)));
}

}  // namespace
}  // namespace dstfwd
