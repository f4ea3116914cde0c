// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/family_router.h"

#include "tests/fwd/router_fixture.h"

namespace dstfwd {
namespace {

using test::has;
using test::kMacA;
using test::kMacB;
using test::RouterTwoPorts;

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

}  // namespace
}  // namespace dstfwd
