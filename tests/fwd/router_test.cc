// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/router.h"

#include "tests/fwd/router_fixture.h"

namespace dstfwd {
namespace {

using test::RouterTest;

constexpr const char* kMacA = "02:00:00:00:01:0a";
constexpr const char* kMacB = "02:00:00:00:01:0b";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class RouterTwoPorts : public RouterTest {
 protected:
  void SetUp() override {
    RouterTest::SetUp();
    ASSERT_EQ(address_add<Ipv4>("192.0.2.1/24", port(0)), "");
    ASSERT_EQ(address_add<Ipv4>("203.0.113.1/24", port(1)), "");
    ASSERT_EQ(address_add<Ipv6>("2001:db8::1/64", port(0)), "");
    ASSERT_EQ(address_add<Ipv6>("2001:db8:1::1/64", port(1)), "");
    commit();
  }
};

TEST_F(RouterTwoPorts, OwnAddressesAreLocalAndTheirPrefixesConnected) {
  EXPECT_EQ(way<Ipv4>("192.0.2.1"), "local");
  EXPECT_EQ(way<Ipv4>("192.0.2.9"), "connected 0");
  EXPECT_EQ(way<Ipv4>("203.0.113.77"), "connected 1");
  EXPECT_EQ(way<Ipv6>("2001:db8:1::1"), "local");
  EXPECT_EQ(way<Ipv6>("2001:db8:1::9"), "connected 1");
  EXPECT_EQ(way<Ipv4>("198.51.100.1"), "none");
  EXPECT_EQ(way<Ipv6>("2001:db8:2::1"), "none");
}

TEST_F(RouterTwoPorts, BroadcastAndAnycastAddressesAreLocal) {
  EXPECT_EQ(way<Ipv4>("192.0.2.255"), "local");
  EXPECT_EQ(way<Ipv4>("192.0.2.0"), "connected 0");
  EXPECT_EQ(way<Ipv6>("2001:db8::"), "local");
  ASSERT_EQ(address_add<Ipv4>("198.51.100.0/31", port(2)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.51.100.1"), "connected 2");  // RFC 3021: no broadcast address
}

TEST_F(RouterTwoPorts, EachPortHasALinkLocalAddress) {
  EXPECT_EQ(way<Ipv6>("fe80::ff:fe00:1"), "local");
  EXPECT_EQ(way<Ipv6>("fe80::1234"), "none");  // on which link?
}

TEST_F(RouterTwoPorts, AnAddressComesOnceAndGoesOnce) {
  EXPECT_TRUE(has(address_add<Ipv4>("192.0.2.1/24", port(0)), "exists already"));
  EXPECT_TRUE(has(address_add<Ipv4>("192.0.2.1/25", port(1)), "exists already"));
  EXPECT_EQ(address_del<Ipv4>("192.0.2.1/24", port(0)), "");
  EXPECT_TRUE(has(address_del<Ipv4>("192.0.2.1/24"), "no such address"));
  EXPECT_TRUE(has(address_del<Ipv4>("203.0.113.1/25"), "no such address"));
  EXPECT_TRUE(has(address_del<Ipv4>("203.0.113.1/24", port(0)), "on port 0"));
  commit();
  EXPECT_EQ(way<Ipv4>("192.0.2.1"), "none");
  EXPECT_EQ(way<Ipv4>("192.0.2.9"), "none");
  EXPECT_EQ(way<Ipv4>("192.0.2.255"), "none");
}

TEST_F(RouterTwoPorts, AddressesThatCannotBeOursAreRefused) {
  EXPECT_TRUE(has(address_add<Ipv4>("224.0.0.5/24", port(0)), "unicast"));
  EXPECT_TRUE(has(address_add<Ipv4>("127.0.0.1/8", port(0)), "unicast"));
  EXPECT_TRUE(has(address_add<Ipv4>("10.0.0.255/24", port(0)), "broadcast"));
  EXPECT_TRUE(has(address_add<Ipv6>("ff02::1/64", port(0)), "unicast"));
  EXPECT_TRUE(has(address_add<Ipv6>("2001:db8:9::/64", port(0)), "anycast"));
  EXPECT_TRUE(has(address_add<Ipv4>("10.0.0.1/0", port(0)), "length"));
  EXPECT_TRUE(has(address_add<Ipv4>("10.0.0.1/24", port(9)), "no port 9"));
}

TEST_F(RouterTwoPorts, ARouteWaitsForItsNeighbourAndAllItsFlowsGetTheMacAtOnce) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "1 unresolved");
  const NextHopIndex before = hop<Ipv4>("198.18.1.1");
  ASSERT_EQ(neigh_add<Ipv4>("203.0.113.2", kMacA, port(1)), "");
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), std::string("1 ") + kMacA) << "without a commit";
  EXPECT_EQ(look_up<Ipv4>("198.18.1.1").src, test::kPortMacs[1]);
  commit();
  EXPECT_EQ(hop<Ipv4>("198.18.1.1"), before);
  EXPECT_EQ(hop<Ipv4>("203.0.113.2"), before) << "the neighbour itself";
  EXPECT_EQ(said(router->neighbour_replace<Ipv4>(port(1), test::address<Ipv4>("203.0.113.2"),
                                                 test::mac(kMacB))),
            "");
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), std::string("1 ") + kMacB);
  ASSERT_EQ(neigh_del<Ipv4>("203.0.113.2", port(1)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "1 unresolved");
  EXPECT_EQ(way<Ipv4>("203.0.113.2"), "connected 1");
}

