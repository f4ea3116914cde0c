// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::slow_checksum;

TEST(Checksum, TheExampleOfRfc1071HasItsSum) {
  // RFC 1071 section 3: the sum is ddf2, so the checksum is its complement.
  EXPECT_EQ(internet_checksum(from_hex("0001f203f4f5f6f7")).host(), 0x220d);
}

TEST(Checksum, DataWithItsChecksumInPlaceSumsToZero) {
  EXPECT_EQ(internet_checksum(from_hex("45280021000700000111cd59c0000209c6336407")).raw, 0);
}

TEST(Checksum, EveryLengthAgreesWithASlowSum) {
  std::mt19937 random(1);
  for (size_t length = 0; length < 300; ++length) {
    std::vector<uint8_t> data(length);
    for (uint8_t& b : data) b = static_cast<uint8_t>(random());
    EXPECT_EQ(internet_checksum(data).host(), slow_checksum(data)) << length;
  }
}

TEST(Checksum, AllOnesDoesNotLoseItsCarries) {
  const std::vector<uint8_t> data(65535, 0xff);
  EXPECT_EQ(internet_checksum(data).host(), slow_checksum(data));
}

TEST(Checksum, ThePseudoHeaderOfBothFamiliesCounts) {
  // Datagrams made by Scapy, checksums in place.
  const auto udp = from_hex("03e807d0000dc40568656c6c6f");
  EXPECT_EQ(transport_checksum(Ipv4Address{Be32::from_host(0xc0000209)},
                               Ipv4Address{Be32::from_host(0xc6336407)}, 17, udp)
                .raw,
            0);
  const auto packet = from_hex(
      "62800005000d110120010db800000000000000000000000920010db8000100000000000000000007"
      "03e807d0000d54c768656c6c6f");
  Ipv6Address src;
  Ipv6Address dst;
  std::copy_n(packet.begin() + 8, 16, src.bytes.begin());
  std::copy_n(packet.begin() + 24, 16, dst.bytes.begin());
  EXPECT_EQ(transport_checksum(src, dst, 17, std::span(packet).subspan(40)).raw, 0);
}

}  // namespace
}  // namespace dstfwd
