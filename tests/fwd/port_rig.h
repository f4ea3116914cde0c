// SPDX-License-Identifier: BSD-3-Clause
// Two ports without a NIC: what is sent by transmit queue q of a port is received by its receive
// queue q. Queue 0 is for what a test has received by the worker, queue 1 for what the worker
// sends.
#pragma once

#include <rte_ethdev.h>

#include "tests/fwd/mbufs.h"

namespace dstfwd::test {

class PortRig {
 public:
  explicit PortRig(const MbufPool& pool) {
    for (uint16_t port = 0; port < 2; ++port) {
      const rte_eth_conf conf{};
      EXPECT_EQ(rte_eth_dev_configure(port, 2, 2, &conf), 0);
      for (uint16_t q = 0; q < 2; ++q) {
        EXPECT_EQ(rte_eth_rx_queue_setup(port, q, 512, SOCKET_ID_ANY, nullptr, pool.get()), 0);
        EXPECT_EQ(rte_eth_tx_queue_setup(port, q, 512, SOCKET_ID_ANY, nullptr), 0);
      }
      EXPECT_EQ(rte_eth_dev_start(port), 0);
    }
  }
  PortRig(const PortRig&) = delete;
  PortRig& operator=(const PortRig&) = delete;
  ~PortRig() {
    for (uint16_t port = 0; port < 2; ++port) {
      for (uint16_t q = 0; q < 2; ++q) {
        for (rte_mbuf* m : take(port, q)) rte_pktmbuf_free(m);
      }
      rte_eth_dev_stop(port);
    }
  }

  // The worker will receive it on queue 0 of `port`.
  static void give(uint16_t port, rte_mbuf* m) { ASSERT_EQ(rte_eth_tx_burst(port, 0, &m, 1), 1); }
  // All that waits on a receive queue; queue 1: what the worker has sent.
  static std::vector<rte_mbuf*> take(uint16_t port, uint16_t queue = 1) {
    std::vector<rte_mbuf*> all;
    rte_mbuf* some[32];
    while (const uint16_t n = rte_eth_rx_burst(port, queue, some, 32)) {
      all.insert(all.end(), some, some + n);
    }
    return all;
  }
};

}  // namespace dstfwd::test
