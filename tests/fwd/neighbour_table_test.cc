// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/neighbour_table.h"

#include <gtest/gtest.h>

#include <set>

namespace dstfwd {
namespace {

using Table = NeighbourTable<Ipv4Address>;
constexpr LinkRef kLink{PortId{1}, 0};

Ipv4Address address(uint32_t n) {
  return {Be32::from_host(0x0a000000 + n)};
}

TEST(NeighbourTable, ANeighbourIsOneOfItsLink) {
  Table table(NeighbourTimers{}, 10, 1);
  auto* a = table.find_or_make(kLink, address(1));
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(table.find_or_make(kLink, address(1)), a);
  EXPECT_EQ(table.find(kLink, address(1)), a);
  EXPECT_EQ(table.find(LinkRef{PortId{1}, 100}, address(1)), nullptr);
  EXPECT_EQ(table.find(LinkRef{PortId{2}, 0}, address(1)), nullptr);
  table.erase(kLink, address(1));
  EXPECT_EQ(table.find(kLink, address(1)), nullptr);
}

TEST(NeighbourTable, AFullTableForgetsTheFailedAndRefusesTheRest) {
  Table table(NeighbourTimers{}, 3, 1);
  for (uint32_t i = 0; i < 3; ++i) table.find_or_make(kLink, address(i))->state.want(0);
  EXPECT_EQ(table.find_or_make(kLink, address(3)), nullptr);
  table.find(kLink, address(1))->state.reset(0);
  EXPECT_NE(table.find_or_make(kLink, address(3)), nullptr);
  EXPECT_EQ(table.find(kLink, address(1)), nullptr);
  EXPECT_NE(table.find_or_make(kLink, address(4), true), nullptr) << "permanent";
  EXPECT_EQ(table.size(), 4U);
}

TEST(NeighbourTable, VisitsGoRoundAndMayErase) {
  Table table(NeighbourTimers{}, 100, 1);
  for (uint32_t i = 0; i < 10; ++i) table.find_or_make(kLink, address(i));
  std::multiset<uint32_t> seen;
  const auto visit = [&](Table::Entry& entry) {
    seen.insert(entry.address.value.host() - 0x0a000000);
    return false;
  };
  for (int i = 0; i < 5; ++i) table.visit_some(4, visit);
  EXPECT_EQ(seen.size(), 20U);
  for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(seen.count(i), 2U);
  table.visit_some(100, [](Table::Entry& entry) { return entry.address.value.host() % 2 == 0; });
  EXPECT_EQ(table.size(), 5U);
  table.visit_some(100, [](Table::Entry&) { return true; });
  EXPECT_EQ(table.size(), 0U);
  table.visit_some(100, visit);
}

}  // namespace
}  // namespace dstfwd
