// SPDX-License-Identifier: BSD-3-Clause
// What the program does when a port's link goes down or comes up, or the device is pulled out: the
// router withdraws routes and brings them back, the collector cuts the port's entries, and a device
// that is gone is closed when the last of them has let go. A port that is set down by command
// (`link set N down`) loses its entries alike. Control thread.
#pragma once

#include <memory>
#include <vector>

#include "app/dataplane.h"
#include "fwd/link_monitor.h"

namespace dstfwd {

class LinkEvents {
 public:
  // dataplane outlives it. Takes the links' states as they are.
  static Result<std::unique_ptr<LinkEvents>> create(Dataplane& dataplane, uint64_t now_ms);
  LinkEvents(const LinkEvents&) = delete;
  LinkEvents& operator=(const LinkEvents&) = delete;

  // Returns a line for people for each change.
  std::vector<std::string> poll(uint64_t now_ms);
  // As if the device had been pulled out.
  void detach(PortId port) noexcept { monitor_->notify(port, RTE_ETH_EVENT_INTR_RMV); }

 private:
  LinkEvents(Dataplane& dataplane, std::unique_ptr<LinkMonitor> monitor)
      : dataplane_(&dataplane), monitor_(std::move(monitor)) {}
  Status set_carrier(PortId port, bool up);
  std::string take(PortId port, LinkEvent event);
  void cut_down_ports();
  std::string close(PortId port);

  Dataplane* dataplane_;
  std::unique_ptr<LinkMonitor> monitor_;
  std::vector<PortId> leaving_;  // pulled out, and still named by entries
  uint64_t was_up_ = 0;          // a bit a port
};

}  // namespace dstfwd
