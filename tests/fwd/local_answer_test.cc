// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/local_answer.h"

#include <gtest/gtest.h>

#include "fwd/headers.h"
#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::slow_checksum;
using test::to_hex;
using Kind = LocalAnswer::Kind;

constexpr Ipv4Address kOwn4{Be32::from_host(0xc0000201)};
constexpr Ipv6Address kOwn6{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
const LocalContext kContext{.ip_id = 0x1234, .ms_since_midnight = 5000};

constexpr char kIp6[] = "20010db800000000000000000000000220010db8000000000000000000000001";
constexpr char kEcho6[] = "800045720000000170696e67";
constexpr char kEchoReply6[] = "810044720000000170696e67";

// An IPv4 header to us for `payload`.
std::vector<uint8_t> packet4(uint8_t protocol, const std::string& payload) {
  auto bytes = from_hex("450000001234000040000000c0000202c0000201" + payload);
  bytes[3] = static_cast<uint8_t>(bytes.size());
  bytes[9] = protocol;
  return bytes;
}
std::vector<uint8_t> packet6(uint8_t protocol, const std::string& payload) {
  auto bytes = from_hex("6000000000000040" + std::string(kIp6) + payload);
  bytes[5] = static_cast<uint8_t>(bytes.size() - 40);
  bytes[6] = protocol;
  return bytes;
}

struct Answer {
  LocalAnswer answer;
  std::string packet;
};
Answer ask4(const std::vector<uint8_t>& packet) {
  std::array<uint8_t, 2000> out{};
  const LocalAnswer a = answer_local4(out, packet, kOwn4, kContext);
  return {a, to_hex({out.data(), a.bytes})};
}
Answer ask6(const std::vector<uint8_t>& packet) {
  std::array<uint8_t, 2000> out{};
  const LocalAnswer a = answer_local6(out, packet, kOwn6, kContext);
  return {a, to_hex({out.data(), a.bytes})};
}

TEST(LocalAnswer, EchoIsAnswered) {
  const Answer a = ask4(packet4(1, "0800192e0000000170696e67"));
  EXPECT_EQ(a.answer.kind, Kind::kPacket);
  EXPECT_EQ(a.packet.substr(40), "0000212e0000000170696e67");
  const Answer b = ask6(packet6(58, kEcho6));
  EXPECT_EQ(b.answer.kind, Kind::kPacket);
  EXPECT_EQ(b.packet.substr(80), kEchoReply6);
}

TEST(LocalAnswer, EchoBehindExtensionHeadersIsAnsweredWithoutThem) {
  for (const char* headers : {"3a00010400000000", "3a00050200000100"}) {
    const Answer a = ask6(packet6(0, std::string(headers) + kEcho6));
    EXPECT_EQ(a.packet.substr(80), kEchoReply6) << headers;
    const Answer b = ask6(packet6(60, std::string(headers) + kEcho6));
    EXPECT_EQ(b.packet.substr(80), kEchoReply6) << headers;
  }
  EXPECT_EQ(ask6(packet6(43, std::string("3a00000000000000") + kEcho6)).packet.substr(80),
            kEchoReply6)
      << "a routing header at its end";
  EXPECT_EQ(ask6(packet6(44, std::string("3a00000000001234") + kEcho6)).packet.substr(80),
            kEchoReply6)
      << "an atomic fragment";
}

TEST(LocalAnswer, ARoutingHeaderThatGoesOnIsRefused) {
  const Answer a =
      ask6(packet6(43, std::string("3a020001000000001000000000000000000000000000000001") + kEcho6));
  EXPECT_EQ(a.answer.kind, Kind::kReport);
  EXPECT_EQ(a.answer.report.cause, IcmpCause::kBadHeader);
  EXPECT_EQ(a.answer.report.value, 42U);
}

TEST(LocalAnswer, BadOptionsAreReportedOrDropped) {
  const Answer a = ask6(packet6(60, std::string("3a009e0400000000") + kEcho6));
  EXPECT_EQ(a.answer.kind, Kind::kReport);
  EXPECT_EQ(a.answer.report.cause, IcmpCause::kBadOption);
  EXPECT_EQ(a.answer.report.value, 42U);
  EXPECT_EQ(ask6(packet6(60, std::string("3a005e0400000000") + kEcho6)).answer.kind, Kind::kNone);
}

TEST(LocalAnswer, AnEchoedRouteAndTimestampTellOfUs) {
  auto request = packet4(1, "0800192e0000000170696e67");
  const auto options = from_hex(
      "01"
      "070704"
      "00000000"
      "44080500"
      "00000000");
  request.insert(request.begin() + 20, options.begin(), options.end());
  request[0] = 0x49;
  request[3] = static_cast<uint8_t>(request.size());
  const Answer a = ask4(request);
  ASSERT_EQ(a.answer.kind, Kind::kPacket);
  EXPECT_EQ(a.packet.substr(0, 2), "49");
  EXPECT_EQ(a.packet.substr(40, 32),
            "070708c0000201"
            "44080900"
            "00001388"
            "00");
  EXPECT_EQ(a.packet.substr(72), "0000212e0000000170696e67");
  EXPECT_EQ(slow_checksum(from_hex(a.packet.substr(0, 72))), 0);
}

TEST(LocalAnswer, TimestampsAreAnswered) {
  auto request = packet4(1,
                         "0d0000000007000900000064"
                         "0000000000000000");
  const uint16_t sum = slow_checksum(std::span(request).subspan(20));
  request[22] = static_cast<uint8_t>(sum >> 8U);
  request[23] = static_cast<uint8_t>(sum);
  const Answer a = ask4(request);
  ASSERT_EQ(a.answer.kind, Kind::kPacket);
  EXPECT_EQ(a.packet.substr(40, 4), "0e00");
  EXPECT_EQ(a.packet.substr(48),
            "00070009"
            "00000064"
            "00001388"
            "00001388");
  EXPECT_EQ(slow_checksum(from_hex(a.packet.substr(40))), 0);
}

TEST(LocalAnswer, ClosedUdpPortsAreReported) {
  const auto without_checksum = packet4(17, "0fa01388000c000070696e67");
  const Answer a = ask4(without_checksum);
  EXPECT_EQ(a.answer.kind, Kind::kReport);
  EXPECT_EQ(a.answer.report.cause, IcmpCause::kPortUnreachable);
  EXPECT_EQ(ask6(packet6(17, "0fa01388000c000070696e67")).answer.kind, Kind::kNone)
      << "IPv6 needs the checksum";
  EXPECT_EQ(ask6(packet6(17, "0fa0829a0008122f")).answer.report.cause, IcmpCause::kPortUnreachable);
  EXPECT_EQ(ask6(packet6(17, "0fa0829a0008122f")).answer.kind, Kind::kReport);
  EXPECT_EQ(ask6(packet6(17, "0fa0829a00081230")).answer.kind, Kind::kNone) << "wrong checksum";
  EXPECT_EQ(ask4(packet4(17, "0fa01388000d000070696e67")).answer.kind, Kind::kNone) << "too long";
  EXPECT_EQ(ask4(packet4(17, "0fa013880007000070696e67")).answer.kind, Kind::kNone) << "too short";
}

TEST(LocalAnswer, UnknownProtocolsAreReported) {
  EXPECT_EQ(ask4(packet4(89, "00000000")).answer.report.cause, IcmpCause::kProtocolUnreachable);
  EXPECT_EQ(ask4(packet4(2, "00000000")).answer.kind, Kind::kNone) << "IGMP";
  const Answer a = ask6(packet6(89, "00000000"));
  EXPECT_EQ(a.answer.report.cause, IcmpCause::kProtocolUnreachable);
  EXPECT_EQ(a.answer.report.value, 6U) << "the field of the IPv6 header";
  EXPECT_EQ(ask6(packet6(60,
                         "5900010400000000"
                         "00000000"))
                .answer.report.value,
            40U);
  EXPECT_EQ(ask6(packet6(59, "")).answer.kind, Kind::kNone) << "no next header";
}

TEST(LocalAnswer, TcpIsReset) {
  const Answer a =
      ask4(from_hex("45000028000100004006f6cbc0000202c00002010fa00050000003e80000030950102000"
                    "f4ef0000"));
  EXPECT_EQ(a.answer.kind, Kind::kPacket);
  EXPECT_EQ(a.answer.bytes, 40U);
}

TEST(LocalAnswer, EveryCutPacketIsHarmless) {
  for (const auto& packet :
       {packet4(1, "0800192e0000000170696e67"), packet4(17, "0fa01388000c000070696e67")}) {
    for (size_t n = 0; n < packet.size(); ++n) {
      EXPECT_EQ(ask4({packet.begin(), packet.begin() + static_cast<ptrdiff_t>(n)}).answer.kind,
                Kind::kNone);
    }
  }
  for (const auto& packet :
       {packet6(0, std::string("3a00010400000000") + kEcho6), packet6(17, "0fa0829a0008122f")}) {
    for (size_t n = 0; n < packet.size(); ++n) {
      EXPECT_EQ(ask6({packet.begin(), packet.begin() + static_cast<ptrdiff_t>(n)}).answer.kind,
                Kind::kNone);
    }
  }
}

TEST(LocalAnswer, HopByHopOptionsAreFirstOrAnError) {  // RFC 8200 4
  const Answer a = ask6(packet6(60, std::string("00000104000000003a00010400000000") + kEcho6));
  EXPECT_EQ(a.answer.kind, Kind::kReport);
  EXPECT_EQ(a.answer.report.cause, IcmpCause::kProtocolUnreachable);
  EXPECT_EQ(a.answer.report.value, 40U) << "the field that says so";
}

TEST(LocalAnswer, ARoutingHeaderBeyondThePacketIsIgnored) {
  const Answer a = ask6(packet6(43, "3a14000100000000"));
  EXPECT_EQ(a.answer.kind, Kind::kNone);
}

}  // namespace
}  // namespace dstfwd
