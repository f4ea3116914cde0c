// SPDX-License-Identifier: BSD-3-Clause
// A RouterRig with tunnels from its own addresses: IPv4 and IPv6 in 198.18.0.1's direction (port 1,
// next hop A), IPv4 in IPv6 likewise.
#pragma once

#include "fwd/address_text.h"
#include "tests/fwd/router_rig.h"

namespace dstfwd::test {

inline constexpr uint32_t kNear4 = 0xc0000201U;           // 192.0.2.1, the router's
inline constexpr uint32_t kFar4 = kToA4;                  // 198.18.0.1
inline constexpr uint32_t kToTunnel4 = 0x64010001U;       // 100.1.0.1, into kIpip
inline constexpr uint32_t kToTunnel6in = 0x64020001U;     // 100.2.0.1, into kIpip6
inline constexpr uint32_t kToStrayTunnel4 = 0x64030001U;  // 100.3.0.1, whose outer has no route

class TunnelRig : public RouterRig {
 public:
  explicit TunnelRig(uint32_t entries = 256) : RouterRig(entries) {
    // The CacheRig's next hops were set without being allocated.
    for (uint32_t hop = NextHopTable::kFixed; hop <= to_u32(kGroupHop); ++hop)
      EXPECT_EQ(cache.hops.allocate(cache.hops[NextHopIndex{hop}].read()), NextHopIndex{hop});
    near6 = *parse_address<Ipv6>("2001:db8::1");
    far6 = *parse_address<Ipv6>("2001:db8:1000::1");
    const LinkRef link{PortId{0}, 0};
    EXPECT_TRUE(addresses4.add({.link = link, .prefix = {{Be32::from_host(kNear4)}, 24}}));
    EXPECT_TRUE(addresses6.add({.link = link, .prefix = {near6, 64}}));
    tunnels.attach(addresses4, addresses6);
    ipip = make(TunnelMode::kIpip, Ipv4Address{Be32::from_host(kNear4)},
                Ipv4Address{Be32::from_host(kFar4)});
    sit = make(TunnelMode::kSit, Ipv4Address{Be32::from_host(kNear4)},
               Ipv4Address{Be32::from_host(kFar4)});
    ipip6 = make(TunnelMode::kIpip6, near6, far6);
    stray = make(TunnelMode::kIpip, Ipv4Address{Be32::from_host(kNear4)},
                 Ipv4Address{Be32::from_host(kToNowhere4)});
    tunnels.publish();
    route4(kToTunnel4 & 0xffff0000U, 16, ipip);
    route4(kToTunnel6in & 0xffff0000U, 16, ipip6);
    route4(kToStrayTunnel4 & 0xffff0000U, 16, stray);
    route6({0x20, 0x01, 0x0d, 0xb8, 0x30}, 36, sit);
  }
  uint32_t object(NextHopIndex hop) const { return cache.hops[hop].read().object; }

  AddressTable<Ipv4> addresses4;
  AddressTable<Ipv6> addresses6;
  Ipv6Address near6{}, far6{};
  NextHopIndex ipip{}, sit{}, ipip6{}, stray{};

 private:
  template <typename Address>
  NextHopIndex make(TunnelMode mode, const Address& local, const Address& remote) {
    const Tunnel tunnel{
        .mode = mode, .local = TunnelAddress::of(local), .remote = TunnelAddress::of(remote)};
    const auto made = tunnels.find_or_make(tunnel);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made ? (*made)->hop : kNoRouteHop;
  }
};

}  // namespace dstfwd::test
