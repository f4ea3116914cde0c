// SPDX-License-Identifier: BSD-3-Clause
#include "app/lcore_plan.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

using Ids = std::vector<unsigned>;

std::vector<LcoreInfo> lcores(std::initializer_list<unsigned> ids) {
  std::vector<LcoreInfo> all;
  for (unsigned id : ids) all.push_back({id, 0, all.empty(), false});
  return all;
}

TEST(LcorePlan, GivesTheLastLcoreToTheCollectorAndTheOthersForward) {
  Result<LcorePlan> plan = plan_lcores({}, lcores({0, 1, 5}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{5});
  EXPECT_EQ(plan->forwarding, (Ids{0, 1}));
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(LcorePlan, LetsTheMainLcoreForwardWhenThereAreTwo) {
  Result<LcorePlan> plan = plan_lcores({}, lcores({0, 1}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{1});
  EXPECT_EQ(plan->forwarding, Ids{0});
}

TEST(LcorePlan, PrefersTheServiceCoreThatEalWasGiven) {
  auto all = lcores({0, 1, 2});
  all[1].is_service = true;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{1});
  EXPECT_EQ(plan->forwarding, (Ids{0, 2}));
}

TEST(LcorePlan, TakesTheLcoreThatGcLcoreNames) {
  Options options;
  options.gc_lcore = 0;
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1, 2}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{0});
  EXPECT_EQ(plan->forwarding, (Ids{1, 2}));
}

TEST(LcorePlan, RefusesAGcLcoreThatEalDoesNotHave) {
  Options options;
  options.gc_lcore = 7;
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1}));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "--gc-lcore: EAL has no lcore 7 (it has 0,1)");
}

TEST(LcorePlan, RunsTheCollectorInlineOnASingleLcoreAndSaysSo) {
  Result<LcorePlan> plan = plan_lcores({}, lcores({3}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc_mode, GcMode::kInline);
  EXPECT_TRUE(plan->gc.empty());
  EXPECT_EQ(plan->forwarding, Ids{3});
  ASSERT_EQ(plan->warnings.size(), 1U);
}

TEST(LcorePlan, UsesEveryLcoreOutsideServiceMode) {
  for (GcMode mode : {GcMode::kInline, GcMode::kLegacy, GcMode::kOff}) {
    Options options;
    options.gc_mode = mode;
    Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1}));
    ASSERT_TRUE(plan);
    EXPECT_TRUE(plan->gc.empty());
    EXPECT_EQ(plan->gc_mode, mode);
    EXPECT_EQ(plan->forwarding, (Ids{0, 1}));
  }
}

TEST(LcorePlan, TakesNoMoreForwardingLcoresThanAsked) {
  Options options;
  options.nb_cores = 1;
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1, 2}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->forwarding, Ids{0});
  EXPECT_EQ(plan->gc, Ids{2});
}

TEST(LcorePlan, RefusesMoreForwardingLcoresThanThereAre) {
  Options options;
  options.nb_cores = 2;
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1}));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message,
            "--nb-cores: 2 forwarding lcores asked, EAL's arguments leave 1 beside the "
            "collector's lcore 1");
}

std::vector<LcoreInfo> on_nodes(std::initializer_list<int> nodes) {
  std::vector<LcoreInfo> all;
  for (const int node : nodes)
    all.push_back({static_cast<unsigned>(all.size()), node, all.empty(), false});
  return all;
}

TEST(LcorePlan, GivesEachNodeTheLastOfItsLcoresForItsCollector) {
  Result<LcorePlan> plan = plan_lcores({}, on_nodes({0, 1, 0, 1, 1}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, (Ids{2, 4}));
  EXPECT_EQ(plan->forwarding, (Ids{0, 1, 3}));
  EXPECT_EQ(plan->nodes.at(3), 1);
}

TEST(LcorePlan, LeavesANodesOnlyLcoreToForward) {
  Result<LcorePlan> plan = plan_lcores({}, on_nodes({0, 0, 1}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{1});
  EXPECT_EQ(plan->forwarding, (Ids{0, 2}));
}

TEST(LcorePlan, TakesTheLastLcoreWhereEachNodeHasOne) {
  Result<LcorePlan> plan = plan_lcores({}, on_nodes({0, 1}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{1});
  EXPECT_EQ(plan->forwarding, Ids{0});
}

TEST(LcorePlan, TakesAServiceCoreOfEachNode) {
  auto all = on_nodes({0, 0, 0, 1, 1});
  all[1].is_service = all[2].is_service = all[4].is_service = true;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, (Ids{1, 4}));
  EXPECT_EQ(plan->forwarding, (Ids{0, 3}));
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0], "service core 2 has nothing to do");
}

TEST(LcorePlan, GivesAllNodesTheOneServiceCoreThereIs) {
  auto all = on_nodes({0, 1, 2});
  all[2].is_service = true;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{2});
  EXPECT_EQ(plan->forwarding, (Ids{0, 1}));
}

TEST(LcorePlan, TakesOnlyTheLcoreThatGcLcoreNamesForAllNodes) {
  Options options;
  options.gc_lcore = 3;
  Result<LcorePlan> plan = plan_lcores(options, on_nodes({0, 0, 1, 1}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{3});
  EXPECT_EQ(plan->forwarding, (Ids{0, 1, 2}));
}

TEST(LcorePlan, TakesLcoresToBeOnTheNodesThatLcoreNodesNames) {
  Options options;
  options.lcore_nodes = {{1, 1}, {3, 1}};
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1, 2, 3}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, (Ids{2, 3}));
  EXPECT_EQ(plan->nodes, (std::map<unsigned, int>{{0, 0}, {1, 1}, {2, 0}, {3, 1}}));
}

TEST(LcorePlan, RefusesANodeForAnLcoreThatEalDoesNotHave) {
  Options options;
  options.lcore_nodes = {{7, 1}};
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1}));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "--lcore-nodes: EAL has no lcore 7 (it has 0,1)");
}

TEST(LcorePlan, NamesServiceCoresThatAreLeftOver) {
  auto all = lcores({0, 1, 2});
  all[1].is_service = all[2].is_service = true;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, Ids{1});
  EXPECT_EQ(plan->forwarding, Ids{0});
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0], "service core 2 has nothing to do");
}

}  // namespace
}  // namespace dstfwd
