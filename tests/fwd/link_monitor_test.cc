// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/link_monitor.h"

#include <rte_dev.h>

#include "tests/fwd/eal.h"

namespace dstfwd {
namespace {

using Events = std::vector<std::pair<uint16_t, LinkEvent>>;

// A net_null port: its link follows start, stop and rte_eth_dev_set_link_*.
struct LinkMonitorTest : ::testing::Test {
  rte_mempool* pool = rte_pktmbuf_pool_create("links", 255, 0, 0, 256, SOCKET_ID_ANY);
  uint16_t port = RTE_MAX_ETHPORTS;
  std::unique_ptr<LinkMonitor> monitor;
  uint64_t now_ms = 1000;

  void SetUp() override {
    ASSERT_EQ(rte_eal_hotplug_add("vdev", "net_null_links", ""), 0);
    ASSERT_EQ(rte_eth_dev_get_port_by_name("net_null_links", &port), 0);
    const rte_eth_conf conf{};
    ASSERT_EQ(rte_eth_dev_configure(port, 1, 1, &conf), 0);
    ASSERT_EQ(rte_eth_rx_queue_setup(port, 0, 64, 0, nullptr, pool), 0);
    ASSERT_EQ(rte_eth_tx_queue_setup(port, 0, 64, 0, nullptr), 0);
    auto made = LinkMonitor::create({PortId{port}});
    ASSERT_TRUE(made) << made.error().message;
    monitor = std::move(*made);
  }
  void TearDown() override {
    monitor.reset();
    rte_eth_dev_stop(port);
    rte_eth_dev_close(port);
    rte_eal_hotplug_remove("vdev", "net_null_links");
    rte_mempool_free(pool);
  }
  Events poll(uint64_t after_ms = LinkMonitor::kPeriod_ms) {
    now_ms += after_ms;
    Events events;
    monitor->poll(now_ms, [&](PortId id, LinkEvent e) { events.emplace_back(to_u16(id), e); });
    return events;
  }
};

TEST_F(LinkMonitorTest, ChangesAreToldOnce) {
  EXPECT_EQ(poll(), Events{});
  ASSERT_EQ(rte_eth_dev_start(port), 0);
  EXPECT_EQ(poll(), (Events{{port, LinkEvent::kUp}}));
  EXPECT_EQ(poll(), Events{});
  ASSERT_EQ(rte_eth_dev_stop(port), 0);
  EXPECT_EQ(poll(), (Events{{port, LinkEvent::kDown}}));
  EXPECT_EQ(poll(), Events{});
}

TEST_F(LinkMonitorTest, TheDriverIsAskedTenTimesASecondOrWhenItSaysSo) {
  EXPECT_EQ(poll(), Events{});
  ASSERT_EQ(rte_eth_dev_start(port), 0);
  EXPECT_EQ(poll(LinkMonitor::kPeriod_ms - 1), Events{});
  monitor->notify(PortId{port}, RTE_ETH_EVENT_INTR_LSC);
  EXPECT_EQ(poll(0), (Events{{port, LinkEvent::kUp}}));
}

TEST_F(LinkMonitorTest, ARemovedDeviceIsToldAndNotAskedAgain) {
  ASSERT_EQ(rte_eth_dev_start(port), 0);
  EXPECT_EQ(poll(), (Events{{port, LinkEvent::kUp}}));
  monitor->notify(PortId{port}, RTE_ETH_EVENT_INTR_RMV);
  EXPECT_EQ(poll(0), (Events{{port, LinkEvent::kRemoved}}));
  ASSERT_EQ(rte_eth_dev_stop(port), 0);
  EXPECT_EQ(poll(), Events{});
}

// 22.11 calls the function experimental.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
TEST_F(LinkMonitorTest, TheBussWordOfARemovalIsTakenToo) {
  rte_dev_event_callback_process("net_null_links", RTE_DEV_EVENT_ADD);
  EXPECT_EQ(poll(), Events{});
  rte_dev_event_callback_process("net_null_links", RTE_DEV_EVENT_REMOVE);
  EXPECT_EQ(poll(0), (Events{{port, LinkEvent::kRemoved}}));
}

TEST_F(LinkMonitorTest, AForgottenPortSaysNothingMore) {
  monitor->forget(PortId{port});
  rte_dev_event_callback_process("net_null_links", RTE_DEV_EVENT_REMOVE);
  EXPECT_EQ(poll(0), Events{});
}
#pragma GCC diagnostic pop

}  // namespace
}  // namespace dstfwd
