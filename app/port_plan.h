// SPDX-License-Identifier: BSD-3-Clause
// How many queues each port gets, and which lcore polls which. A pure function of what the ports
// offer. Each forwarding lcore has a transmit queue of its own on every port, the same number
// everywhere, so that no queue is shared; a port with too few of them limits the lcores.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/options.h"
#include "fwd/types.h"

namespace dstfwd {

// What a port offers.
struct PortOffer {
  PortId port;
  std::string name;  // the device's
  uint16_t max_rx_queues;
  uint16_t max_tx_queues;
};

struct PortQueues {
  PortId port;
  uint16_t rx_queues;
  uint16_t tx_queues;
};

struct QueueOfPort {
  PortId port;
  uint16_t queue;
  friend bool operator==(const QueueOfPort&, const QueueOfPort&) = default;
};

struct ForwardingLcore {
  unsigned lcore;
  uint16_t tx_queue;            // its own on every port
  std::vector<QueueOfPort> rx;  // never empty
};

struct PortPlan {
  std::vector<PortQueues> ports;
  std::vector<ForwardingLcore> lcores;
  std::vector<std::string> warnings;
};

// lcores: the candidates (LcorePlan::forwarding). The error is a line for the user.
Result<PortPlan> plan_ports(const Options& options, std::span<const PortOffer> offers,
                            std::span<const unsigned> lcores);

// The ports that --portmask selects of those there are; all without it.
Result<std::vector<PortId>> select_ports(const Options& options, std::span<const PortId> present);

}  // namespace dstfwd
