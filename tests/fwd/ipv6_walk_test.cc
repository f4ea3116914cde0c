// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv6_walk.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

// An IPv6 header whose next header is `next`, and what follows it, in hexadecimal.
std::vector<uint8_t> packet(uint8_t next, const std::string& rest) {
  auto bytes = test::from_hex("6000000000000040" + std::string(64, '0') + rest);
  bytes[6] = next;
  bytes[5] = static_cast<uint8_t>(bytes.size() - 40);
  return bytes;
}

TEST(Ipv6Walk, WithoutExtensionsThePayloadFollowsTheHeader) {
  const auto p = find_ipv6_payload(packet(17, "0fa0138800080000"));
  EXPECT_EQ(p.protocol, 17U);
  EXPECT_EQ(p.offset, 40U);
  EXPECT_EQ(p.field_offset, 6U);
  EXPECT_TRUE(p.complete);
  EXPECT_FALSE(p.later_fragment);
}

TEST(Ipv6Walk, EachKindOfExtensionHasItsLength) {
  // Hop-by-hop (16 bytes), routing (8), authentication (12), destination (8), then UDP.
  const auto bytes = packet(0,
                            "2b01010c000000000000000000000000"
                            "3300000000000000"
                            "3c0100000000000000000000"
                            "1100010400000000"
                            "0fa0138800080000");
  std::vector<std::pair<unsigned, size_t>> seen;
  const auto p = walk_ipv6_headers(Bytes(bytes), [&](uint8_t protocol, size_t offset) {
    seen.emplace_back(protocol, offset);
    return true;
  });
  const std::vector<std::pair<unsigned, size_t>> expected = {{0, 40}, {43, 56}, {51, 64}, {60, 76}};
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(p.protocol, 17U);
  EXPECT_EQ(p.offset, 84U);
  EXPECT_EQ(p.field_offset, 76U) << "named by the destination header";
}

TEST(Ipv6Walk, StopsAtALaterFragment) {
  const auto p = find_ipv6_payload(packet(44, "1100000900000001" + std::string(16, '0')));
  EXPECT_TRUE(p.later_fragment);
  EXPECT_EQ(p.protocol, kProtoFragment);
  EXPECT_EQ(p.offset, 40U);
  EXPECT_FALSE(
      find_ipv6_payload(packet(44, "1100000100000001" + std::string(16, '0'))).later_fragment)
      << "the first one";
}

TEST(Ipv6Walk, TheVisitorMayStopIt) {
  const auto bytes = packet(60, "11000104000000000fa0138800080000");
  const auto p = walk_ipv6_headers(Bytes(bytes), [](uint8_t, size_t) { return false; });
  EXPECT_EQ(p.protocol, 60U);
  EXPECT_EQ(p.offset, 40U);
}

TEST(Ipv6Walk, HeadersThatGoOnBeyondTheBytesAreIncomplete) {
  EXPECT_FALSE(find_ipv6_payload(packet(60, "11000104")).complete);
  EXPECT_FALSE(find_ipv6_payload(packet(60, "1105010400000000")).complete);
  EXPECT_FALSE(find_ipv6_payload(packet(17, "")).complete);
  EXPECT_FALSE(find_ipv6_payload(Bytes()).complete);
}

}  // namespace
}  // namespace dstfwd
