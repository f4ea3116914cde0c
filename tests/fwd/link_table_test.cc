// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/link_table.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

struct LinkTableTest : testing::Test {
  LinkTableTest() { EXPECT_TRUE(links.add_port(PortId{0}, kMac, 1500)); }
  static std::string said(const Status& status) { return status ? "" : status.error().message; }
  uint16_t glean_mtu(const LinkRef& link) { return hops[links.find(link)->glean].read().mtu; }

  static constexpr MacAddress kMac{{2, 0, 0, 0, 0, 1}};
  static constexpr LinkRef kPort{PortId{0}, 0};
  static constexpr LinkRef kVlan{PortId{0}, 100};
  RouterView view{};
  NextHopTable hops{8};
  LinkTable links{view, hops};
};

TEST_F(LinkTableTest, APortIsWhatLcoresSee) {
  EXPECT_EQ(view.ports[0].mac, kMac);
  EXPECT_EQ(view.ports[0].mtu.load(), 1500U);
  EXPECT_TRUE(view.ports[0].up.load());
  EXPECT_EQ(hops[links.find(kPort)->glean].kind(), HopKind::kGlean);
  EXPECT_EQ(said(links.add_port(PortId{0}, kMac, 1500)), "port 0 exists already");
  EXPECT_NE(said(links.add_port(PortId{RTE_MAX_ETHPORTS}, kMac, 1500)), "");
}

TEST_F(LinkTableTest, ASubInterfaceHasItsPortsMacAndItsOwnNextHop) {
  ASSERT_TRUE(links.add_vlan(kVlan));
  EXPECT_TRUE(view.ports[0].vlans.has(100));
  EXPECT_EQ(links.find(kVlan)->mac, kMac);
  EXPECT_NE(links.find(kVlan)->glean, links.find(kPort)->glean);
  EXPECT_EQ(hops[links.find(kVlan)->glean].read().vlan_tci, 100U);
  const NextHopIndex glean = links.find(kVlan)->glean;
  EXPECT_EQ(*links.remove_vlan(kVlan), glean);
  EXPECT_FALSE(view.ports[0].vlans.has(100));
  EXPECT_EQ(links.find(kVlan), nullptr);
}

TEST_F(LinkTableTest, RefusesLinksThatCannotBe) {
  EXPECT_EQ(said(links.add_vlan({PortId{0}, 4095})), "VLAN 4095 is not from 1 to 4094");
  EXPECT_EQ(said(links.add_vlan({PortId{0}, 0})), "VLAN 0 is not from 1 to 4094");
  EXPECT_EQ(said(links.add_vlan({PortId{5}, 1})), "there is no port 5");
  EXPECT_FALSE(links.remove_vlan(kPort));
  EXPECT_FALSE(links.remove_vlan(kVlan));
  EXPECT_EQ(said(links.set_enabled(kVlan, true)), "there is no port 0 vlan 100");
}

TEST_F(LinkTableTest, IsUpWhenAllThatItNeedsIs) {
  ASSERT_TRUE(links.add_vlan(kVlan));
  EXPECT_TRUE(links.is_up(kVlan));
  ASSERT_TRUE(links.set_enabled(kVlan, false));
  EXPECT_FALSE(links.is_up(kVlan));
  EXPECT_TRUE(links.is_up(kPort));
  ASSERT_TRUE(links.set_enabled(kVlan, true));
  ASSERT_TRUE(links.set_carrier(PortId{0}, false));
  EXPECT_FALSE(links.is_up(kVlan));
  EXPECT_FALSE(view.ports[0].up.load());
  ASSERT_TRUE(links.set_carrier(PortId{0}, true));
  ASSERT_TRUE(links.set_enabled(kPort, false));
  EXPECT_FALSE(links.is_up(kVlan));
  EXPECT_FALSE(links.is_up({PortId{3}, 0}));
}

TEST_F(LinkTableTest, ASubInterfacesMtuIsAtMostItsPorts) {
  ASSERT_TRUE(links.add_vlan(kVlan));
  EXPECT_EQ(said(links.set_mtu(kVlan, 1501)), "MTU 1501 is not from 68 to 1500");
  EXPECT_EQ(said(links.set_mtu(kPort, 67)), "MTU 67 is not from 68 to 65535");
  ASSERT_TRUE(links.set_mtu(kVlan, 1400));
  EXPECT_EQ(glean_mtu(kVlan), 1400U);
  EXPECT_EQ(glean_mtu(kPort), 1500U);
  ASSERT_TRUE(links.set_mtu(kPort, 1300));
  EXPECT_EQ(links.mtu(kVlan), 1300U);
  EXPECT_EQ(glean_mtu(kVlan), 1300U);
  EXPECT_EQ(view.ports[0].mtu.load(), 1300U);
  EXPECT_EQ(links.mtu({PortId{3}, 0}), 0U);
}

TEST_F(LinkTableTest, WithoutANextHopThereIsNoLink) {
  uint16_t vlan = 1;
  while (links.add_vlan({PortId{0}, vlan})) ++vlan;
  EXPECT_EQ(said(links.add_vlan({PortId{0}, vlan})), "the next-hop table is full");
  EXPECT_FALSE(view.ports[0].vlans.has(vlan));
}

}  // namespace
}  // namespace dstfwd
