// SPDX-License-Identifier: BSD-3-Clause
// By the Router that has the table.
#include "fwd/tunnel_table.h"

#include "tests/fwd/router_fixture.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

template <typename Outer>
Tunnel tunnel(TunnelMode mode, std::string_view local, std::string_view remote) {
  return {.mode = mode,
          .local = TunnelAddress::of(address<Outer>(local)),
          .remote = TunnelAddress::of(address<Outer>(remote))};
}

class TunnelTableTest : public RouterTwoPorts {
 protected:
  template <typename Family>
  static RouteSpec<Family> into(std::string_view text, const Tunnel& tunnel) {
    RouteSpec<Family> made{.prefix = prefix<Family>(text)};
    made.hops.push_back({.tunnel = tunnel});
    return made;
  }
  std::string add(std::string_view text, const Tunnel& tunnel) {
    return said(router->route_add(into<Ipv4>(text, tunnel)));
  }
  const TunnelEnds& ends() const { return router->view().tunnels->ends(); }

  const Tunnel ipip_ = tunnel<Ipv4>(TunnelMode::kIpip, "203.0.113.1", "203.0.113.2");
  const Tunnel ipip6_ = tunnel<Ipv6>(TunnelMode::kIpip6, "2001:db8:1::1", "2001:db8:1::2");
};

TEST_F(TunnelTableTest, ARouteLeadsIntoItsTunnel) {
  ASSERT_EQ(add("10.9.0.0/16", ipip_), "");
  ASSERT_EQ(add("10.8.0.0/16", ipip6_), "");
  commit();
  const Adjacency hop = look_up<Ipv4>("10.9.1.1");
  EXPECT_EQ(hop.kind, HopKind::kTunnel);
  EXPECT_EQ((*router->view().tunnels)[hop.object], ipip_);
  EXPECT_EQ((*router->view().tunnels)[look_up<Ipv4>("10.8.1.1").object], ipip6_);
}

TEST_F(TunnelTableTest, RoutesIntoOneTunnelShareItsNextHop) {
  ASSERT_EQ(add("10.9.0.0/16", ipip_), "");
  ASSERT_EQ(add("10.10.0.0/16", ipip_), "");
  commit();
  EXPECT_EQ(hop<Ipv4>("10.9.1.1"), hop<Ipv4>("10.10.1.1"));
  EXPECT_EQ(router->tunnels().size(), 1U);
}

TEST_F(TunnelTableTest, ARouteIsAddedOnceAndDeletedOnce) {
  ASSERT_EQ(add("10.9.0.0/16", ipip_), "");
  EXPECT_TRUE(has(add("10.9.0.0/16", ipip_), "exists"));
  EXPECT_TRUE(has(said(router->route_del(into<Ipv4>("10.9.0.0/16", ipip6_))), "no such"));
  EXPECT_EQ(said(router->route_del(into<Ipv4>("10.9.0.0/16", ipip_))), "");
  EXPECT_TRUE(has(said(router->route_del(into<Ipv4>("10.9.0.0/16", ipip_))), "no such"));
}

TEST_F(TunnelTableTest, WhatIsDeletedComesHomeAndLeavesNoEnd) {
  const uint32_t before = router->next_hops().in_use();
  ASSERT_EQ(add("10.9.0.0/16", ipip_), "");
  commit();
  EXPECT_TRUE(ends().has<Ipv4>(4, address<Ipv4>("203.0.113.1"), address<Ipv4>("203.0.113.2")));
  ASSERT_EQ(said(router->route_del(into<Ipv4>("10.9.0.0/16", ipip_))), "");
  commit();
  EXPECT_FALSE(ends().has<Ipv4>(4, address<Ipv4>("203.0.113.1"), address<Ipv4>("203.0.113.2")));
  EXPECT_EQ(router->tunnels().size(), 0U);
  expect_all_home();
  EXPECT_EQ(router->next_hops().in_use(), before);
}

TEST_F(TunnelTableTest, OnlyPacketsBetweenBothEndsCameThroughIt) {
  ASSERT_EQ(add("10.9.0.0/16", ipip_), "");
  commit();
  const auto local = address<Ipv4>("203.0.113.1");
  const auto remote = address<Ipv4>("203.0.113.2");
  EXPECT_TRUE(ends().has<Ipv4>(4, local, remote));
  EXPECT_FALSE(ends().has<Ipv4>(41, local, remote)) << "IPv6 in it is another tunnel's";
  EXPECT_FALSE(ends().has<Ipv4>(4, remote, local));
  EXPECT_FALSE(ends().has<Ipv4>(4, local, address<Ipv4>("203.0.113.3")));
}

TEST_F(TunnelTableTest, ItsEndsAreTheRoutersAndAnothers) {
  const auto refused = [&](std::string_view local, std::string_view remote) {
    return add("10.9.0.0/16", tunnel<Ipv4>(TunnelMode::kIpip, local, remote));
  };
  EXPECT_TRUE(has(refused("203.0.113.9", "203.0.113.2"), "local 203.0.113.9 is no address"));
  EXPECT_TRUE(has(refused("203.0.113.1", "192.0.2.1"), "remote 192.0.2.1 is the router itself"));
  EXPECT_TRUE(has(refused("203.0.113.1", "224.0.0.1"), "not a unicast address"));
  EXPECT_EQ(router->tunnels().size(), 0U);
}

TEST_F(TunnelTableTest, ATunnelIntoItselfIsRefused) {
  EXPECT_TRUE(has(add("203.0.113.2/32", ipip_), "leads into a tunnel to itself"));
}

TEST_F(TunnelTableTest, AModeCarriesOneFamily) {
  const Tunnel sit = tunnel<Ipv4>(TunnelMode::kSit, "203.0.113.1", "203.0.113.2");
  EXPECT_TRUE(has(add("10.9.0.0/16", sit), "sit does not carry IPv4"));
  EXPECT_EQ(said(router->route_add(into<Ipv6>("2001:db8:9::/48", sit))), "");
}

TEST_F(TunnelTableTest, WithoutItsNearEndARouteIsWithdrawnAndComesBack) {
  ASSERT_EQ(add("10.9.0.0/16", ipip6_), "");
  commit();
  ASSERT_EQ(look_up<Ipv4>("10.9.1.1").kind, HopKind::kTunnel);
  ASSERT_EQ(address_del<Ipv6>("2001:db8:1::1/64"), "");
  commit();
  EXPECT_EQ(look_up<Ipv4>("10.9.1.1").kind, HopKind::kNoRoute);
  ASSERT_EQ(address_add<Ipv6>("2001:db8:1::1/64", port(1)), "");
  commit();
  EXPECT_EQ(look_up<Ipv4>("10.9.1.1").kind, HopKind::kTunnel);
}

}  // namespace
}  // namespace dstfwd
