// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/router.h"

#include "tests/fwd/router_fixture.h"

namespace dstfwd {
namespace {

using test::has;
using test::kMacA;
using test::RouterTest;
using test::RouterTwoPorts;

TEST_F(RouterTwoPorts, EachPortHasALinkLocalAddress) {
  EXPECT_EQ(way<Ipv6>("fe80::ff:fe00:1"), "local");
  EXPECT_EQ(way<Ipv6>("fe80::1234"), "none");  // on which link?
}

TEST_F(RouterTwoPorts, NothingIsKnownToLcoresBeforeTheCommit) {
  ASSERT_EQ(route_add<Ipv4>("198.18.0.0/15", "203.0.113.2"), "");
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "none");
  EXPECT_TRUE(router->pending());
  commit();
  EXPECT_FALSE(router->pending());
  EXPECT_EQ(way<Ipv4>("198.18.1.1"), "1 unresolved");
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
    hops.acquire(named, 0);  // a flow
    ASSERT_EQ(route_del<Ipv4>("198.18.0.0/15"), "");
    commit();
    EXPECT_EQ(router->next_hops().freed(), 1U);
    hops.release(named, 0);
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

}  // namespace
}  // namespace dstfwd
