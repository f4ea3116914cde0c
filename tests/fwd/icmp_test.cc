// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/icmp.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::slow_checksum;
using test::to_hex;

constexpr Ipv4Address kOwn{Be32::from_host(0xc0000201)};
constexpr uint16_t kId = 0x1234;

// Scapy's bytes.
constexpr char kUdp[] = "45280021000700000111cd59c0000209c633640703e807d0000dc40568656c6c6f";
constexpr char kTimeExceeded[] =
    "45c8003d123400004001e3b9c0000201c00002090b00e16200000000"
    "45280021000700000111cd59c0000209c633640703e807d0000dc40568656c6c6f";
constexpr char kFragmentationNeeded[] =
    "45c8003d123400004001e3b9c0000201c00002090304e3e600000578"
    "45280021000700000111cd59c0000209c633640703e807d0000dc40568656c6c6f";
constexpr char kEcho[] = "452800230007000009012da1c0000209c000020108006682004d000361626364656667";
constexpr char kEchoReply[] =
    "45280023123400004001e473c0000201c000020900006e82004d000361626364656667";

constexpr IcmpReport kExpired{IcmpCause::kTtlExpired};

std::vector<uint8_t> error_about(Bytes packet, const IcmpReport& report) {
  std::vector<uint8_t> out(Icmp4::kMaxErrorBytes);
  out.resize(Icmp4::build_error(out, packet, kOwn, report, kId));
  return out;
}

bool allowed(std::vector<uint8_t> packet, std::initializer_list<std::pair<size_t, uint8_t>> changes,
             const IcmpReport& report = kExpired, bool link_group = false) {
  for (const auto& [offset, value] : changes) packet.at(offset) = value;
  return Icmp4::may_report(packet, report, link_group);
}

TEST(Icmp, ErrorsAreByteForByteScapys) {
  EXPECT_EQ(to_hex(error_about(from_hex(kUdp), kExpired)), kTimeExceeded);
  EXPECT_EQ(to_hex(error_about(from_hex(kUdp), {IcmpCause::kTooBig, 1400})), kFragmentationNeeded);
}

TEST(Icmp, EachCauseHasTheTypeAndCodeOfItsRfc) {
  const struct {
    IcmpReport report;
    uint8_t type, code;
    uint32_t rest;
  } cases[] = {{{IcmpCause::kTtlExpired}, 11, 0, 0},
               {{IcmpCause::kReassemblyTimeout}, 11, 1, 0},
               {{IcmpCause::kNoRoute}, 3, 0, 0},
               {{IcmpCause::kUnreachable}, 3, 1, 0},
               {{IcmpCause::kProtocolUnreachable}, 3, 2, 0},
               {{IcmpCause::kPortUnreachable}, 3, 3, 0},
               {{IcmpCause::kTooBig, 1280}, 3, 4, 1280},
               {{IcmpCause::kTooBig, 100000}, 3, 4, 65535},
               {{IcmpCause::kProhibited}, 3, 13, 0},
               {{IcmpCause::kBadHeader, 20}, 12, 0, 20U << 24U}};
  for (const auto& c : cases) {
    const auto out = error_about(from_hex(kUdp), c.report);
    IcmpHeader icmp;
    ASSERT_TRUE(read_at(out, 20, icmp));
    EXPECT_EQ(icmp.type, c.type);
    EXPECT_EQ(icmp.code, c.code) << unsigned{c.type};
    EXPECT_EQ(icmp.rest.host(), c.rest);
    EXPECT_EQ(slow_checksum(std::span(out).first(20)), 0);
    EXPECT_EQ(slow_checksum(std::span(out).subspan(20)), 0);
  }
  EXPECT_TRUE(error_about(from_hex(kUdp), {IcmpCause::kBadOption}).empty());
}

TEST(Icmp, QuotesAsMuchAsFitsIn576Bytes) {
  auto packet = from_hex(kUdp);
  packet.resize(1500, 0xa5);
  packet[2] = 1500 >> 8;
  packet[3] = 1500 & 0xff;
  const auto out = error_about(packet, kExpired);
  EXPECT_EQ(out.size(), 576U);
  EXPECT_TRUE(std::equal(out.begin() + 28, out.end(), packet.begin()));
  EXPECT_EQ(slow_checksum(std::span(out).subspan(20)), 0);
}