TEST_F(RouterTwoPorts, RoutesAreAddedOnceReplacedAndDeletedOnce) {
  EXPECT_EQ(route_add<Ipv6>("2001:db8:8::/48", "2001:db8:1::2"), "");
  EXPECT_TRUE(has(route_add<Ipv6>("2001:db8:8::/48", "2001:db8:1::2"), "exists already"));
  EXPECT_TRUE(has(route_add<Ipv6>("2001:db8:8::/48", "2001:db8::2"), "exists already"));
  EXPECT_EQ(route_replace<Ipv6>("2001:db8:8::/48", "2001:db8::2"), "");
  commit();
  EXPECT_EQ(way<Ipv6>("2001:db8:8::1"), "0 unresolved");
  EXPECT_TRUE(has(route_del<Ipv6>("2001:db8:8::/48", "2001:db8:1::2"), "no such route"));
  EXPECT_TRUE(has(route_del<Ipv6>("2001:db8:8::/48", "blackhole"), "no such route"));
  EXPECT_EQ(route_del<Ipv6>("2001:db8:8::/48", "2001:db8::2"), "");
  EXPECT_TRUE(has(route_del<Ipv6>("2001:db8:8::/48"), "no such route"));
  EXPECT_EQ(route_replace<Ipv6>("2001:db8:8::/48", "2001:db8::2"), "") << "creates";
  commit();
  EXPECT_EQ(way<Ipv6>("2001:db8:8::1"), "0 unresolved");
}

