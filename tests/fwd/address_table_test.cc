// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_table.h"

#include <gtest/gtest.h>

#include "fwd/address_text.h"

namespace dstfwd {
namespace {

constexpr LinkRef kOne{PortId{1}, 0};
constexpr LinkRef kTwo{PortId{2}, 0};

Ipv4Address v4(std::string_view text) {
  return *parse_address<Ipv4>(text);
}
Ipv6Address v6(std::string_view text) {
  return *parse_address<Ipv6>(text);
}
template <typename Family>
std::string added(AddressTable<Family>& table, std::string_view text, const LinkRef& link) {
  const Status done = table.add({link, *parse_prefix<Family>(text)});
  return done ? "" : done.error().message;
}

TEST(AddressTable, AnIpv4AddressMakesItselfAndItsBroadcastLocal) {
  AddressTable<Ipv4> table;
  ASSERT_EQ(added(table, "192.0.2.1/24", kOne), "");
  EXPECT_TRUE(table.is_own(v4("192.0.2.1")));
  EXPECT_TRUE(table.is_local(v4("192.0.2.255")));
  EXPECT_FALSE(table.is_own(v4("192.0.2.255")));
  EXPECT_TRUE(table.is_directed_broadcast(v4("192.0.2.255")));
  EXPECT_TRUE(table.is_on_link(kOne, v4("192.0.2.77")));
  EXPECT_FALSE(table.is_on_link(kTwo, v4("192.0.2.77")));
  EXPECT_FALSE(table.is_local(v4("192.0.2.2")));
}

TEST(AddressTable, AnIpv6AddressMakesTheSubnetRoutersAnycastAddressLocal) {
  AddressTable<Ipv6> table;
  ASSERT_EQ(added(table, "2001:db8::1/64", kOne), "");
  EXPECT_TRUE(table.is_anycast(kOne, v6("2001:db8::")));
  EXPECT_FALSE(table.is_anycast(kTwo, v6("2001:db8::")));
  EXPECT_TRUE(table.is_local(v6("2001:db8::")));
  EXPECT_FALSE(table.is_directed_broadcast(v6("2001:db8::ffff:ffff:ffff:ffff")));
}

TEST(AddressTable, PointToPointPrefixesHaveNoBroadcast) {  // RFC 3021
  AddressTable<Ipv4> table;
  ASSERT_EQ(added(table, "192.0.2.0/31", kOne), "");
  EXPECT_FALSE(table.is_directed_broadcast(v4("192.0.2.1")));
  EXPECT_TRUE(table.is_on_link(kOne, v4("192.0.2.1")));
}

TEST(AddressTable, RefusesWhatCannotBeAnAddressOfOurs) {
  AddressTable<Ipv4> table;
  EXPECT_EQ(added(table, "224.0.0.1/24", kOne), "224.0.0.1/24 is not a unicast address");
  EXPECT_EQ(added(table, "192.0.2.255/24", kOne),
            "192.0.2.255/24 is its prefix' broadcast address");
  EXPECT_EQ(added(table, "192.0.2.1/0", kOne), "192.0.2.1/0: the prefix' length must not be 0");
  ASSERT_EQ(added(table, "192.0.2.1/24", kOne), "");
  EXPECT_EQ(added(table, "192.0.2.1/25", kTwo),
            "address 192.0.2.1/25 exists already: 192.0.2.1/24 on port 1");
  EXPECT_EQ(table.all().size(), 1U);
}

TEST(AddressTable, EachLinkMayHaveTheSameLinkLocalAddress) {
  AddressTable<Ipv6> table;
  EXPECT_EQ(added(table, "fe80::1/64", kOne), "");
  EXPECT_EQ(added(table, "fe80::1/64", kTwo), "");
  EXPECT_NE(added(table, "fe80::1/64", kTwo), "");
  EXPECT_EQ(table.connected_by(v6("fe80::9")), std::nullopt);
}

TEST(AddressTable, ASharedBroadcastStaysUntilTheLastAddressIsGone) {
  AddressTable<Ipv4> table;
  ASSERT_EQ(added(table, "192.0.2.1/24", kOne), "");
  ASSERT_EQ(added(table, "192.0.2.2/24", kOne), "");
  const uint64_t version = table.version();
  ASSERT_TRUE(table.remove(*parse_prefix<Ipv4>("192.0.2.1/24"), {}));
  EXPECT_NE(table.version(), version);
  EXPECT_TRUE(table.is_local(v4("192.0.2.255")));
  ASSERT_TRUE(table.remove(*parse_prefix<Ipv4>("192.0.2.2/24"), kOne));
  EXPECT_FALSE(table.is_local(v4("192.0.2.255")));
  EXPECT_EQ(table.links_of(*parse_prefix<Ipv4>("192.0.2.0/24")), nullptr);
  const auto again = table.remove(*parse_prefix<Ipv4>("192.0.2.2/24"), kTwo);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "no such address: 192.0.2.2/24 on port 2");
}

TEST(AddressTable, TheLongestConnectedPrefixSaysTheLink) {
  AddressTable<Ipv4> table;
  ASSERT_EQ(added(table, "10.0.0.1/8", kOne), "");
  ASSERT_EQ(added(table, "10.1.0.1/16", kTwo), "");
  EXPECT_EQ(table.connected_by(v4("10.1.2.3")), kTwo);
  EXPECT_EQ(table.connected_by(v4("10.2.2.3")), kOne);
  EXPECT_EQ(table.connected_by(v4("11.0.0.1")), std::nullopt);
}

TEST(AddressTable, SpeaksToAPeerFromItsPrefixAndScope) {
  AddressTable<Ipv6> table;
  ASSERT_EQ(added(table, "2001:db8:1::1/64", kOne), "");
  ASSERT_EQ(added(table, "2001:db8:2::1/64", kOne), "");
  ASSERT_EQ(added(table, "fe80::1/64", kOne), "");
  const auto from = [&](const LinkRef& link, std::string_view peer) {
    const auto* own = table.source_on(link, v6(peer));
    return own == nullptr ? "none" : to_text(own->prefix.address);
  };
  EXPECT_EQ(from(kOne, "2001:db8:2::9"), "2001:db8:2::1");
  EXPECT_EQ(from(kOne, "fe80::9"), "fe80::1");
  EXPECT_EQ(from(kTwo, "2001:db8:9::9"), "2001:db8:1::1") << "a link without: any";
  EXPECT_EQ(from(kTwo, "fe80::9"), "none");
}

TEST(AddressTable, ADuplicateIsKeptButNeitherLocalNorASource) {
  AddressTable<Ipv4> table;
  ASSERT_EQ(added(table, "192.0.2.1/24", kOne), "");
  ASSERT_EQ(added(table, "198.51.100.1/24", kOne), "");
  const uint64_t before = table.version();
  ASSERT_NE(table.set_duplicate(kOne, v4("192.0.2.1"), true), nullptr);
  EXPECT_EQ(table.set_duplicate(kOne, v4("192.0.2.1"), true), nullptr) << "no change";
  EXPECT_EQ(table.set_duplicate(kTwo, v4("192.0.2.1"), true), nullptr) << "none there";
  EXPECT_NE(table.version(), before);
  EXPECT_FALSE(table.is_own(v4("192.0.2.1")));
  EXPECT_FALSE(table.is_local(v4("192.0.2.1")));
  EXPECT_EQ(table.source_on(kOne, v4("192.0.2.9"))->prefix.address, v4("198.51.100.1"));
  EXPECT_EQ(table.connected_by(v4("192.0.2.9")), kOne) << "its prefix is connected all the same";
  ASSERT_NE(table.find(kOne, v4("192.0.2.1")), nullptr);
  EXPECT_TRUE(table.find(kOne, v4("192.0.2.1"))->duplicate);
  EXPECT_NE(added(table, "192.0.2.1/25", kTwo), "") << "it exists";

  ASSERT_NE(table.set_duplicate(kOne, v4("192.0.2.1"), false), nullptr);
  EXPECT_TRUE(table.is_local(v4("192.0.2.1")));
  EXPECT_EQ(table.source_on(kOne, v4("192.0.2.9"))->prefix.address, v4("192.0.2.1"));
}

TEST(AddressTable, ADuplicateCanBeDeletedAndAddedAnew) {
  AddressTable<Ipv6> table;
  ASSERT_EQ(added(table, "2001:db8::1/64", kOne), "");
  ASSERT_NE(table.set_duplicate(kOne, v6("2001:db8::1"), true), nullptr);
  ASSERT_TRUE(table.remove(*parse_prefix<Ipv6>("2001:db8::1/64"), {}));
  EXPECT_FALSE(table.is_local(v6("2001:db8::1")));
  EXPECT_FALSE(table.is_local(v6("2001:db8::")));
  ASSERT_EQ(added(table, "2001:db8::1/64", kOne), "");
  EXPECT_TRUE(table.is_local(v6("2001:db8::1")));
}

}  // namespace
}  // namespace dstfwd
