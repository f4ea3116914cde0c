// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/path_set.h"

#include <gtest/gtest.h>

#include "fwd/address_text.h"

namespace dstfwd {
namespace {

TEST(PathSet, EachTypeOfRouteHasAName) {
  EXPECT_EQ(name(RouteType::kUnicast), "unicast");
  EXPECT_EQ(name(RouteType::kBlackhole), "blackhole");
  EXPECT_EQ(name(RouteType::kUnreachable), "unreachable");
}

// One port, 192.0.2.1/24 on it, and two gateways.
struct PathSetTableTest : testing::Test {
  using Paths = PathSetTable<Ipv4>::Paths;

  PathSetTableTest() {
    tunnels.attach(addresses, addresses6);
    EXPECT_TRUE(links.add_port(kLink.port, MacAddress{{2, 0, 0, 0, 0, 1}}, 1500));
    EXPECT_TRUE(addresses.add({kLink, *parse_prefix<Ipv4>("192.0.2.1/24")}));
    a = gateway("192.0.2.2");
    b = gateway("192.0.2.3");
  }
  AdjacencyRecord<Ipv4>* gateway(std::string_view text) {
    return adjacencies.find_or_make(kLink, *parse_address<Ipv4>(text));
  }
  static Path<Ipv4> by(AdjacencyRecord<Ipv4>* gateway) {
    return {.gateway = gateway, .link = kLink};
  }
  const PathSet<Ipv4>& set(PathSetId id) const { return table[id]; }

  static constexpr LinkRef kLink{PortId{0}, 0};
  RouterView view{};
  NextHopTable hops{32};
  HopGroupTable groups{2};
  LinkTable links{view, hops};
  AddressTable<Ipv4> addresses;
  AdjacencyTable<Ipv4> adjacencies{hops, links, addresses};
  AddressTable<Ipv6> addresses6;
  TunnelTable tunnels{4, hops};
  PathSetTable<Ipv4> table{hops, groups, links, addresses, adjacencies, tunnels};
  AdjacencyRecord<Ipv4>* a = nullptr;
  AdjacencyRecord<Ipv4>* b = nullptr;
};

TEST_F(PathSetTableTest, RoutesWithTheSameWaysShareASet) {
  const PathSetId one = *table.acquire(RouteType::kUnicast, {by(a)});
  const PathSetId two = *table.acquire(RouteType::kUnicast, {by(a)});
  const PathSetId other = *table.acquire(RouteType::kUnicast, {by(b)});
  EXPECT_EQ(one, two);
  EXPECT_NE(one, other);
  EXPECT_EQ(set(one).routes, 2U);
  EXPECT_EQ(set(one).hop, a->hop);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(a->paths, 1U);
}

TEST_F(PathSetTableTest, TheLastRouteTakesTheSetAndItsGatewayAlong) {
  const PathSetId id = *table.acquire(RouteType::kUnicast, {by(a)});
  EXPECT_TRUE(table.acquire(RouteType::kUnicast, {by(a)}));
  table.release(id);
  EXPECT_EQ(table.size(), 1U);
  table.release(id);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(adjacencies.find(kLink, *parse_address<Ipv4>("192.0.2.2")), nullptr);
}

TEST_F(PathSetTableTest, NoWayOnPurposeIsAHopOfItsOwn) {
  EXPECT_EQ(set(*table.acquire(RouteType::kBlackhole, {})).hop, kBlackholeHop);
  EXPECT_EQ(set(*table.acquire(RouteType::kUnreachable, {})).hop, kUnreachableHop);
}

TEST_F(PathSetTableTest, OnTheLinkItselfLeadsToItsGleanHop) {
  const PathSetId id = *table.acquire(RouteType::kUnicast, {Path<Ipv4>{.link = kLink}});
  EXPECT_EQ(set(id).hop, links.find(kLink)->glean);
}

TEST_F(PathSetTableTest, ALinkThatIsDownLeavesNoWayUntilItComesBack) {
  const PathSetId id = *table.acquire(RouteType::kUnicast, {by(a)});
  ASSERT_TRUE(links.set_carrier(kLink.port, false));
  auto changes = table.refresh();
  EXPECT_TRUE(changes.any);
  EXPECT_TRUE(changes.changed[static_cast<size_t>(id)]);
  EXPECT_EQ(set(id).hop, kNoRouteHop);
  ASSERT_TRUE(links.set_carrier(kLink.port, true));
  EXPECT_TRUE(table.refresh().any);
  EXPECT_EQ(set(id).hop, a->hop);
  EXPECT_FALSE(table.refresh().any) << "nothing has changed since";
}

TEST_F(PathSetTableTest, AGatewayMustBeOnAConnectedPrefixUnlessSaidOtherwise) {
  AdjacencyRecord<Ipv4>* const far = gateway("203.0.113.9");
  EXPECT_EQ(set(*table.acquire(RouteType::kUnicast, {by(far)})).hop, kNoRouteHop);
  Path<Ipv4> onlink = by(far);
  onlink.is_onlink = true;
  EXPECT_EQ(set(*table.acquire(RouteType::kUnicast, {onlink})).hop, far->hop);
}

TEST_F(PathSetTableTest, SeveralWaysAreAGroupUntilTheLastRouteIsGone) {
  const PathSetId id = *table.acquire(RouteType::kUnicast, {by(a), by(b)});
  EXPECT_EQ(hops[set(id).hop].kind(), HopKind::kGroup);
  EXPECT_EQ(groups.in_use(), 1U);
  const NextHopIndex group = set(id).hop;
  table.release(id);
  EXPECT_EQ(table.take_retired(), std::vector<NextHopIndex>{group});
  EXPECT_FALSE(table.has_retired());
}

TEST_F(PathSetTableTest, WithoutRoomForAGroupTheRouteIsRefused) {
  AdjacencyRecord<Ipv4>* const c = gateway("192.0.2.4");
  ASSERT_TRUE(table.acquire(RouteType::kUnicast, {by(a), by(b)}));
  ASSERT_TRUE(table.acquire(RouteType::kUnicast, {by(a), by(c)}));
  const auto refused = table.acquire(RouteType::kUnicast, {by(b), by(c)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the table of next-hop groups is full");
}

}  // namespace
}  // namespace dstfwd