TEST_F(RouterTwoPorts, RoutesMayEndHere) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  ASSERT_EQ(route_add<Ipv4>("198.18.7.0/24", "blackhole"), "");
  ASSERT_EQ(route_add<Ipv4>("198.18.8.0/24", "unreachable"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.7.1"), "blackhole");
  EXPECT_EQ(way<Ipv4>("198.18.8.1"), "unreachable");
  EXPECT_EQ(way<Ipv4>("198.18.9.1"), "1 unresolved");
  ASSERT_EQ(route_del<Ipv4>("198.18.7.0/24", "blackhole"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.7.1"), "1 unresolved");
}

TEST_F(RouterTwoPorts, BadRoutesAreRefusedWithTheReason) {
  EXPECT_TRUE(has(route_add<Ipv4>("198.18.0.1/15", "203.0.113.2"), "198.18.0.0/15"));
  EXPECT_TRUE(has(route_add<Ipv4>("10.0.0.0/8", "172.16.0.1"), "on no connected prefix"));
  EXPECT_TRUE(has(route_add<Ipv4>("10.0.0.0/8", "203.0.113.1"), "the router itself"));
  EXPECT_TRUE(has(route_add<Ipv4>("10.0.0.0/8", "203.0.113.255"), "the router itself"));
  EXPECT_TRUE(has(route_add<Ipv4>("10.0.0.0/8", "224.0.0.1"), "unicast"));
  EXPECT_TRUE(has(route_add<Ipv6>("2001:db8:9::/48", "fe80::2"), "port N"));
  EXPECT_TRUE(has(route_add<Ipv4>("10.0.0.0/8", "172.16.0.1", port(7)), "no port 7"));
  EXPECT_TRUE(has(route_add<Ipv4>("203.0.113.0/24", "192.0.2.2"), "connected by port 1"));
  EXPECT_EQ(router->next_hops().in_use(), 3U) << "but for the ports' own";
}

TEST_F(RouterTwoPorts, AGatewayNeedNotBeConnectedWhenItsPortIsGiven) {
  EXPECT_EQ(route_add<Ipv4>("10.0.0.0/8", "172.16.0.1", port(1)), "");
  EXPECT_EQ(route_add<Ipv6>("2001:db8:9::/48", "fe80::2", port(0)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("10.1.1.1"), "1 unresolved");
  EXPECT_EQ(way<Ipv6>("2001:db8:9::1"), "0 unresolved");
  ASSERT_EQ(neigh_add<Ipv6>("fe80::2", kMacA, port(0)), "");
  EXPECT_EQ(way<Ipv6>("2001:db8:9::1"), std::string("0 ") + kMacA);
  commit();
  EXPECT_EQ(way<Ipv6>("fe80::2"), "none") << "link-local addresses are not routed";
}

TEST_F(RouterTwoPorts, ARouteWithoutGatewayMakesItsPrefixConnected) {
  ASSERT_EQ(route_add<Ipv4>("10.0.0.0/8", "", port(1)), "");
  ASSERT_EQ(neigh_add<Ipv4>("10.0.0.7", kMacA, port(1)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("10.0.0.8"), "connected 1");
  EXPECT_EQ(way<Ipv4>("10.0.0.7"), std::string("1 ") + kMacA);
}

TEST_F(RouterTwoPorts, TheDefaultRouteTakesWhatNothingElseDoes) {
  ASSERT_EQ(route_add<Ipv4>("0.0.0.0/0", "203.0.113.2"), "");
  ASSERT_EQ(route_add<Ipv6>("::/0", "2001:db8:1::2"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("8.8.8.8"), "1 unresolved");
  EXPECT_EQ(way<Ipv4>("255.255.255.255"), "1 unresolved");
  EXPECT_EQ(way<Ipv6>("2600::1"), "1 unresolved");
  EXPECT_EQ(way<Ipv4>("192.0.2.77"), "connected 0");
  ASSERT_EQ(route_del<Ipv4>("0.0.0.0/0"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("8.8.8.8"), "none");
}

TEST_F(RouterTwoPorts, NothingIsKnownToLcoresBeforeTheCommit) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "none");
  EXPECT_TRUE(router->pending());
  commit();
  EXPECT_FALSE(router->pending());
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "1 unresolved");
}

TEST_F(RouterTwoPorts, ANeighbourIsReachedDirectlyOnlyWhereNoRouteIsLonger) {
  ASSERT_EQ(neigh_add<Ipv4>("203.0.113.9", kMacA, port(1)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), std::string("1 ") + kMacA);
  ASSERT_EQ(route_add<Ipv4>("203.0.113.0/28", "192.0.2.2"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), "0 unresolved");
  ASSERT_EQ(route_del<Ipv4>("203.0.113.0/28"), "");
  ASSERT_EQ(route_add<Ipv4>("203.0.113.9/32", "192.0.2.2"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), "0 unresolved");
  ASSERT_EQ(route_del<Ipv4>("203.0.113.9/32"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), std::string("1 ") + kMacA);
}

TEST_F(RouterTwoPorts, ANeighbourOffItsLinksPrefixesIsKeptButNotRouted) {
  ASSERT_EQ(neigh_add<Ipv4>("192.0.2.9", kMacA, port(1)), "");  // port 0's prefix
  commit();
  EXPECT_EQ(way<Ipv4>("192.0.2.9"), "connected 0");
  ASSERT_EQ(neigh_add<Ipv4>("10.9.9.9", kMacA, port(1)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("10.9.9.9"), "none");
  ASSERT_EQ(address_add<Ipv4>("10.9.9.1/24", port(1)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("10.9.9.9"), std::string("1 ") + kMacA);
}

TEST_F(RouterTwoPorts, NeighboursComeOnceAndGoOnce) {
  EXPECT_EQ(neigh_add<Ipv4>("203.0.113.9", kMacA, port(1)), "");
  EXPECT_TRUE(has(neigh_add<Ipv4>("203.0.113.9", kMacB, port(1)), "exists already"));
  EXPECT_EQ(neigh_del<Ipv4>("203.0.113.9", port(1)), "");
  EXPECT_TRUE(has(neigh_del<Ipv4>("203.0.113.9", port(1)), "no such neighbour"));
  EXPECT_TRUE(has(neigh_add<Ipv4>("203.0.113.1", kMacA, port(1)), "the router itself"));
  EXPECT_TRUE(has(neigh_add<Ipv4>("224.0.0.9", kMacA, port(1)), "unicast"));
  EXPECT_TRUE(has(neigh_add<Ipv4>("203.0.113.8", "ff:ff:ff:ff:ff:ff", port(1)), "link-layer"));
  EXPECT_TRUE(has(neigh_add<Ipv4>("203.0.113.8", kMacA, port(8)), "no port 8"));
}

TEST_F(RouterTwoPorts, WhatAPersonSaidOfANeighbourCountsBeforeWhatWasLearned) {
  const auto who = test::address<Ipv4>("203.0.113.9");
  ASSERT_TRUE(router->neighbour_resolved<Ipv4>(port(1), who, test::mac(kMacB)));
  commit();
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), std::string("1 ") + kMacB);
  EXPECT_EQ(neigh_add<Ipv4>("203.0.113.9", kMacA, port(1)), "");
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), std::string("1 ") + kMacA);
  ASSERT_TRUE(router->neighbour_resolved<Ipv4>(port(1), who, test::mac(kMacB)));
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), std::string("1 ") + kMacA);
  router->neighbour_lost<Ipv4>(port(1), who);
  commit();
  EXPECT_EQ(way<Ipv4>("203.0.113.9"), std::string("1 ") + kMacA);
}

