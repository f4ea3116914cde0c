// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/encapsulation.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

template <typename Header>
std::string hex(const Header& header) {
  return test::to_hex({reinterpret_cast<const uint8_t*>(&header), sizeof(header)});
}

Tunnel tunnel(TunnelMode mode) {
  Tunnel made{.mode = mode, .ttl = 64, .local = {}, .remote = {}};
  if (outer_is_ipv6(mode)) {
    made.local = TunnelAddress::of(
        Ipv6Address{{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}});
    made.remote = TunnelAddress::of(
        Ipv6Address{{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}});
  } else {
    made.local = TunnelAddress::of(Ipv4Address{Be32::from_host(0xcb007101U)});
    made.remote = TunnelAddress::of(Ipv4Address{Be32::from_host(0xcb007102U)});
  }
  return made;
}

// Checksums by Scapy 2.5: IP(...).build().
TEST(Encapsulation, AnOuterIpv4HeaderIsThatOfRfc2003) {
  Ipv4Header outer;
  write_outer(outer, tunnel(TunnelMode::kIpip), {100, 0xb9, false}, 0x1234);
  EXPECT_EQ(test::slow_checksum({reinterpret_cast<const uint8_t*>(&outer), sizeof(outer)}), 0);
  outer.checksum = {};
  EXPECT_EQ(hex(outer), "45b900781234000040040000cb007101cb007102");
}

TEST(Encapsulation, DontFragmentIsCopiedAndNeedsNoIdentification) {
  Ipv4Header outer;
  write_outer(outer, tunnel(TunnelMode::kIpip), {100, 0, true}, 0x1234);
  EXPECT_EQ(test::slow_checksum({reinterpret_cast<const uint8_t*>(&outer), sizeof(outer)}), 0);
  outer.checksum = {};
  EXPECT_EQ(hex(outer), "450000780000400040040000cb007101cb007102");
}

TEST(Encapsulation, AnOuterIpv6HeaderIsThatOfRfc2473) {
  Ipv6Header outer;
  write_outer(outer, tunnel(TunnelMode::kIpip6), {100, 0xb9, true}, 0);
  EXPECT_EQ(hex(outer),
            "6b90000000640440"
            "20010db8000100000000000000000001"
            "20010db8000100000000000000000002");
  write_outer(outer, tunnel(TunnelMode::kIp6ip6), {100, 0, false}, 0);
  EXPECT_EQ(hex(outer).substr(0, 16), "6000000000642940");
}

TEST(Encapsulation, EcnComesOutAsRfc6040Figure4Says) {
  using enum Ecn;
  const auto drop = std::optional<Ecn>{};
  const struct {
    Ecn inner;
    std::optional<Ecn> by_outer[4];  // Not-ECT, ECT(1), ECT(0), CE
  } figure[] = {{kNotEct, {kNotEct, kNotEct, kNotEct, drop}},
                {kEct0, {kEct0, kEct1, kEct0, kCe}},
                {kEct1, {kEct1, kEct1, kEct1, kCe}},
                {kCe, {kCe, kCe, kCe, kCe}}};
  for (const auto& row : figure) {
    for (unsigned outer = 0; outer < 4; ++outer) {
      EXPECT_EQ(combine_ecn(row.inner, static_cast<Ecn>(outer)), row.by_outer[outer])
          << static_cast<int>(row.inner) << " in " << outer;
    }
  }
}

TEST(Encapsulation, ANewEcnFieldKeepsTheChecksumRightAndAWrongOneWrong) {
  for (unsigned tos = 0; tos < 256; ++tos) {
    for (unsigned wrong = 0; wrong < 2; ++wrong) {
      Ipv4Header ip;
      write_outer(ip, tunnel(TunnelMode::kIpip), {100, static_cast<uint8_t>(tos), false}, 7);
      ip.checksum = Be16::from_host(static_cast<uint16_t>(ip.checksum.host() + wrong));
      set_ecn(ip, Ecn::kCe);
      EXPECT_EQ(ip.tos, tos | 3U);
      const auto sum = test::slow_checksum({reinterpret_cast<const uint8_t*>(&ip), sizeof(ip)});
      EXPECT_EQ(sum != 0, wrong != 0) << tos;
    }
  }
}

TEST(Encapsulation, ANewEcnFieldChangesNothingElseOfAnIpv6Header) {
  Ipv6Header ip;
  write_outer(ip, tunnel(TunnelMode::kIp6ip6), {100, 0xb8, false}, 0);
  Ipv6Header want = ip;
  want.version_class_label = Be32::from_host(ip.version_class_label.host() | 2U << kClassShift);
  set_ecn(ip, Ecn::kEct0);
  EXPECT_EQ(hex(ip), hex(want));
}

}  // namespace
}  // namespace dstfwd
