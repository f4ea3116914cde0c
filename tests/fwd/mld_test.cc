// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mld.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::to_hex;

// Scapy's bytes: ICMPv6MLReport2, ICMPv6MLQuery2 and ICMPv6MLQuery behind a router alert.
constexpr char kReport[] =
    "6000000000380001fe800000000000000000000000000001ff020000000000000000000000000016"
    "3a00050200000100"
    "8f006ded0000000204000000ff0200000000000000000001ff00000104000000ff0200000000000000000000000000"
    "02";
constexpr char kGeneralQuery[] =
    "6000000000240001fe800000000000000000000000000009ff020000000000000000000000000001"
    "3a00050200000100"
    "8200590b271000000000000000000000000000000000000000000000";
constexpr char kOldQuery[] =
    "6000000000200001fe800000000000000000000000000009ff0200000000000000000001ff000001"
    "3a00050200000100"
    "82007f2f03e80000ff0200000000000000000001ff000001";

Ipv6Address v6(const char* text) {
  Ipv6Address a;
  EXPECT_EQ(inet_pton(AF_INET6, text, &a), 1) << text;
  return a;
}

TEST(Mld, AReportIsByteForByteScapys) {
  const std::array groups = {v6("ff02::1:ff00:1"), v6("ff02::2")};
  std::array<uint8_t, 200> out{};
  EXPECT_EQ(
      to_hex({out.data(), build_mld_report(out, v6("fe80::1"), MldRecord::kToExclude, groups)}),
      kReport);
}

TEST(Mld, AsManyGroupsAsFitAreReported) {
  const std::vector<Ipv6Address> groups(100, v6("ff02::1:ff00:1"));
  std::array<uint8_t, 56 + 20 * 3 + 19> out{};
  const size_t size = build_mld_report(out, v6("fe80::1"), MldRecord::kIsExclude, groups);
  EXPECT_EQ(size, 56U + 20 * 3);
  EXPECT_EQ(out[55], 3);
  EXPECT_EQ(out[56], 2);
}

TEST(Mld, QueriesOfBothVersionsAreUnderstood) {
  const auto general = parse_mld_query(from_hex(kGeneralQuery));
  ASSERT_TRUE(general);
  EXPECT_EQ(general->group, Ipv6Address{});
  EXPECT_EQ(general->max_response_ms, 10000U);
  const auto old = parse_mld_query(from_hex(kOldQuery));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->group, v6("ff02::1:ff00:1"));
  EXPECT_EQ(old->max_response_ms, 1000U);
}

TEST(Mld, OtherThanValidQueriesAreNot) {
  const auto good = from_hex(kGeneralQuery);
  for (size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(parse_mld_query(std::span(good).first(n)));
  const auto with = [&](size_t offset, uint8_t value) {
    auto bytes = good;
    bytes[offset] = value;
    return parse_mld_query(bytes).has_value();
  };
  EXPECT_FALSE(with(7, 2)) << "hop limit";
  EXPECT_FALSE(with(8, 0x20)) << "source not link-local";
  EXPECT_FALSE(with(24, 0xfe)) << "to one node";
  EXPECT_FALSE(with(42, 1)) << "no router alert";
  EXPECT_FALSE(with(48, 131)) << "a report";
  EXPECT_FALSE(with(60, 1)) << "checksum";
}

}  // namespace
}  // namespace dstfwd
