// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/hop_group.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace dstfwd {
namespace {

constexpr size_t kFlows = 100000;

std::vector<NextHopIndex> ways(const HopGroup& group) {
  std::vector<NextHopIndex> out;
  for (size_t i = 0; i < kFlows; ++i) {
    out.push_back(group.select(static_cast<uint32_t>(i * 2654435761U)));
  }
  return out;
}

std::map<uint32_t, double> shares(const HopGroup& group) {
  std::map<uint32_t, double> out;
  for (const NextHopIndex hop : ways(group)) out[to_u32(hop)] += 1.0 / kFlows;
  return out;
}

std::vector<GroupMember> members(std::initializer_list<uint16_t> weights) {
  std::vector<GroupMember> out;
  for (const uint16_t w : weights) {
    const auto n = static_cast<uint32_t>(out.size() + 1);
    out.push_back({n * 0x1000193ULL, NextHopIndex{n + 10}, w, true});
  }
  return out;
}

TEST(HopGroup, FlowsSpreadByWeight) {
  HopGroup group;
  group.assign(members({1, 1, 1, 1}));
  for (const auto& [hop, share] : shares(group)) EXPECT_NEAR(share, 0.25, 0.05) << hop;
  EXPECT_EQ(shares(group).size(), 4U);
  group.assign(members({3, 1}));
  EXPECT_NEAR(shares(group)[11], 0.75, 0.05);
  EXPECT_NEAR(shares(group)[12], 0.25, 0.05);
  group.assign(members({256, 1}));
  EXPECT_GT(shares(group)[11], 0.98);
}

TEST(HopGroup, AMemberThatGoesDownMovesOnlyItsOwnFlows) {
  HopGroup group;
  auto all = members({1, 2, 3, 4});
  group.assign(all);
  const auto before = ways(group);
  all[1].usable = false;
  group.assign(all);
  const auto during = ways(group);
  for (size_t i = 0; i < kFlows; ++i) {
    if (before[i] == all[1].hop) {
      ASSERT_NE(during[i], all[1].hop);
    } else {
      ASSERT_EQ(during[i], before[i]);
    }
  }
  all[1].usable = true;
  group.assign(all);
  EXPECT_EQ(ways(group), before) << "back as it was";
}

TEST(HopGroup, ANewMemberTakesFlowsOnlyForItself) {
  HopGroup group;
  const auto three = members({1, 1, 1});
  const auto four = members({1, 1, 1, 1});
  group.assign(three);
  const auto before = ways(group);
  group.assign(four);
  const auto after = ways(group);
  for (size_t i = 0; i < kFlows; ++i) {
    if (after[i] != before[i]) {
      ASSERT_EQ(after[i], four[3].hop);
    }
  }
}

TEST(HopGroup, TheOrderOfMembersDoesNotMatter) {
  HopGroup a;
  HopGroup b;
  auto all = members({1, 2, 3});
  a.assign(all);
  std::swap(all[0], all[2]);
  b.assign(all);
  EXPECT_EQ(ways(a), ways(b));
}

TEST(HopGroup, WithoutAUsableMemberThereIsNoRoute) {
  HopGroup group;
  auto all = members({1, 1});
  group.assign(all);
  all[0].usable = all[1].usable = false;
  group.assign(all);
  for (const NextHopIndex hop : ways(group)) ASSERT_EQ(hop, kNoRouteHop);
}

}  // namespace
}  // namespace dstfwd
