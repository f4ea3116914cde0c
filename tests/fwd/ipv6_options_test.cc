// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv6_options.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using Outcome = Ipv6OptionsCheck::Outcome;

// An IPv6 packet with one hop-by-hop header of `body` (8 * n - 2 bytes), then nothing.
std::vector<uint8_t> packet_with(const std::string& body, bool to_group = false) {
  std::string digits =
      "6000000000000040"
      "20010db8000000000000000000000002";
  digits += to_group ? "ff0e0000000000000000000000000001" : "20010db8100000000000000000000001";
  auto packet = from_hex(digits + "3b00" + body);
  packet[41] = static_cast<uint8_t>((packet.size() - 40) / 8 - 1);
  packet[5] = static_cast<uint8_t>(packet.size() - 40);
  return packet;
}

Ipv6OptionsCheck check(const std::string& body, bool to_group = false) {
  return check_ipv6_options(packet_with(body, to_group), 40);
}

TEST(Ipv6Options, KnownOptionsAndPaddingAreFine) {
  for (const char* body : {"010400000000", "000000000000", "050200000100", "050200000100",
                           "1e0400000000" /* unknown, skip */,
                           "01020000"
                           "0000"}) {
    EXPECT_EQ(check(body).outcome, Outcome::kFine) << body;
  }
}

TEST(Ipv6Options, PaddingThatHidesSomethingIsDropped) {
  EXPECT_EQ(check("010400000001").outcome, Outcome::kDrop);
  EXPECT_EQ(check("00000000"
                  "0000"
                  "0104"
                  "00000000"
                  "0000")
                .outcome,
            Outcome::kDrop);
}

TEST(Ipv6Options, UnknownOptionsAreTreatedAsTheirBitsSay) {
  EXPECT_EQ(check("1e0400000000").outcome, Outcome::kFine);
  EXPECT_EQ(check("5e0400000000").outcome, Outcome::kDrop);
  for (const char* body : {"9e0400000000", "de0400000000"}) {
    const Ipv6OptionsCheck result = check(body);
    EXPECT_EQ(result.outcome, Outcome::kReport);
    EXPECT_EQ(result.report.cause, IcmpCause::kBadOption);
    EXPECT_EQ(result.report.value, 42U);
  }
  EXPECT_EQ(check("9e0400000000", true).outcome, Outcome::kReport);
  EXPECT_EQ(check("de0400000000", true).outcome, Outcome::kDrop);
}

TEST(Ipv6Options, AJumboPayloadThatIsNoneIsReported) {
  const Ipv6OptionsCheck result = check("c20400000020");
  EXPECT_EQ(result.outcome, Outcome::kReport);
  EXPECT_EQ(result.report.cause, IcmpCause::kBadHeader);
  EXPECT_EQ(result.report.value, 44U);
  EXPECT_EQ(check("c20400010000").report.value, 42U) << "with a payload length besides";
}

TEST(Ipv6Options, MalformedOptionsAreDropped) {
  EXPECT_EQ(check("1e4000000000").outcome, Outcome::kDrop) << "beyond the header";
  EXPECT_EQ(check("00000000001e").outcome, Outcome::kDrop) << "no length";
  EXPECT_EQ(check("050300000100").outcome, Outcome::kDrop) << "router alert of 3 bytes";
  auto packet = packet_with("010400000000");
  packet[41] = 1;
  EXPECT_EQ(check_ipv6_options(packet, 40).outcome, Outcome::kDrop) << "beyond the packet";
  EXPECT_EQ(check_ipv6_options(std::span(packet).first(44), 40).outcome, Outcome::kDrop);
}

TEST(Ipv6Options, NineOptionsAreTooMany) {
  std::string eight;
  for (int i = 0; i < 8; ++i) eight += "1e00";
  EXPECT_EQ(check(eight + "01020000"
                          "0000")
                .outcome,
            Outcome::kFine);
  EXPECT_EQ(check(eight + "1e00"
                          "01020000")
                .outcome,
            Outcome::kDrop);
}

}  // namespace
}  // namespace dstfwd
