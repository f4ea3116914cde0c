// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_scope.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace dstfwd {
namespace {

Ipv4Address v4(const char* text) {
  Ipv4Address a;
  EXPECT_EQ(inet_pton(AF_INET, text, &a), 1) << text;
  return a;
}
Ipv6Address v6(const char* text) {
  Ipv6Address a;
  EXPECT_EQ(inet_pton(AF_INET6, text, &a), 1) << text;
  return a;
}

TEST(AddressScope, Ipv4RangesEndWhereTheirRfcsSay) {
  EXPECT_TRUE(is_loopback(v4("127.255.255.255")));
  EXPECT_FALSE(is_loopback(v4("128.0.0.0")));
  EXPECT_TRUE(is_multicast(v4("224.0.0.0")));
  EXPECT_TRUE(is_multicast(v4("239.255.255.255")));
  EXPECT_FALSE(is_multicast(v4("240.0.0.0")));
  EXPECT_TRUE(is_link_local(v4("169.254.0.1")));
  EXPECT_FALSE(is_link_local(v4("169.253.255.255")));
  EXPECT_TRUE(is_limited_broadcast(v4("255.255.255.255")));
  for (const char* bad : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1"}) {
    EXPECT_FALSE(is_unicast(v4(bad))) << bad;
  }
  for (const char* good : {"1.0.0.0", "10.1.2.3", "126.1.1.1", "128.0.0.1", "223.255.255.255"}) {
    EXPECT_TRUE(is_unicast(v4(good))) << good;
  }
}

TEST(AddressScope, Ipv6RangesEndWhereTheirRfcsSay) {
  EXPECT_TRUE(is_link_local(v6("fe80::1")));
  EXPECT_TRUE(is_link_local(v6("febf::1")));
  EXPECT_FALSE(is_link_local(v6("fec0::1")));
  EXPECT_TRUE(is_loopback(v6("::1")));
  EXPECT_FALSE(is_loopback(v6("::2")));
  EXPECT_TRUE(is_unspecified(v6("::")));
  EXPECT_TRUE(is_multicast(v6("ff02::1")));
  EXPECT_TRUE(is_unicast(v6("2001:db8::1")));
  EXPECT_FALSE(is_unicast(v6("::1")));
}

TEST(AddressScope, SolicitedNodeGroupTakesTheLast24Bits) {
  EXPECT_EQ(solicited_node(v6("4037::01:800:200e:8c6c")), v6("ff02::1:ff0e:8c6c"));  // RFC 4291
}

TEST(AddressScope, GroupsMapToEthernetAsRfc2464Says) {
  EXPECT_EQ(multicast_mac(v6("ff02::1:ff0e:8c6c")),
            (MacAddress{{0x33, 0x33, 0xff, 0x0e, 0x8c, 0x6c}}));
}

TEST(AddressScope, LinkLocalAddressIsRfc2464sExample) {
  EXPECT_EQ(link_local_address(MacAddress{{0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde}}),
            v6("fe80::3656:78ff:fe9a:bcde"));
}

}  // namespace
}  // namespace dstfwd
