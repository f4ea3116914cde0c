// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/arp.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::to_hex;

constexpr MacAddress kMac1{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kMac2{{2, 0, 0, 0, 0, 2}};
constexpr Ipv4Address kAddress1{Be32::from_host(0xc0000201)};
constexpr Ipv4Address kAddress2{Be32::from_host(0xc0000202)};

// Scapy's bytes: ARP(op, hwsrc, psrc, hwdst, pdst).
constexpr char kRequest[] = "0001080006040001020000000001c0000201000000000000c0000202";
constexpr char kReply[] = "0001080006040002020000000001c0000201020000000002c0000202";
constexpr char kProbe[] = "000108000604000102000000000100000000000000000000c0000201";
constexpr char kAnnouncement[] = "0001080006040001020000000001c0000201000000000000c0000201";

std::string built(const ArpMessage& message) {
  std::array<uint8_t, 64> out{};
  return to_hex({out.data(), build_arp(out, message)});
}

TEST(Arp, MessagesAreByteForByteScapys) {
  EXPECT_EQ(built(arp_request(kMac1, kAddress1, kAddress2)), kRequest);
  EXPECT_EQ(built(arp_probe(kMac1, kAddress1)), kProbe);
  EXPECT_EQ(built(arp_announcement(kMac1, kAddress1)), kAnnouncement);
  const auto request = parse_arp(from_hex(built(arp_request(kMac2, kAddress2, kAddress1))));
  ASSERT_TRUE(request);
  EXPECT_EQ(built(arp_reply(kMac1, *request)), kReply);
}

TEST(Arp, WhatIsBuiltIsParsedBack) {
  for (const char* digits : {kRequest, kReply, kProbe, kAnnouncement}) {
    const auto message = parse_arp(from_hex(digits));
    ASSERT_TRUE(message) << digits;
    EXPECT_EQ(built(*message), digits);
  }
}

TEST(Arp, ProbesAndAnnouncementsAreTold) {
  EXPECT_TRUE(parse_arp(from_hex(kProbe))->is_probe());
  EXPECT_FALSE(parse_arp(from_hex(kProbe))->is_announcement());
  EXPECT_TRUE(parse_arp(from_hex(kAnnouncement))->is_announcement());
  EXPECT_FALSE(parse_arp(from_hex(kRequest))->is_probe());
}

TEST(Arp, TheAnswerToAProbeGoesToTheProber) {
  const ArpMessage reply = arp_reply(kMac2, *parse_arp(from_hex(kProbe)));
  EXPECT_EQ(reply.target_mac, kMac1);
  EXPECT_EQ(reply.target, Ipv4Address{});
  EXPECT_EQ(reply.sender, kAddress1);
  EXPECT_EQ(reply.sender_mac, kMac2);
}

TEST(Arp, PaddingBehindTheMessageIsAllowed) {
  auto bytes = from_hex(kRequest);
  bytes.resize(46, 0x55);
  EXPECT_EQ(parse_arp(bytes), parse_arp(from_hex(kRequest)));
}

TEST(Arp, EveryShorterFrameIsRefused) {
  const auto bytes = from_hex(kRequest);
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_arp(std::span(bytes).first(n)));
}

TEST(Arp, WrongFieldsAreRefused) {
  const auto with = [](size_t offset, uint8_t value, const char* digits = kRequest) {
    auto bytes = from_hex(digits);
    bytes[offset] = value;
    return parse_arp(bytes).has_value();
  };
  EXPECT_TRUE(with(1, 1));
  EXPECT_FALSE(with(1, 6));     // IEEE 802
  EXPECT_FALSE(with(2, 0x86));  // not IPv4
  EXPECT_FALSE(with(4, 8));     // hardware address length
  EXPECT_FALSE(with(5, 16));    // protocol address length
  EXPECT_FALSE(with(7, 3));     // RARP
  EXPECT_FALSE(with(7, 0));
  EXPECT_FALSE(with(8, 0x01));   // a group is not a station
  EXPECT_FALSE(with(14, 0xe0));  // nor is a multicast address
  EXPECT_FALSE(with(14, 0x7f));
  EXPECT_FALSE(with(24, 0xff));
  EXPECT_FALSE(with(7, 2, kProbe));  // a reply by nobody
}

TEST(Arp, ATooSmallBufferGetsNothing) {
  std::array<uint8_t, kArpBytes - 1> out{};
  EXPECT_EQ(build_arp(out, arp_probe(kMac1, kAddress1)), 0U);
}

}  // namespace
}  // namespace dstfwd
