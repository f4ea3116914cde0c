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
  EXPECT_EQ(plan->gc, 5U);
  EXPECT_EQ(plan->forwarding, (Ids{0, 1}));
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(LcorePlan, LetsTheMainLcoreForwardWhenThereAreTwo) {
  Result<LcorePlan> plan = plan_lcores({}, lcores({0, 1}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, 1U);
  EXPECT_EQ(plan->forwarding, Ids{0});
}

TEST(LcorePlan, PrefersTheServiceCoreThatEalWasGiven) {
  auto all = lcores({0, 1, 2});
  all[1].is_service = true;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, 1U);
  EXPECT_EQ(plan->forwarding, (Ids{0, 2}));
}

TEST(LcorePlan, TakesTheLcoreThatGcLcoreNames) {
  Options options;
  options.gc_lcore = 0;
  Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1, 2}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, 0U);
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
  EXPECT_FALSE(plan->gc);
  EXPECT_EQ(plan->forwarding, Ids{3});
  ASSERT_EQ(plan->warnings.size(), 1U);
}

TEST(LcorePlan, UsesEveryLcoreOutsideServiceMode) {
  for (GcMode mode : {GcMode::kInline, GcMode::kLegacy, GcMode::kOff}) {
    Options options;
    options.gc_mode = mode;
    Result<LcorePlan> plan = plan_lcores(options, lcores({0, 1}));
    ASSERT_TRUE(plan);
    EXPECT_FALSE(plan->gc);
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
  EXPECT_EQ(plan->gc, 2U);
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

TEST(LcorePlan, WarnsOfACollectorOnAnotherSocketWithBothNumbers) {
  auto all = lcores({0, 1});
  all[1].socket = 1;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0],
            "the collector's lcore 1 is on socket 1, forwarding lcore 0 on socket 0");
}

TEST(LcorePlan, NamesServiceCoresThatAreLeftOver) {
  auto all = lcores({0, 1, 2});
  all[1].is_service = all[2].is_service = true;
  Result<LcorePlan> plan = plan_lcores({}, all);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gc, 1U);
  EXPECT_EQ(plan->forwarding, Ids{0});
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0], "service core 2 has nothing to do");
}

}  // namespace
}  // namespace dstfwd