TEST(Icmp, DoesNotQuoteWhatLiesBehindThePacket) {
  auto padded = from_hex(kUdp);
  padded.resize(46, 0xee);
  EXPECT_EQ(to_hex(error_about(padded, kExpired)), kTimeExceeded);
}

TEST(Icmp, NeverReportsWhatRfc1812Forbids) {
  const auto udp = from_hex(kUdp);
  EXPECT_TRUE(allowed(udp, {}));
  EXPECT_FALSE(allowed(udp, {}, kExpired, true)) << "broadcast of the link";
  EXPECT_FALSE(allowed(udp, {{6, 0x00}, {7, 0x01}})) << "later fragment";
  EXPECT_TRUE(allowed(udp, {{6, 0x20}})) << "first fragment";
  EXPECT_FALSE(allowed(udp, {{16, 0xe0}})) << "multicast";
  EXPECT_FALSE(allowed(udp, {{16, 255}, {17, 255}, {18, 255}, {19, 255}})) << "broadcast";
  EXPECT_FALSE(allowed(udp, {{12, 0}})) << "source in 0/8";
  EXPECT_FALSE(allowed(udp, {{12, 127}})) << "loopback source";
  EXPECT_FALSE(allowed(udp, {{12, 0xe1}})) << "multicast source";
  EXPECT_FALSE(allowed(udp, {{12, 0xf1}})) << "class E source";
  EXPECT_FALSE(allowed(udp, {{0, 0x44}})) << "no header";
  EXPECT_FALSE(allowed(udp, {{0, 0x4f}})) << "header beyond the packet";
  EXPECT_FALSE(allowed(udp, {}, {IcmpCause::kBadOption})) << "not of IPv4";
  EXPECT_FALSE(Icmp4::may_report({}, kExpired, false));
}

TEST(Icmp, NeverReportsAboutErrors) {
  const auto echo = from_hex(kEcho);
  for (const unsigned type : {3U, 4U, 5U, 11U, 12U, 19U, 42U, 255U}) {
    EXPECT_FALSE(allowed(echo, {{20, static_cast<uint8_t>(type)}})) << type;
  }
  for (const unsigned type : {0U, 8U, 13U, 14U, 17U}) {
    EXPECT_TRUE(allowed(echo, {{20, static_cast<uint8_t>(type)}})) << type;
  }
  EXPECT_FALSE(Icmp4::may_report(std::span(echo).first(20), kExpired, false)) << "type unknown";
}

TEST(Icmp, EchoReplyIsByteForByteScapys) {
  const auto request = from_hex(kEcho);
  ASSERT_TRUE(Icmp4::is_echo_request(request));
  std::array<uint8_t, 100> out{};
  EXPECT_EQ(to_hex({out.data(), Icmp4::build_echo_reply(out, request, kOwn, kId)}), kEchoReply);
}

TEST(Icmp, EchoReplySkipsTheRequestsOptions) {
  auto request = from_hex(kEcho);
  const auto nops = from_hex("01010101");
  request.insert(request.begin() + 20, nops.begin(), nops.end());
  request[0] = 0x46;
  request[3] = static_cast<uint8_t>(request.size());
  ASSERT_TRUE(Icmp4::is_echo_request(request));
  std::array<uint8_t, 100> out{};
  EXPECT_EQ(to_hex({out.data(), Icmp4::build_echo_reply(out, request, kOwn, kId)}), kEchoReply);
}

TEST(Icmp, OnlyWholeRightRequestsAreEchoed) {
  const auto request = from_hex(kEcho);
  for (size_t n = 0; n < request.size(); ++n) {
    EXPECT_FALSE(Icmp4::is_echo_request(std::span(request).first(n))) << n;
  }
  for (const size_t offset : {20U, 22U, 24U, 34U}) {
    auto bad = request;
    bad[offset] ^= 1;
    EXPECT_FALSE(Icmp4::is_echo_request(bad)) << offset;
  }
  auto fragment = request;
  fragment[6] = 0x20;
  EXPECT_FALSE(Icmp4::is_echo_request(fragment));
  EXPECT_FALSE(Icmp4::is_echo_request(from_hex(kEchoReply)));
  EXPECT_FALSE(Icmp4::is_echo_request(from_hex(kUdp)));
}

TEST(Icmp, ATooSmallBufferGetsNothing) {
  std::array<uint8_t, 60> out{};
  EXPECT_EQ(Icmp4::build_error(out, from_hex(kUdp), kOwn, kExpired, kId), 0U);
}

}  // namespace
}  // namespace dstfwd
