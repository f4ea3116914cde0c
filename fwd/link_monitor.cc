// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/link_monitor.h"

#include <rte_errno.h>

#include <array>
#include <string>

namespace dstfwd {
namespace {

constexpr std::array kEvents = {RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV};

}  // namespace

Result<std::unique_ptr<LinkMonitor>> LinkMonitor::create(const std::vector<PortId>& ports) {
  std::unique_ptr<LinkMonitor> monitor(new LinkMonitor);
  for (const PortId id : ports) {
    monitor->ports_.push_back({id});
    for (const rte_eth_event_type event : kEvents) {
      const int result =
          rte_eth_dev_callback_register(to_u16(id), event, &LinkMonitor::on_event, monitor.get());
      if (result != 0) {
        return Error{"cannot watch the link of port " + std::to_string(to_u16(id)) + ": " +
                     rte_strerror(-result)};
      }
    }
  }
  return monitor;
}

LinkMonitor::~LinkMonitor() {
  for (const Port& port : ports_) {
    for (const rte_eth_event_type event : kEvents) {
      // -EAGAIN while the callback runs just now, on another thread; it ends by itself.
      while (rte_eth_dev_callback_unregister(to_u16(port.id), event, &LinkMonitor::on_event,
                                             this) == -EAGAIN) {
      }
    }
  }
}

int LinkMonitor::on_event(uint16_t port, rte_eth_event_type type, void* self, void*) noexcept {
  static_cast<LinkMonitor*>(self)->notify(PortId{port}, type);
  return 0;
}

void LinkMonitor::notify(PortId port, rte_eth_event_type type) noexcept {
  auto& bits = type == RTE_ETH_EVENT_INTR_RMV ? removed_ : changed_;
  bits.fetch_or(uint64_t{1} << to_u16(port), std::memory_order_release);  // (A)
}

bool LinkMonitor::is_up(PortId port) noexcept {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(to_u16(port), &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace dstfwd
