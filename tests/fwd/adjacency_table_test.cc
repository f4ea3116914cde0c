// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/adjacency_table.h"

#include <gtest/gtest.h>

#include "fwd/address_text.h"

namespace dstfwd {
namespace {

struct AdjacencyTableTest : testing::Test {
  AdjacencyTableTest() {
    EXPECT_TRUE(links.add_port(PortId{0}, kOwnMac, 1500));
    EXPECT_TRUE(addresses.add({kLink, *parse_prefix<Ipv4>("192.0.2.1/24")}));
  }
  static Ipv4Address v4(std::string_view text) { return *parse_address<Ipv4>(text); }

  static constexpr MacAddress kOwnMac{{2, 0, 0, 0, 0, 1}};
  static constexpr MacAddress kPeerMac{{2, 0, 0, 0, 0, 2}};
  static constexpr LinkRef kLink{PortId{0}, 0};
  RouterView view{};
  NextHopTable hops{8};
  LinkTable links{view, hops};
  AddressTable<Ipv4> addresses;
  AdjacencyTable<Ipv4> table{hops, links, addresses};
};

TEST_F(AdjacencyTableTest, ANeighbourIsMadeOnceAndFoundByAddressAndHop) {
  auto* const made = table.find_or_make(kLink, v4("192.0.2.2"));
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(table.find_or_make(kLink, v4("192.0.2.2")), made);
  EXPECT_EQ(table.find(kLink, v4("192.0.2.2")), made);
  EXPECT_EQ(table.find(made->hop), made);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_FALSE(hops[made->hop].read().resolved);
  EXPECT_EQ(table.find_or_make({PortId{9}, 0}, v4("192.0.2.2")), nullptr) << "no such link";
}

TEST_F(AdjacencyTableTest, ALinkLayerAddressReachesTheNextHop) {
  auto* const made = table.find_or_make(kLink, v4("192.0.2.2"));
  made->learned = kPeerMac;
  table.update_hop(*made);
  const Adjacency hop = hops[made->hop].read();
  EXPECT_TRUE(hop.resolved);
  EXPECT_EQ(hop.dst, kPeerMac);
  EXPECT_EQ(hop.src, kOwnMac);
  EXPECT_EQ(hop.mtu, 1500U);
  EXPECT_EQ(hop.own, v4("192.0.2.1"));
}

TEST_F(AdjacencyTableTest, WhatAPersonSetCountsBeforeWhatWasLearned) {
  auto* const made = table.find_or_make(kLink, v4("192.0.2.2"));
  made->learned = kPeerMac;
  made->fixed = MacAddress{{2, 0, 0, 0, 0, 9}};
  EXPECT_EQ(made->mac(), made->fixed);
  made->fixed.reset();
  EXPECT_EQ(made->mac(), kPeerMac);
}

TEST_F(AdjacencyTableTest, IsKeptAsLongAsAnythingHoldsIt) {
  auto* const made = table.find_or_make(kLink, v4("192.0.2.2"));
  const NextHopIndex hop = made->hop;
  made->paths = 1;
  table.drop_if_unused(kLink, v4("192.0.2.2"));
  EXPECT_EQ(table.size(), 1U);
  made->paths = 0;
  made->learned = kPeerMac;
  table.drop_if_unused(kLink, v4("192.0.2.2"));
  EXPECT_EQ(table.size(), 1U);
  made->learned.reset();
  table.drop_if_unused(kLink, v4("192.0.2.2"));
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.find(hop), nullptr);
  EXPECT_TRUE(table.has_retired());
  EXPECT_EQ(table.take_retired(), std::vector<NextHopIndex>{hop});
  EXPECT_FALSE(table.has_retired());
}

TEST_F(AdjacencyTableTest, VisitsAPrefixInOrderOfAddresses) {
  for (const char* text : {"192.0.2.9", "192.0.3.1", "192.0.2.2"}) {
    ASSERT_NE(table.find_or_make(kLink, v4(text)), nullptr);
  }
  std::string seen;
  table.visit(*parse_prefix<Ipv4>("192.0.2.0/24"),
              [&](const auto& record) { seen += to_text(record.address) + " "; });
  EXPECT_EQ(seen, "192.0.2.2 192.0.2.9 ");
}

TEST_F(AdjacencyTableTest, AFullNextHopTableIsSaid) {
  unsigned made = 0;
  while (table.find_or_make(kLink, {Be32::from_host(0xc0000200U + made)}) != nullptr) ++made;
  EXPECT_EQ(made, 3U) << "8, less 4 that are fixed, less the port's own";
  EXPECT_EQ(table.size(), made);
}

}  // namespace
}  // namespace dstfwd
