// SPDX-License-Identifier: BSD-3-Clause
#include "app/link_events.h"

#include <algorithm>

namespace dstfwd {
namespace {

dstgc::PortIndex index_of(PortId port) noexcept {
  return dstgc::PortIndex{static_cast<uint8_t>(to_u16(port))};
}

}  // namespace

Result<std::unique_ptr<LinkEvents>> LinkEvents::create(Dataplane& dataplane, uint64_t now_ms) {
  std::vector<PortId> ports;
  for (const Port& port : dataplane.ports()) ports.push_back(port.id());
  auto monitor = LinkMonitor::create(ports);
  if (!monitor) return monitor.error();
  std::unique_ptr<LinkEvents> events(new LinkEvents(dataplane, std::move(*monitor)));
  // The monitor tells of those that are up; the router takes all for up until it is told.
  std::vector<PortId> down = ports;
  events->monitor_->poll(now_ms, [&](PortId port, LinkEvent event) {
    if (event == LinkEvent::kUp) std::erase(down, port);
  });
  for (const PortId port : down) {
    if (Status done = events->set_carrier(port, false); !done) return done.error();
  }
  return events;
}

Status LinkEvents::set_carrier(PortId port, bool up) {
  Router& router = dataplane_->router();
  if (Status done = router.port_set_carrier(port, up); !done) return done;
  return router.commit();
}

std::string LinkEvents::take(PortId port, LinkEvent event) {
  const Status done = set_carrier(port, event == LinkEvent::kUp);
  std::string line = "port " + std::to_string(to_u16(port));
  switch (event) {
    case LinkEvent::kUp:
      line += " is up";
      break;
    case LinkEvent::kDown:
      line += " is down";
      break;
    case LinkEvent::kRemoved:
      line += " was removed";
      dataplane_->router().port_remove(port);
      dataplane_->port_down(index_of(port), true);
      leaving_.push_back(port);
      break;
  }
  return done ? line : line + ": " + done.error().message;
}

// By the driver's word or the operator's.
void LinkEvents::cut_down_ports() {
  for (const Port& port : dataplane_->ports()) {
    const uint64_t bit = uint64_t{1} << to_u16(port.id());
    const bool up = dataplane_->router().links().is_up({port.id(), 0});
    const bool leaves = std::ranges::find(leaving_, port.id()) != leaving_.end();
    if (!up && !leaves && (was_up_ & bit) != 0) dataplane_->port_down(index_of(port.id()), false);
    was_up_ = up ? was_up_ | bit : was_up_ & ~bit;
  }
}

std::string LinkEvents::close(PortId port) {
  monitor_->forget(port);
  const Status done = dataplane_->close_port(port);
  const std::string line = "port " + std::to_string(to_u16(port)) + " is closed";
  return done ? line : line + ": " + done.error().message;
}

std::vector<std::string> LinkEvents::poll(uint64_t now_ms) {
  std::vector<std::string> lines;
  cut_down_ports();
  monitor_->poll(now_ms, [&](PortId port, LinkEvent event) { lines.push_back(take(port, event)); });
  cut_down_ports();
  std::erase_if(leaving_, [&](PortId port) {
    if (!dataplane_->port_drained(index_of(port))) return false;
    lines.push_back(close(port));
    return true;
  });
  return lines;
}

}  // namespace dstfwd
