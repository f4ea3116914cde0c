// SPDX-License-Identifier: BSD-3-Clause
#include "app/port.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

constexpr uint16_t kRoom = RTE_MBUF_DEFAULT_BUF_SIZE;
constexpr uint64_t kAll = ~uint64_t{0};

rte_eth_dev_info offering(uint64_t rx) {
  rte_eth_dev_info info{};
  info.rx_offload_capa = rx;
  info.tx_offload_capa = kAll;
  info.max_rx_pktlen = 1518;
  info.flow_type_rss_offloads = RTE_ETH_RSS_IP;
  return info;
}

uint64_t chosen(uint64_t offered, bool timestamps, uint16_t rx_queues = 1) {
  return choose_offloads(offering(offered), {PortId{0}, rx_queues, 1}, kRoom, timestamps).rx;
}

TEST(ChooseOffloads, TimestampsOnlyWhereWantedAndOffered) {
  EXPECT_NE(chosen(kAll, true) & RTE_ETH_RX_OFFLOAD_TIMESTAMP, 0U);
  EXPECT_EQ(chosen(kAll, false) & RTE_ETH_RX_OFFLOAD_TIMESTAMP, 0U);
  EXPECT_EQ(chosen(kAll & ~RTE_ETH_RX_OFFLOAD_TIMESTAMP, true) & RTE_ETH_RX_OFFLOAD_TIMESTAMP, 0U);
}

TEST(ChooseOffloads, NeverMoreThanTheDeviceOffers) {
  EXPECT_EQ(chosen(0, true, 4), 0U);
  EXPECT_EQ(chosen(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM, true, 4), RTE_ETH_RX_OFFLOAD_IPV4_CKSUM);
}

TEST(ChooseOffloads, TheRssHashOfSeveralQueuesOnly) {
  EXPECT_EQ(chosen(kAll, false, 1) & RTE_ETH_RX_OFFLOAD_RSS_HASH, 0U);
  EXPECT_NE(chosen(kAll, false, 2) & RTE_ETH_RX_OFFLOAD_RSS_HASH, 0U);
}

TEST(ChooseOffloads, ScatterWhereAFrameMayNotFitAnMbuf) {
  rte_eth_dev_info info = offering(kAll);
  const PortQueues queues{PortId{0}, 1, 1};
  EXPECT_EQ(choose_offloads(info, queues, kRoom, false).rx & RTE_ETH_RX_OFFLOAD_SCATTER, 0U);
  info.max_rx_pktlen = 9600;
  EXPECT_NE(choose_offloads(info, queues, kRoom, false).rx & RTE_ETH_RX_OFFLOAD_SCATTER, 0U);
}

}  // namespace
}  // namespace dstfwd
