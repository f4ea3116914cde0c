// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_text.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(AddressText, AddressesComeBackAsTheyWereWritten) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255"}) {
    const auto parsed = parse_address<Ipv4>(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_text(*parsed), text);
  }
  for (const char* text : {"::", "::1", "2001:db8::1", "fe80::ff:fe00:1", "2001:db8:0:1::"}) {
    const auto parsed = parse_address<Ipv6>(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_text(*parsed), text);
  }
  EXPECT_EQ(to_text(*parse_address<Ipv6>("2001:0DB8:0:0:0:0:0:1")), "2001:db8::1") << "RFC 5952";
}

TEST(AddressText, WhatIsNoAddressIsRefused) {
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.01", " 192.0.2.1", "192.0.2.1 ",
                           "192.0.2.1/24", "::1", "a.b.c.d"}) {
    EXPECT_FALSE(parse_address<Ipv4>(text)) << text;
  }
  for (const char* text :
       {"", ":", ":::", "1::2::3", "2001:db8::g", "12345::", "192.0.2.1", "1:2:3:4:5:6:7:8:9"}) {
    EXPECT_FALSE(parse_address<Ipv6>(text)) << text;
  }
  EXPECT_FALSE(parse_address<Ipv4>(std::string(200, '1')));
  EXPECT_FALSE(parse_address<Ipv4>(std::string_view("192.0.2.1\0x", 11)));
}

TEST(AddressText, APrefixWithoutALengthIsAHosts) {
  EXPECT_EQ(to_text(*parse_prefix<Ipv4>("192.0.2.1")), "192.0.2.1/32");
  EXPECT_EQ(to_text(*parse_prefix<Ipv4>("192.0.2.1/24")), "192.0.2.1/24");
  EXPECT_EQ(to_text(*parse_prefix<Ipv6>("2001:db8::/0")), "2001:db8::/0");
  for (const char* text : {"192.0.2.1/", "192.0.2.1/33", "192.0.2.1/-1", "192.0.2.1/1x", "/24"}) {
    EXPECT_FALSE(parse_prefix<Ipv4>(text)) << text;
  }
  EXPECT_FALSE(parse_prefix<Ipv6>("2001:db8::/129"));
}

TEST(AddressText, AMacHasSixGroupsOfTwoDigits) {
  EXPECT_EQ(to_text(*parse_mac("02:00:00:0a:FF:01")), "02:00:00:0a:ff:01");
  for (const char* text : {"", "02:00:00:00:00", "2:0:0:0:0:1", "02-00-00-00-00-01",
                           "02:00:00:00:00:0g", "02:00:00:00:00:01:", "02:00:00:00:00: 1"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(AddressText, NumbersAreDecimalAndWithinTheirLimit) {
  EXPECT_EQ(parse_number("0", 0), 0U);
  EXPECT_EQ(parse_number("4294967295", 0xffffffffU), 0xffffffffU);
  for (const char* text : {"", "-1", "+1", "1.0", "0x1", "11", "99999999999"}) {
    EXPECT_FALSE(parse_number(text, 10)) << text;
  }
}

TEST(AddressText, ALinkNamesItsVlanIfItHasOne) {
  EXPECT_EQ(to_text(LinkRef{PortId{1}, 0}), "port 1");
  EXPECT_EQ(to_text(LinkRef{PortId{1}, 100}), "port 1 vlan 100");
}

}  // namespace
}  // namespace dstfwd
