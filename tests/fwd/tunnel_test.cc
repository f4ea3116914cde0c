// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tunnel.h"

#include <gtest/gtest.h>

#include "fwd/address_text.h"

namespace dstfwd {
namespace {

Tunnel tunnel4(uint8_t ttl = kTunnelTtl) {
  Tunnel made{.mode = TunnelMode::kIpip, .ttl = ttl, .local = {}, .remote = {}};
  made.local = TunnelAddress::of(Ipv4Address{Be32::from_host(0xcb007101U)});
  made.remote = TunnelAddress::of(Ipv4Address{Be32::from_host(0xcb007102U)});
  return made;
}

TEST(Tunnel, EachModeHasTheNameOfIpTunnelAndTheProtocolOfWhatItCarries) {
  for (const TunnelMode mode :
       {TunnelMode::kIpip, TunnelMode::kIpip6, TunnelMode::kIp6ip6, TunnelMode::kSit}) {
    EXPECT_EQ(parse_tunnel_mode(name(mode)), mode);
    EXPECT_EQ(tunnel_mode(inner_is_ipv6(mode), outer_is_ipv6(mode)), mode);
    EXPECT_EQ(protocol_of(mode), inner_is_ipv6(mode) ? 41 : 4);
  }
  EXPECT_EQ(name(TunnelMode::kIpip), "ipip");
  EXPECT_EQ(parse_tunnel_mode("gre"), std::nullopt);
}

TEST(Tunnel, ItsTextIsTheCommandThatMakesIt) {
  EXPECT_EQ(to_text(tunnel4()), "tunnel ipip local 203.0.113.1 remote 203.0.113.2");
  EXPECT_EQ(to_text(tunnel4(9)), "tunnel ipip local 203.0.113.1 remote 203.0.113.2 ttl 9");
}

TEST(Tunnel, AnAddressOfEitherFamilyComesBackAsItWas) {
  const auto six = *parse_address<Ipv6>("2001:db8::1");
  EXPECT_EQ(TunnelAddress::of(six).as<Ipv6>(), six);
  const Ipv4Address four{Be32::from_host(0xcb007101U)};
  EXPECT_EQ(TunnelAddress::of(four).as<Ipv4>(), four);
}

TEST(Tunnel, OuterPacketsAreOneFlowOfTheTunnelsProtocol) {
  const FlowKey4 key = outer_key<Ipv4>(tunnel4());
  EXPECT_EQ(key.protocol, 4);
  EXPECT_EQ(key.src.value.host(), 0xcb007101U);
  EXPECT_EQ(key.dst.value.host(), 0xcb007102U);
  EXPECT_EQ(key.kind, FlowKind::kWhole);
}

}  // namespace
}  // namespace dstfwd
