// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/family_router.h"

#include "tests/fwd/router_fixture.h"

namespace dstfwd {
namespace {

using test::kMacA;
using test::RouterTwoPorts;

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
