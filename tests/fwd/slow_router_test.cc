// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_router.h"

#include "tests/fwd/router_fixture.h"

namespace dstfwd {
namespace {

struct SlowRouterTest : test::RouterTest {
  void SetUp() override {
    RouterTest::SetUp();
    ASSERT_EQ(address_add<Ipv4>("192.0.2.1/24", port(0)), "");
    ASSERT_EQ(address_add<Ipv6>("2001:db8::1/64", port(0)), "");
    ASSERT_TRUE(router->route_add(spec<Ipv4>("198.18.0.0/15", "192.0.2.2")));
    commit();
    slow = std::make_unique<SlowRouter>(*router);
  }
  const FamilyRouting<Ipv4>& ipv4() const { return *slow; }
  const FamilyRouting<Ipv6>& ipv6() const { return *slow; }
  static Ipv4Address v4(std::string_view text) { return test::address<Ipv4>(text); }
  static Ipv6Address v6(std::string_view text) { return test::address<Ipv6>(text); }
  std::unique_ptr<SlowRouter> slow;
};

TEST_F(SlowRouterTest, TheWayIsByTheLongestPrefix) {
  const auto far = ipv4().way_to(v4("198.18.1.1"));
  ASSERT_TRUE(far);
  EXPECT_EQ(far->neighbour, v4("192.0.2.2"));
  EXPECT_EQ(far->link, port(0));
  const auto near = ipv4().way_to(v4("192.0.2.77"));
  ASSERT_TRUE(near);
  EXPECT_EQ(near->neighbour, v4("192.0.2.77"));
  EXPECT_FALSE(ipv4().way_to(v4("10.0.0.1"))) << "no route";
  EXPECT_FALSE(ipv4().way_to(v4("192.0.2.1"))) << "the router itself";
}

TEST_F(SlowRouterTest, KnowsWhatIsOurs) {
  EXPECT_TRUE(ipv4().is_local(v4("192.0.2.1")));
  EXPECT_TRUE(ipv4().is_directed_broadcast(v4("192.0.2.255")));
  EXPECT_EQ(ipv6().ownership(port(0), v6("2001:db8::1")), Ownership::kUnicast);
  EXPECT_EQ(ipv6().ownership(port(0), v6("2001:db8::")), Ownership::kAnycast);
  EXPECT_EQ(ipv6().ownership(port(1), v6("2001:db8::1")), Ownership::kNone);
  EXPECT_EQ(ipv4().source_on(port(0), v4("192.0.2.9")), v4("192.0.2.1"));
  unsigned own = 0;
  ipv4().for_each_own([&](const LinkRef&, const Ipv4Address&, unsigned length) {
    ++own;
    EXPECT_EQ(length, 24U);
  });
  EXPECT_EQ(own, 1U);
}

TEST_F(SlowRouterTest, ALinkIsAsTheRouterHasIt) {
  ASSERT_TRUE(slow->link(port(0)));
  EXPECT_EQ(slow->link(port(0))->mac, test::kPortMacs[0]);
  EXPECT_EQ(slow->link(port(0))->mtu, 1500U);
  EXPECT_TRUE(slow->link(port(0))->up);
  EXPECT_FALSE(slow->link(port(9)));
  unsigned links = 0;
  slow->for_each_link([&](const LinkRef&, const LinkInfo&) { ++links; });
  EXPECT_EQ(links, 3U);
}

TEST_F(SlowRouterTest, AResolvedNeighbourIsForwardedToAndALostOneIsNot) {
  const auto hop = [&] { return router->view().fib<Ipv4>().lookup(v4("198.18.1.1")); };
  EXPECT_FALSE(router->next_hops()[hop()].read().resolved);
  FamilyRouting<Ipv4>& routing = *slow;
  routing.neighbour_resolved(port(0), v4("192.0.2.2"), test::mac("02:00:00:00:00:22"));
  EXPECT_TRUE(router->next_hops()[hop()].read().resolved);
  EXPECT_TRUE(routing.neighbour_in_use(port(0), v4("192.0.2.2")));
  routing.neighbour_lost(port(0), v4("192.0.2.2"));
  EXPECT_FALSE(router->next_hops()[hop()].read().resolved);
  EXPECT_EQ(slow->failed_commits(), 0U);
}

TEST_F(SlowRouterTest, AHeldPacketWaitsForWhomItsNextHopNames) {
  const NextHopIndex far = router->view().fib<Ipv4>().lookup(v4("198.18.1.1"));
  ASSERT_TRUE(ipv4().held_for(far, v4("198.18.1.1")));
  EXPECT_EQ(ipv4().held_for(far, v4("198.18.1.1"))->neighbour, v4("192.0.2.2"));
  EXPECT_FALSE(ipv4().held_for(kBlackholeHop, v4("198.18.1.1")));
  EXPECT_EQ(slow->hop_mtu(far), 1500U);
}

TEST_F(SlowRouterTest, TheVersionChangesWithTheAddresses) {
  const uint64_t before = slow->own_version();
  ASSERT_EQ(address_add<Ipv4>("203.0.113.1/24", port(1)), "");
  EXPECT_NE(slow->own_version(), before);
}

TEST_F(SlowRouterTest, ADuplicateAddressIsTheOtherStationsUntilItIsTriedAgain) {
  FamilyRouting<Ipv4>& routing = *slow;
  const uint64_t before = routing.own_version();
  routing.set_duplicate(port(0), v4("192.0.2.1"), true);
  EXPECT_NE(routing.own_version(), before);
  EXPECT_FALSE(routing.is_local(v4("192.0.2.1")));
  EXPECT_EQ(routing.ownership(port(0), v4("192.0.2.1")), Ownership::kNone);
  EXPECT_EQ(routing.source_on(port(0), v4("192.0.2.9")), std::nullopt);
  const auto way = routing.way_to(v4("192.0.2.1"));
  ASSERT_TRUE(way) << "a host on the link, as far as lcores know, too";
  EXPECT_EQ(way->neighbour, v4("192.0.2.1"));
  unsigned own = 0;
  routing.for_each_own([&](const LinkRef&, const Ipv4Address&, unsigned) { ++own; });
  EXPECT_EQ(own, 1U);

  routing.neighbour_resolved(port(0), v4("192.0.2.1"), test::mac("02:00:00:00:00:22"));
  routing.set_duplicate(port(0), v4("192.0.2.1"), false);
  EXPECT_FALSE(routing.way_to(v4("192.0.2.1"))) << "the router itself";
  EXPECT_EQ(routing.ownership(port(0), v4("192.0.2.1")), Ownership::kUnicast);
}

}  // namespace
}  // namespace dstfwd
