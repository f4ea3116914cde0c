// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/link_monitor.h"

#include <rte_errno.h>

#include <array>
#include <string>

namespace dstfwd {
namespace {

constexpr std::array kEvents = {RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV};

}  // namespace

// 22.11 calls the bus's callbacks experimental.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
Status LinkMonitor::watch(Port& port) {
  const auto failed = [&](int code) {
    return Error{"cannot watch the link of port " + std::to_string(to_u16(port.id)) + ": " +
                 rte_strerror(-code)};
  };
  for (const rte_eth_event_type event : kEvents) {
    const int code =
        rte_eth_dev_callback_register(to_u16(port.id), event, &LinkMonitor::on_event, this);
    if (code != 0) return failed(code);
  }
  rte_eth_dev_info info{};
  if (rte_eth_dev_info_get(to_u16(port.id), &info) != 0 || info.device == nullptr) return Ok{};
  port.device = rte_dev_name(info.device);
  const int code = rte_dev_event_callback_register(port.device.c_str(), &LinkMonitor::on_bus, this);
  // Of a device with two ports, the first port's will do.
  return code == 0 || code == -EEXIST ? Status(Ok{}) : failed(code);
}

void LinkMonitor::forget(PortId id) noexcept {
  for (const Port& port : ports_) {
    if (port.id != id) continue;
    // -EAGAIN while the callback runs just now, on another thread; it ends by itself.
    for (const rte_eth_event_type event : kEvents) {
      while (rte_eth_dev_callback_unregister(to_u16(id), event, &LinkMonitor::on_event, this) ==
             -EAGAIN) {
      }
    }
    if (port.device.empty()) continue;
    while (rte_dev_event_callback_unregister(port.device.c_str(), &LinkMonitor::on_bus, this) ==
           -EAGAIN) {
    }
  }
}
#pragma GCC diagnostic pop

Result<std::unique_ptr<LinkMonitor>> LinkMonitor::create(const std::vector<PortId>& ports) {
  std::unique_ptr<LinkMonitor> monitor(new LinkMonitor);
  for (const PortId id : ports) monitor->ports_.push_back({id, {}});
  for (Port& port : monitor->ports_) {
    if (Status watched = monitor->watch(port); !watched) return watched.error();
  }
  return monitor;
}

LinkMonitor::~LinkMonitor() {
  for (const Port& port : ports_) forget(port.id);
}

void LinkMonitor::on_bus(const char* device, rte_dev_event_type type, void* self) noexcept {
  if (type != RTE_DEV_EVENT_REMOVE) return;
  auto* const monitor = static_cast<LinkMonitor*>(self);
  for (const Port& port : monitor->ports_) {
    if (port.device == device) monitor->notify(port.id, RTE_ETH_EVENT_INTR_RMV);
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