TEST_F(RouterTwoPorts, RoutesOverALinkThatIsDownAreWithdrawnAndComeBack) {
  ASSERT_EQ(route_add<Ipv4>("0.0.0.0/0", "192.0.2.2"), "");
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  ASSERT_EQ(route_add<Ipv4>("10.0.0.0/8", "172.16.0.1", port(1)), "");
  ASSERT_EQ(neigh_add<Ipv4>("203.0.113.2", kMacA, port(1)), "");
  commit();
  for (const bool by_carrier : {false, true}) {
    const auto set = [&](bool up) {
      ASSERT_TRUE(by_carrier ? router->port_set_carrier(PortId{1}, up)
                             : router->link_set_up(port(1), up));
      commit();
    };
    set(false);
    EXPECT_FALSE(router->view().ports[1].up);
    EXPECT_EQ(way<Ipv4>("198.18.1.1"), "0 unresolved") << "the default route";
    EXPECT_EQ(way<Ipv4>("10.1.1.1"), "0 unresolved");
    EXPECT_EQ(way<Ipv4>("203.0.113.2"), "0 unresolved");
    EXPECT_EQ(way<Ipv4>("203.0.113.9"), "0 unresolved");
    EXPECT_EQ(way<Ipv4>("203.0.113.1"), "local") << "as in Linux";
    set(true);
    EXPECT_TRUE(router->view().ports[1].up);
    EXPECT_EQ(way<Ipv4>("198.18.1.1"), std::string("1 ") + kMacA);
    EXPECT_EQ(way<Ipv4>("10.1.1.1"), "1 unresolved");
    EXPECT_EQ(way<Ipv4>("203.0.113.2"), std::string("1 ") + kMacA);
    EXPECT_EQ(way<Ipv4>("203.0.113.9"), "connected 1");
  }
}

