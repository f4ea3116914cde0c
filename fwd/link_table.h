// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>

#include "fwd/link_ref.h"
#include "fwd/router_view.h"

namespace dstfwd {

struct Link {
  LinkRef ref;
  MacAddress mac;
  uint16_t mtu = 1500;               // bytes of IP packet; a sub-interface's is at most its port's
  bool enabled = true;               // by the operator (`link set N up|down`)
  bool carrier = true;               // by the port's driver
  bool advertises = false;           // router advertisements
  NextHopIndex glean = kNoRouteHop;  // of its connected prefixes
};

// Ports and their 802.1Q sub-interfaces, and what lcores see of them (PortView). Control thread.
class LinkTable {
 public:
  static constexpr uint16_t kMinMtu = 68;  // RFC 791
  static constexpr uint16_t kMaxVlan = 4094;

  LinkTable(RouterView& view, NextHopTable& hops) noexcept : view_(&view), hops_(&hops) {}

  // Once a port, before lcores poll it.
  Status add_port(PortId port, const MacAddress& mac, uint16_t mtu);
  Status add_vlan(const LinkRef& link);
  // Gives back the link's glean hop, which the caller frees. Sub-interfaces only.
  Result<NextHopIndex> remove_vlan(const LinkRef& link);

  Status set_enabled(const LinkRef& link, bool enabled);
  Status set_carrier(PortId port, bool carrier);
  Status set_mtu(const LinkRef& link, uint32_t mtu);
  Status set_advertises(const LinkRef& link, bool advertises);

  const Link* find(const LinkRef& link) const noexcept;
  // Enabled, its port too, and with carrier.
  bool is_up(const LinkRef& link) const noexcept;
  uint16_t mtu(const LinkRef& link) const noexcept;  // 0: no such link
  // In order: a port, then its sub-interfaces.
  const std::map<LinkRef, Link>& all() const noexcept { return links_; }

 private:
  Result<Link*> get(const LinkRef& link);
  Status insert(const Link& link);
  void show_to_lcores(PortId port) noexcept;

  RouterView* view_;
  NextHopTable* hops_;
  std::map<LinkRef, Link> links_;
};

}  // namespace dstfwd
