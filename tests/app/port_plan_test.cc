// SPDX-License-Identifier: BSD-3-Clause
#include "app/port_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace dstfwd {
namespace {

PortOffer offer(uint16_t port, uint16_t rx, uint16_t tx) {
  return {PortId(port), "net_test" + std::to_string(port), rx, tx};
}

// Every receive queue of every port is polled by exactly one lcore; transmit queues are not shared.
void expect_complete(const PortPlan& plan) {
  std::map<std::pair<uint16_t, uint16_t>, int> polled;
  std::set<uint16_t> tx_queues;
  for (const ForwardingLcore& lcore : plan.lcores) {
    EXPECT_FALSE(lcore.rx.empty());
    EXPECT_TRUE(tx_queues.insert(lcore.tx_queue).second);
    for (const QueueOfPort& queue : lcore.rx) ++polled[{to_u16(queue.port), queue.queue}];
  }
  size_t queues = 0;
  for (const PortQueues& port : plan.ports) {
    queues += port.rx_queues;
    for (uint16_t queue = 0; queue < port.rx_queues; ++queue)
      EXPECT_EQ((polled[{to_u16(port.port), queue}]), 1);
    for (const ForwardingLcore& lcore : plan.lcores) EXPECT_LT(lcore.tx_queue, port.tx_queues);
  }
  EXPECT_EQ(polled.size(), queues);
}

TEST(PortPlan, GivesOneLcoreAllPorts) {
  const std::vector<PortOffer> offers{offer(0, 1, 1), offer(1, 1, 1)};
  Result<PortPlan> plan = plan_ports({}, offers, std::vector<unsigned>{0});
  ASSERT_TRUE(plan);
  expect_complete(*plan);
  ASSERT_EQ(plan->lcores.size(), 1U);
  EXPECT_EQ(plan->lcores[0].rx.size(), 2U);
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(PortPlan, GivesEachLcoreAQueueOfEachPortThatHasThem) {
  const std::vector<PortOffer> offers{offer(0, 16, 16), offer(1, 16, 16)};
  Result<PortPlan> plan = plan_ports({}, offers, std::vector<unsigned>{0, 1, 2});
  ASSERT_TRUE(plan);
  expect_complete(*plan);
  for (const PortQueues& port : plan->ports) {
    EXPECT_EQ(port.rx_queues, 3);
    EXPECT_EQ(port.tx_queues, 3);
  }
  for (const ForwardingLcore& lcore : plan->lcores) EXPECT_EQ(lcore.rx.size(), 2U);
}

TEST(PortPlan, SpreadsEachPortsQueuesOverAllLcores) {
  const std::vector<PortOffer> offers = {offer(0, 4, 4), offer(1, 4, 4)};
  const std::vector<unsigned> lcores = {0, 1, 2, 3};
  Result<PortPlan> plan = plan_ports({}, offers, lcores);
  ASSERT_TRUE(plan);
  for (const ForwardingLcore& lcore : plan->lcores) {
    ASSERT_EQ(lcore.rx.size(), 2U);
    EXPECT_NE(lcore.rx[0].port, lcore.rx[1].port) << "traffic by one port reaches all lcores";
  }
}

TEST(PortPlan, LeavesLcoresIdleThatGetNoTransmitQueueAndSaysWhy) {
  const std::vector<PortOffer> offers{offer(0, 4, 4), offer(1, 1, 1)};
  Result<PortPlan> plan = plan_ports({}, offers, std::vector<unsigned>{0, 1, 2});
  ASSERT_TRUE(plan);
  expect_complete(*plan);
  ASSERT_EQ(plan->lcores.size(), 1U);
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0],
            "port 1 (net_test1) has 1 transmit queue, and each forwarding lcore needs its own: "
            "lcore 1,2 idle");
}

TEST(PortPlan, LeavesLcoresIdleThatGetNoReceiveQueue) {
  const std::vector<PortOffer> offers{offer(0, 1, 8), offer(1, 1, 8)};
  Result<PortPlan> plan = plan_ports({}, offers, std::vector<unsigned>{4, 5, 6});
  ASSERT_TRUE(plan);
  expect_complete(*plan);
  ASSERT_EQ(plan->lcores.size(), 2U);
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0], "no receive queue is left for lcore 6: idle");
}

TEST(PortPlan, TakesTheNumbersOfQueuesThatWereAsked) {
  Options options;
  options.rxq = 4;
  options.txq = 2;
  const std::vector<PortOffer> offers{offer(0, 8, 8)};
  Result<PortPlan> plan = plan_ports(options, offers, std::vector<unsigned>{0, 1, 2});
  ASSERT_TRUE(plan);
  expect_complete(*plan);
  EXPECT_EQ(plan->lcores.size(), 2U);
  EXPECT_EQ(plan->ports[0].rx_queues, 4);
  EXPECT_EQ(plan->lcores[0].rx.size(), 2U);
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0], "--txq 2, and each forwarding lcore needs its own: lcore 2 idle");
}

TEST(PortPlan, RefusesMoreQueuesThanAPortHas) {
  Options options;
  options.rxq = 2;
  const std::vector<PortOffer> offers{offer(0, 8, 8), offer(1, 1, 8)};
  Result<PortPlan> plan = plan_ports(options, offers, std::vector<unsigned>{0});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "--rxq: 2 is more than port 1 (net_test1) has: 1");
}

TEST(PortPlan, RefusesAPortWithoutQueues) {
  const std::vector<PortOffer> offers{offer(0, 1, 0)};
  Result<PortPlan> plan = plan_ports({}, offers, std::vector<unsigned>{0});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().message, "port 0 (net_test0) has no transmit queue");
}

TEST(PortPlan, RefusesToRunWithoutPorts) {
  EXPECT_FALSE(plan_ports({}, {}, std::vector<unsigned>{0}));
}

TEST(SelectPorts, TakesThoseOfTheMask) {
  Options options;
  options.portmask = 0b101;
  const std::vector<PortId> present{PortId(0), PortId(1), PortId(2)};
  Result<std::vector<PortId>> ports = select_ports(options, present);
  ASSERT_TRUE(ports);
  EXPECT_EQ(*ports, (std::vector<PortId>{PortId(0), PortId(2)}));
}

TEST(SelectPorts, RefusesAMaskThatNamesAPortThatIsNotThere) {
  Options options;
  options.portmask = 0b100;
  const std::vector<PortId> present{PortId(0), PortId(1)};
  Result<std::vector<PortId>> ports = select_ports(options, present);
  ASSERT_FALSE(ports);
  EXPECT_EQ(ports.error().message, "--portmask: there is no port 2 (EAL has 2 ports)");
}

}  // namespace
}  // namespace dstfwd