TEST_F(RouterTwoPorts, ARouteWhoseGatewayIsNoLongerConnectedIsWithdrawn) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  commit();
  ASSERT_EQ(address_del<Ipv4>("203.0.113.1/24"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "none");
  EXPECT_TRUE(has(route_add<Ipv4>("198.20.0.0/16", "203.0.113.2"), "on no connected prefix"));
  ASSERT_EQ(address_add<Ipv4>("203.0.113.5/24", port(1)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "1 unresolved");
}

TEST_F(RouterTwoPorts, AConnectedPrefixCountsBeforeARouteAndUncoversItWhenItGoes) {
  ASSERT_EQ(route_add<Ipv4>("198.51.100.0/24", "203.0.113.2"), "");
  ASSERT_EQ(address_add<Ipv4>("198.51.100.1/24", port(2)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.51.100.9"), "connected 2");
  ASSERT_EQ(address_del<Ipv4>("198.51.100.1/24"), "");
  commit();
  EXPECT_EQ(way<Ipv4>("198.51.100.9"), "1 unresolved");
}

TEST_F(RouterTwoPorts, TheFirstLinkOfTwoWithAPrefixHasItUntilItGoesDown) {
  ASSERT_EQ(address_add<Ipv4>("192.0.2.3/24", port(2)), "");
  commit();
  EXPECT_EQ(way<Ipv4>("192.0.2.9"), "connected 0");
  ASSERT_TRUE(router->link_set_up(port(0), false));
  commit();
  EXPECT_EQ(way<Ipv4>("192.0.2.9"), "connected 2");
}

TEST_F(RouterTwoPorts, MtuReachesNextHopsInPlace) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  commit();
  EXPECT_EQ(look_up<Ipv4>("198.18.0.1").mtu, 1500);
  ASSERT_TRUE(router->link_set_mtu(port(1), 1400));
  EXPECT_EQ(look_up<Ipv4>("198.18.0.1").mtu, 1400);
  EXPECT_EQ(look_up<Ipv4>("203.0.113.7").mtu, 1400);
  EXPECT_EQ(router->view().ports[1].mtu, 1400);
  EXPECT_FALSE(router->link_set_mtu(port(1), 67));
  EXPECT_FALSE(router->link_set_mtu(port(1), 65536));
}

TEST_F(RouterTwoPorts, SubInterfacesHaveTheirOwnPrefixesAndTags) {
  ASSERT_TRUE(router->vlan_add(port(1, 100)));
  EXPECT_FALSE(router->vlan_add(port(1, 100)));
  EXPECT_FALSE(router->vlan_add(port(9, 100)));
  EXPECT_FALSE(router->vlan_add(port(1, 4095)));
  ASSERT_EQ(address_add<Ipv4>("172.30.3.1/24", port(1, 100)), "");
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "172.30.3.2"), "");
  ASSERT_EQ(neigh_add<Ipv4>("172.30.3.2", kMacA, port(1, 100)), "");
  commit();
  EXPECT_TRUE(router->view().ports[1].vlans.has(100));
  EXPECT_EQ(look_up<Ipv4>("198.18.0.1").vlan_tci, 100);
  EXPECT_EQ(look_up<Ipv4>("172.30.3.9").vlan_tci, 100);
  EXPECT_EQ(way<Ipv4>("198.18.0.1"), std::string("1 ") + kMacA);
  ASSERT_TRUE(router->link_set_up(port(1), false));
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.0.1"), "none") << "it goes down with its port";
  ASSERT_TRUE(router->link_set_up(port(1), true));
  ASSERT_TRUE(router->vlan_del(port(1, 100)));
  commit();
  EXPECT_FALSE(router->view().ports[1].vlans.has(100));
  EXPECT_EQ(way<Ipv4>("198.18.0.1"), "none");
  EXPECT_EQ(way<Ipv4>("172.30.3.1"), "none");
  EXPECT_FALSE(router->vlan_del(port(1, 100)));
  EXPECT_FALSE(router->vlan_del(port(1)));
}

