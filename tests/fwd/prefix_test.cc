// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/prefix.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <set>

namespace dstfwd {
namespace {

Prefix<Ipv4> p4(const char* address, uint8_t length) {
  Prefix<Ipv4> p{{}, length};
  EXPECT_EQ(inet_pton(AF_INET, address, &p.address), 1);
  return p;
}
Prefix<Ipv6> p6(const char* address, uint8_t length) {
  Prefix<Ipv6> p{{}, length};
  EXPECT_EQ(inet_pton(AF_INET6, address, &p.address), 1);
  return p;
}

TEST(Prefix, KnowsWhetherHostBitsAreSet) {
  EXPECT_TRUE(p4("198.18.0.0", 15).is_canonical());
  EXPECT_FALSE(p4("198.19.0.0", 15 - 1).is_canonical());
  EXPECT_FALSE(p4("10.0.0.1", 31).is_canonical());
  EXPECT_TRUE(p4("10.0.0.1", 32).is_canonical());
  EXPECT_TRUE(p4("0.0.0.0", 0).is_canonical());
  EXPECT_FALSE(p4("0.0.0.1", 0).is_canonical());
  EXPECT_TRUE(p6("2001:db8::", 33).is_canonical());
  EXPECT_FALSE(p6("2001:db8:8000::", 32).is_canonical());
  EXPECT_TRUE(p6("2001:db8:8000::", 33).is_canonical());
  EXPECT_EQ(p6("2001:db8::1", 64).masked(), p6("2001:db8::", 64));
}

TEST(Prefix, ContainsItsAddressesAndNoOthers) {
  const auto p = p4("203.0.112.0", 23);
  EXPECT_TRUE(p.contains(p4("203.0.113.255", 32).address));
  EXPECT_FALSE(p.contains(p4("203.0.114.0", 32).address));
  EXPECT_TRUE(p4("0.0.0.0", 0).contains(p4("255.255.255.255", 32).address));
  const auto six = p6("2001:db8:0:fffe::", 63);
  EXPECT_TRUE(six.contains(p6("2001:db8:0:ffff::9", 128).address));
  EXPECT_FALSE(six.contains(p6("2001:db8:1::9", 128).address));
}

TEST(Prefix, ContainsLongerPrefixesOnly) {
  EXPECT_TRUE(p4("10.0.0.0", 8).contains(p4("10.3.0.0", 16)));
  EXPECT_TRUE(p4("10.0.0.0", 8).contains(p4("10.0.0.0", 8)));
  EXPECT_FALSE(p4("10.0.0.0", 16).contains(p4("10.0.0.0", 8)));
}

TEST(Prefix, KnowsItsHighestAddress) {
  EXPECT_EQ(p4("192.0.2.64", 26).highest(), p4("192.0.2.127", 32).address);
  EXPECT_EQ(p4("0.0.0.0", 0).highest(), p4("255.255.255.255", 32).address);
  EXPECT_EQ(p6("2001:db8::", 126).highest(), p6("2001:db8::3", 128).address);
}

TEST(Prefix, OrdersByAddressThenLength) {
  const std::set<Prefix<Ipv4>> order = {p4("10.0.0.0", 16), p4("10.0.0.0", 8), p4("9.0.0.0", 8),
                                        p4("10.0.1.0", 24)};
  std::vector<unsigned> lengths;
  for (const auto& p : order) lengths.push_back(p.length);
  EXPECT_EQ(lengths, (std::vector<unsigned>{8, 8, 16, 24}));
  EXPECT_EQ(*order.begin(), p4("9.0.0.0", 8));
}

TEST(Prefix, HashesNeighbouringPrefixesApart) {
  std::set<size_t> buckets;
  for (uint32_t i = 0; i < 4096; ++i) {
    buckets.insert(PrefixHash<Ipv4>{}({{Be32::from_host(0x0a000000U + (i << 8U))}, 24}) & 0xffffU);
  }
  EXPECT_GT(buckets.size(), 3500U);
}

}  // namespace
}  // namespace dstfwd
