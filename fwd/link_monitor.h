// SPDX-License-Identifier: BSD-3-Clause
// Watches the ports' links: by the driver's interrupt where it has one (RTE_ETH_EVENT_INTR_LSC), by
// asking it now and then in any case, and for devices that are pulled out: by the driver's word
// (RTE_ETH_EVENT_INTR_RMV) or the bus's (RTE_DEV_EVENT_REMOVE, which vfio-pci passes on).
//
// Threads
//   poll(): the control thread. The callbacks come on EAL's interrupt thread; they only set bits
//   here, and read the devices' names, which do not change.
// Ordering
//   (A) a callback's fetch_or (release) pairs with poll()'s exchange (acquire).
#pragma once

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "fwd/types.h"

namespace dstfwd {

enum class LinkEvent : uint8_t { kUp, kDown, kRemoved };

class LinkMonitor {
 public:
  static constexpr uint64_t kPeriod_ms = 100;  // between questions to a driver without interrupts

  // Registers the callbacks. The ports must be configured; each is taken to be down until poll()
  // has said otherwise. Main thread.
  static Result<std::unique_ptr<LinkMonitor>> create(const std::vector<PortId>& ports);
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // Calls event(PortId, LinkEvent) for each change since the last call.
  template <typename Event>
  void poll(uint64_t now_ms, Event&& event) {
    const uint64_t removed = removed_.exchange(0, std::memory_order_acquire);  // pairs with (A)
    const bool asked = changed_.exchange(0, std::memory_order_acquire) != 0;   // pairs with (A)
    const bool due = now_ms >= next_ms_;
    if (due) next_ms_ = now_ms + kPeriod_ms;
    for (Port& port : ports_) {
      if (port.gone) continue;
      if ((removed >> to_u16(port.id) & 1U) != 0) {
        port.gone = true;
        event(port.id, LinkEvent::kRemoved);
      } else if (due || asked) {
        const bool up = is_up(port.id);
        if (up != port.up) event(port.id, up ? LinkEvent::kUp : LinkEvent::kDown);
        port.up = up;
      }
    }
  }

  // What the driver's callbacks do. Any thread.
  void notify(PortId port, rte_eth_event_type type) noexcept;
  // No more callbacks of the port: before it is closed. The control thread.
  void forget(PortId port) noexcept;

 private:
  struct Port {
    PortId id;
    std::string device;  // its name on the bus
    bool up = false;
    bool gone = false;
  };
  LinkMonitor() = default;
  static int on_event(uint16_t port, rte_eth_event_type type, void* self, void* unused) noexcept;
  static void on_bus(const char* device, rte_dev_event_type type, void* self) noexcept;
  Status watch(Port& port);
  static bool is_up(PortId port) noexcept;

  static_assert(RTE_MAX_ETHPORTS <= 64, "a bit a port");
  std::vector<Port> ports_;
  std::atomic<uint64_t> removed_{0};
  std::atomic<uint64_t> changed_{0};
  uint64_t next_ms_ = 0;
};

}  // namespace dstfwd