TEST_F(RouterTwoPorts, FlowsAreLookedUpAgainOnlyWhenTheirRouteMayHaveChanged) {
  uint32_t before = route_generation();
  commit();
  EXPECT_EQ(route_generation(), before) << "nothing to commit";
  ASSERT_EQ(neigh_add<Ipv4>("203.0.113.9", kMacA, port(1)), "");
  commit();
  EXPECT_EQ(route_generation(), before) << "nothing was cached under a connected prefix";
  ASSERT_EQ(neigh_del<Ipv4>("203.0.113.9", port(1)), "");
  commit();
  EXPECT_EQ(route_generation(), ++before);
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  ASSERT_EQ(route_add<Ipv6>("2001:db8:9::/48", "2001:db8::9"), "");
  commit();
  EXPECT_EQ(route_generation(), ++before) << "one for both";
  const uint64_t version = router->version();
  router->cache_flush();
  EXPECT_EQ(router->version() >> 32U, (version >> 32U) + 1);
  EXPECT_EQ(route_generation(), before);
}

TEST_F(RouterTwoPorts, SeveralNextHopsShareTheFlowsThatAreLeftWhenOneGoesDown) {
  RouteSpec<Ipv4> spec = RouterTest::spec<Ipv4>("198.18.0.0/15");
  spec.hops = {{.via = test::address<Ipv4>("192.0.2.2"), .link = {}, .weight = 1},
               {.via = test::address<Ipv4>("203.0.113.2"), .link = {}, .weight = 3}};
  ASSERT_EQ(said(router->route_add(spec)), "");
  commit();
  const Adjacency group = look_up<Ipv4>("198.18.1.1");
  ASSERT_EQ(group.kind, HopKind::kGroup);
  const auto share = [&](uint16_t of_port) {
    unsigned n = 0;
    for (uint32_t i = 0; i < 4096; ++i) {
      const NextHopIndex member = (*router->view().groups)[group.object].select(i << 20U);
      n +=
          static_cast<unsigned>((*router->view().next_hops)[member].read().port == PortId{of_port});
    }
    return n;
  };
  EXPECT_NEAR(share(1), 3072, 300);
  EXPECT_EQ(share(0) + share(1), 4096U);
  const uint32_t before = route_generation();
  ASSERT_TRUE(router->link_set_up(port(1), false));
  commit();
  EXPECT_EQ(look_up<Ipv4>("198.18.1.1").object, group.object);
  EXPECT_EQ(share(0), 4096U);
  EXPECT_NE(route_generation(), before);
  ASSERT_TRUE(router->link_set_up(port(0), false));
  commit();
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "none");
  ASSERT_TRUE(router->link_set_up(port(1), true));
  commit();
  EXPECT_EQ(share(1), 4096U);
  spec.hops.push_back(spec.hops.front());
  EXPECT_TRUE(has(said(router->route_replace(spec)), "twice"));
  ASSERT_EQ(route_del<Ipv4>("198.18.0.0/15"), "");
  commit();
  EXPECT_EQ(router->next_hops().in_use(), 3U);
}

TEST_F(RouterTwoPorts, NextHopsReturnWhenNothingNamesThemAnyMore) {
  const uint32_t at_start = router->next_hops().in_use();
  NextHopTable& hops = *router->view().next_hops;
  for (unsigned i = 0; i < 500; ++i) {
    ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113." + std::to_string(2 + i % 200)), "");
    commit();
    const NextHopIndex named = hop<Ipv4>("198.18.0.1");
    hops.acquire(named);  // a flow
    ASSERT_EQ(route_del<Ipv4>("198.18.0.0/15"), "");
    commit();
    EXPECT_EQ(router->next_hops().freed(), 1U);
    hops.release(named);
    router->maintain();
    ASSERT_EQ(router->next_hops().freed(), 0U);
  }
  EXPECT_EQ(router->next_hops().in_use(), at_start);
}

