// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/hop_group_table.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(HopGroupTable, MakesGroupsUntilItIsFull) {
  HopGroupTable table(2);
  const uint32_t one = table.allocate();
  const uint32_t two = table.allocate();
  ASSERT_NE(one, HopGroupTable::kNone);
  ASSERT_NE(two, HopGroupTable::kNone);
  EXPECT_NE(one, two);
  EXPECT_EQ(table.allocate(), HopGroupTable::kNone);
  const GroupMember member{1, NextHopIndex{9}, 1, true};
  table.at(one).assign({&member, 1});
  EXPECT_EQ(table[one].select(0x80000000U), NextHopIndex{9});
  EXPECT_EQ(table[two].select(0x80000000U), kNoRouteHop);
}

TEST(HopGroupTable, KeepsAFreedGroupForItsReaders) {
  HopGroupTable table(1);
  bool over = false;
  const ReaderGrace grace{[] { return 1; }, [&](uint64_t) { return over; }};
  const uint32_t group = table.allocate();
  const GroupMember member{1, NextHopIndex{9}, 1, true};
  table.at(group).assign({&member, 1});
  table.free(group, grace.start());
  EXPECT_EQ(table.in_use(), 0U);
  table.reap(grace);
  EXPECT_EQ(table[group].select(7), NextHopIndex{9});
  EXPECT_EQ(table.allocate(), HopGroupTable::kNone);
  over = true;
  table.reap(grace);
  EXPECT_EQ(table.allocate(), group);
  EXPECT_EQ(table[group].select(7), kNoRouteHop);
}

}  // namespace
}  // namespace dstfwd
