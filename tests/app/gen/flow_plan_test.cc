// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/flow_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace dstfwd::gen {
namespace {

FlowPlanConfig config(uint32_t flows, double new_per_packet = 0, unsigned ipv6_percent = 0) {
  return {flows,
          new_per_packet,
          ipv6_percent,
          {{Be32::from_host(0x0a000000)}, 16},
          {{Be32::from_host(0x0b000000)}, 32},
          {{{0x20, 0x01, 0, 2}}, 4},
          {{{0x20, 0x01, 0, 3}}, 8}};
}

uint64_t key(const FlowPlan& plan, uint64_t k) {
  const auto flow = plan.ipv4(k);
  return uint64_t{flow.source.value.host() & 0xffffU} << 40U |
         uint64_t{flow.destination.value.host() & 0xffffU} << 20U | flow.source_port;
}

TEST(FlowPlan, SlotsAreServedInTurnByAsManyDifferentFlows) {
  for (const uint32_t flows : {1U, 7U, 512U, 5000U}) {
    const FlowPlan plan(config(flows));
    std::set<uint64_t> keys;
    for (uint64_t k = 0; k < flows; ++k) {
      EXPECT_EQ(plan.slot(k), k);
      keys.insert(key(plan, k));
    }
    EXPECT_EQ(keys.size(), flows);
    for (uint64_t k = 0; k < flows; ++k) EXPECT_EQ(key(plan, k), key(plan, k + flows));
  }
}

TEST(FlowPlan, AddressesStayInTheirRanges) {
  const FlowPlan plan(config(5000, 0.3));
  for (uint64_t k = 0; k < 20000; ++k) {
    const auto four = plan.ipv4(k);
    EXPECT_LT(four.source.value.host() - 0x0a000000U, 16U);
    EXPECT_LT(four.destination.value.host() - 0x0b000000U, 32U);
    EXPECT_GE(four.source_port, 1024);
    const auto six = plan.ipv6(k);
    EXPECT_LT(six.source.bytes[15], 4);
    EXPECT_LT(six.destination.bytes[15], 8);
    EXPECT_EQ(six.destination.bytes[3], 3);
  }
}

TEST(FlowPlan, NewFlowsComeAtTheirRateEachReplacingTheOldest) {
  constexpr uint32_t kFlows = 100;
  const FlowPlan plan(config(kFlows, 0.01));
  std::map<uint64_t, uint64_t> first;
  std::map<uint32_t, uint64_t> incarnation;
  constexpr uint64_t kPackets = 200000;
  for (uint64_t k = 0; k < kPackets; ++k) {
    first.try_emplace(key(plan, k), k);
    uint64_t& before = incarnation[plan.slot(k)];
    ASSERT_GE(plan.incarnation(k), before);
    ASSERT_LE(plan.incarnation(k), before + 1) << "a flow without a packet";
    before = plan.incarnation(k);
  }
  EXPECT_NEAR(static_cast<double>(first.size()), kFlows + kPackets * 0.01, kFlows + 1);
}

TEST(FlowPlan, TheShareOfIpv6IsExactOverAHundredSlots) {
  for (const unsigned percent : {0U, 1U, 30U, 50U, 99U, 100U}) {
    const FlowPlan plan(config(1000, 0, percent));
    for (uint32_t start : {0U, 100U, 900U}) {
      unsigned six = 0;
      for (uint32_t slot = start; slot < start + 100; ++slot) six += plan.is_ipv6(slot) ? 1 : 0;
      EXPECT_EQ(six, percent);
    }
  }
}

}  // namespace
}  // namespace dstfwd::gen