TEST_F(RouterTwoPorts, AFullNextHopTableIsAnErrorAndNotACrash) {
  std::string last;
  unsigned made = 0;
  for (unsigned i = 2; i < 200 && last.empty(); ++i) {
    last =
        route_add<Ipv4>("198.18." + std::to_string(i) + ".0/24", "203.0.113." + std::to_string(i));
    made += static_cast<unsigned>(last.empty());
  }
  EXPECT_TRUE(has(last, "next-hop table is full"));
  EXPECT_EQ(made, 64U - NextHopTable::kFixed - 3U);
  commit();
}

TEST_F(RouterTwoPorts, LcoresThatReadHoldUpOnlyTheNextCommit) {
  uint64_t now = 0;
  uint64_t over = 0;
  unsigned asked = 0;
  router->set_grace({[&] { return ++now; },
                     [&](uint64_t token) {
                       if (++asked > 1000) over = now;  // the reader was slow
                       return token <= over;
                     }});
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  commit();
  EXPECT_LT(asked, 10U) << "no wait";
  EXPECT_EQ(way<Ipv4>("198.18.0.1"), "1 unresolved");
  ASSERT_EQ(route_replace<Ipv4>("198.18.0.0/15", "192.0.2.2"), "");
  commit();
  EXPECT_GT(asked, 1000U) << "the idle FIB had a reader";
  EXPECT_EQ(way<Ipv4>("198.18.0.1"), "0 unresolved");
  over = now;
  router->maintain();
  EXPECT_EQ(router->next_hops().freed(), 0U);
  EXPECT_EQ(way<Ipv4>("198.18.0.1"), "0 unresolved");
}

TEST_F(RouterTwoPorts, ShowsWhereEachPrefixLeads) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  ASSERT_EQ(route_add<Ipv4>("198.18.7.0/24", "blackhole"), "");
  ASSERT_EQ(neigh_add<Ipv4>("203.0.113.2", kMacA, port(1)), "");
  commit();
  const auto& family = router->family<Ipv4>();
  EXPECT_EQ(family.route_count(), 2U);
  std::string all;
  for (const auto& info : family.routes({}, 100)) {
    all += to_text(info.prefix) + " " + std::string(name(info.origin)) +
           (info.active ? "\n" : " inactive\n");
  }
  EXPECT_EQ(all,
            "192.0.2.0/24 connected\n192.0.2.1/32 local\n192.0.2.255/32 local\n"
            "198.18.0.0/15 static\n198.18.7.0/24 static\n203.0.113.0/24 connected\n"
            "203.0.113.1/32 local\n203.0.113.2/32 neighbour\n203.0.113.255/32 local\n");
  EXPECT_EQ(family.routes(test::prefix<Ipv4>("198.0.0.0/8"), 100).size(), 2U);
  EXPECT_EQ(family.routes({}, 4).size(), 4U);
  const auto way = family.route_to(test::address<Ipv4>("198.18.1.1"));
  ASSERT_TRUE(way);
  EXPECT_EQ(to_text(way->prefix), "198.18.0.0/15");
  ASSERT_EQ(way->paths.size(), 1U);
  EXPECT_EQ(to_text(way->paths[0].gateway->address), "203.0.113.2");
  EXPECT_FALSE(family.route_to(test::address<Ipv4>("8.8.8.8")));
  ASSERT_TRUE(router->link_set_up(port(1), false));
  commit();
  const auto gone = family.routes(test::prefix<Ipv4>("198.18.0.0/15"), 10);
  ASSERT_EQ(gone.size(), 2U);
  EXPECT_FALSE(gone[0].active);
  EXPECT_TRUE(gone[1].active);
  const auto neighbours = family.neighbours();
  ASSERT_EQ(neighbours.size(), 1U);
  EXPECT_TRUE(neighbours[0].fixed);
  EXPECT_EQ(neighbours[0].paths, 1U);
}

}  // namespace
}  // namespace dstfwd
