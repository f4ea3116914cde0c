// SPDX-License-Identifier: BSD-3-Clause
#include "app/shard_plan.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

using Positions = std::vector<size_t>;

LcorePlan plan_of(std::map<unsigned, int> nodes, std::vector<unsigned> gc) {
  return {{}, std::move(gc), GcMode::kService, std::move(nodes), {}};
}

Options with_flows(uint32_t flows, uint32_t flows6) {
  Options options;
  options.flows = flows;
  options.flows6 = flows6;
  return options;
}

TEST(ShardPlan, IsOneForAllLcoresOfOneNode) {
  const LcorePlan lcores = plan_of({{1, 0}, {2, 0}, {7, 0}}, {7});
  const ShardPlans plans = plan_shards(with_flows(1000, 100), lcores, std::vector<unsigned>{1, 2});
  ASSERT_EQ(plans.shards.size(), 1U);
  EXPECT_EQ(plans.shards[0].node, 0);
  EXPECT_EQ(plans.shards[0].workers, (Positions{0, 1}));
  EXPECT_EQ(plans.shards[0].gc, 7U);
  EXPECT_EQ(plans.shards[0].flows4, 1000U);
  EXPECT_EQ(plans.shards[0].flows6, 100U);
  EXPECT_TRUE(plans.warnings.empty());
}

TEST(ShardPlan, IsOneForEachNodeWithACollectorOfThatNode) {
  const LcorePlan lcores =
      plan_of({{0, 1}, {1, 0}, {2, 1}, {3, 0}, {4, 1}, {5, 0}, {6, 1}}, {5, 6});
  const ShardPlans plans =
      plan_shards(with_flows(1000, 10), lcores, std::vector<unsigned>{0, 1, 2, 3, 4});
  ASSERT_EQ(plans.shards.size(), 2U);
  EXPECT_EQ(plans.shards[0].node, 1);
  EXPECT_EQ(plans.shards[0].workers, (Positions{0, 2, 4}));
  EXPECT_EQ(plans.shards[0].gc, 6U);
  EXPECT_EQ(plans.shards[0].flows4, 600U);
  EXPECT_EQ(plans.shards[0].flows6, 6U);
  EXPECT_EQ(plans.shards[1].node, 0);
  EXPECT_EQ(plans.shards[1].workers, (Positions{1, 3}));
  EXPECT_EQ(plans.shards[1].gc, 5U);
  EXPECT_EQ(plans.shards[1].flows4, 400U);
  EXPECT_TRUE(plans.warnings.empty());
}

TEST(ShardPlan, HasNoPartWithoutAFlow) {
  const LcorePlan lcores = plan_of({{0, 0}, {1, 1}}, {});
  const ShardPlans plans = plan_shards(with_flows(1, 1), lcores, std::vector<unsigned>{0, 1});
  ASSERT_EQ(plans.shards.size(), 2U);
  for (const ShardPlan& shard : plans.shards) {
    EXPECT_EQ(shard.flows4, 1U);
    EXPECT_EQ(shard.flows6, 1U);
    EXPECT_FALSE(shard.gc);
  }
  EXPECT_TRUE(plans.warnings.empty());
}

TEST(ShardPlan, WarnsOfACollectorOnAnotherNodeWithBothNumbers) {
  const LcorePlan lcores = plan_of({{0, 0}, {1, 1}, {2, 0}}, {2});
  const ShardPlans plans = plan_shards({}, lcores, std::vector<unsigned>{0, 1});
  ASSERT_EQ(plans.shards.size(), 2U);
  EXPECT_EQ(plans.shards[0].gc, 2U);
  EXPECT_EQ(plans.shards[1].gc, 2U);
  ASSERT_EQ(plans.warnings.size(), 1U);
  EXPECT_EQ(plans.warnings[0],
            "the collector's lcore 2 is on node 0, the entries that it collects on node 1: give "
            "node 1 a service core");
}

TEST(ShardPlan, GivesANodeWithoutACollectorToTheOneThatServesTheFewest) {
  const LcorePlan lcores = plan_of({{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 0}, {5, 1}}, {4, 5});
  const ShardPlans plans = plan_shards({}, lcores, std::vector<unsigned>{0, 1, 2, 3});
  ASSERT_EQ(plans.shards.size(), 4U);
  EXPECT_EQ(plans.shards[2].gc, 4U);
  EXPECT_EQ(plans.shards[3].gc, 5U);
  EXPECT_EQ(plans.warnings.size(), 2U);
}

TEST(ShardPlan, TakesACollectorOfANodeWithoutForwardingLcores) {
  const LcorePlan lcores = plan_of({{0, 0}, {1, 1}}, {1});
  const ShardPlans plans = plan_shards({}, lcores, std::vector<unsigned>{0});
  ASSERT_EQ(plans.shards.size(), 1U);
  EXPECT_EQ(plans.shards[0].gc, 1U);
  EXPECT_EQ(plans.warnings.size(), 1U);
}

}  // namespace
}  // namespace dstfwd
