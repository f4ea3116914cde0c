// SPDX-License-Identifier: BSD-3-Clause
#include "app/port_plan.h"

#include <algorithm>

namespace dstfwd {
namespace {

std::string describe(const PortOffer& offer) {
  return "port " + std::to_string(to_u16(offer.port)) + " (" + offer.name + ")";
}

Status check_asked(std::string_view option, std::optional<uint32_t> asked, uint16_t max,
                   const PortOffer& offer, std::string_view kind) {
  if (max == 0) return Error{describe(offer) + " has no " + std::string(kind) + " queue"};
  if (!asked || *asked <= max) return Ok{};
  return Error{std::string(option) + ": " + std::to_string(*asked) + " is more than " +
               describe(offer) + " has: " + std::to_string(max)};
}

Status check_asked(const Options& options, std::span<const PortOffer> offers) {
  for (const PortOffer& offer : offers) {
    Status rx = check_asked("--rxq", options.rxq, offer.max_rx_queues, offer, "receive");
    if (!rx) return rx.error();
    Status tx = check_asked("--txq", options.txq, offer.max_tx_queues, offer, "transmit");
    if (!tx) return tx.error();
  }
  return Ok{};
}

std::string list(std::span<const unsigned> lcores) {
  std::string text;
  for (unsigned lcore : lcores) text += (text.empty() ? "" : ",") + std::to_string(lcore);
  return text;
}

// Lcores that get a transmit queue on every port.
std::span<const unsigned> limit_by_tx(const Options& options, std::span<const PortOffer> offers,
                                      std::span<const unsigned> lcores, PortPlan& plan) {
  const PortOffer& least = *std::ranges::min_element(offers, {}, &PortOffer::max_tx_queues);
  const size_t queues = options.txq ? *options.txq : least.max_tx_queues;
  if (lcores.size() <= queues) return lcores;
  const std::string why = options.txq ? "--txq " + std::to_string(*options.txq)
                                      : describe(least) + " has " + std::to_string(queues) +
                                            " transmit queue" + (queues == 1 ? "" : "s");
  plan.warnings.push_back(why + ", and each forwarding lcore needs its own: lcore " +
                          list(lcores.subspan(queues)) + " idle");
  return lcores.first(queues);
}

// Receive queues spread over the lcores, those of a port first of all: traffic may come by one
// port.
void assign_rx(PortPlan& plan) {
  uint16_t most = 0;
  for (const PortQueues& port : plan.ports) most = std::max(most, port.rx_queues);
  for (uint16_t queue = 0; queue < most; ++queue) {
    for (const PortQueues& port : plan.ports) {
      if (queue >= port.rx_queues) continue;
      const auto load = [&](const ForwardingLcore& lcore) {
        return std::pair(std::ranges::count(lcore.rx, port.port, &QueueOfPort::port),
                         lcore.rx.size());
      };
      std::ranges::min_element(plan.lcores, {}, load)->rx.push_back({port.port, queue});
    }
  }
}

void drop_idle(PortPlan& plan) {
  const auto idle = [](const ForwardingLcore& lcore) { return lcore.rx.empty(); };
  for (const ForwardingLcore& lcore : plan.lcores)
    if (idle(lcore))
      plan.warnings.push_back("no receive queue is left for lcore " + std::to_string(lcore.lcore) +
                              ": idle");
  std::erase_if(plan.lcores, idle);
}

}  // namespace

Result<PortPlan> plan_ports(const Options& options, std::span<const PortOffer> offers,
                            std::span<const unsigned> lcores) {
  if (offers.empty()) return Error{"no port: give EAL a device (-a PCI-ADDRESS, or --vdev)"};
  Status asked = check_asked(options, offers);
  if (!asked) return asked.error();

  PortPlan plan;
  const auto forwarding = limit_by_tx(options, offers, lcores, plan);
  for (size_t i = 0; i < forwarding.size(); ++i)
    plan.lcores.push_back({forwarding[i], static_cast<uint16_t>(i), {}});
  for (const PortOffer& offer : offers) {
    const size_t rx =
        options.rxq ? *options.rxq : std::min<size_t>(forwarding.size(), offer.max_rx_queues);
    const size_t tx = options.txq ? *options.txq : forwarding.size();
    plan.ports.push_back({offer.port, static_cast<uint16_t>(rx), static_cast<uint16_t>(tx)});
  }
  assign_rx(plan);
  drop_idle(plan);
  return plan;
}

Result<std::vector<PortId>> select_ports(const Options& options, std::span<const PortId> present) {
  std::vector<PortId> selected(present.begin(), present.end());
  if (!options.portmask) return selected;
  std::erase_if(selected, [&](PortId port) {
    return to_u16(port) >= 64 || (*options.portmask >> to_u16(port) & 1U) == 0;
  });
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((*options.portmask >> bit & 1U) == 0) continue;
    if (std::ranges::find(present, PortId(bit)) != present.end()) continue;
    return Error{"--portmask: there is no port " + std::to_string(bit) + " (EAL has " +
                 std::to_string(present.size()) + " ports)"};
  }
  return selected;
}

}  // namespace dstfwd
