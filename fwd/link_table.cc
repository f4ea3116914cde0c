// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/link_table.h"

#include <algorithm>

#include "fwd/address_text.h"

namespace dstfwd {

const Link* LinkTable::find(const LinkRef& link) const noexcept {
  const auto found = links_.find(link);
  return found == links_.end() ? nullptr : &found->second;
}

Result<Link*> LinkTable::get(const LinkRef& link) {
  const auto found = links_.find(link);
  if (found == links_.end()) return Error{"there is no " + to_text(link)};
  return &found->second;
}

Status LinkTable::insert(const Link& link) {
  if (find(link.ref) != nullptr) return Error{to_text(link.ref) + " exists already"};
  Link made = link;
  made.glean = hops_->allocate({.kind = HopKind::kGlean,
                                .src = link.mac,
                                .port = link.ref.port,
                                .mtu = link.mtu,
                                .vlan_tci = link.ref.vlan});
  if (made.glean == kNoRouteHop) return Error{"the next-hop table is full"};
  links_.emplace(link.ref, made);
  return Ok{};
}

Status LinkTable::add_port(PortId port, const MacAddress& mac, uint16_t mtu) {
  if (to_u16(port) >= view_->ports.size()) {
    return Error{"port " + std::to_string(to_u16(port)) + " is beyond the highest, " +
                 std::to_string(view_->ports.size() - 1)};
  }
  if (Status made = insert({.ref = {port, 0}, .mac = mac, .mtu = mtu}); !made) return made;
  view_->ports[to_u16(port)].mac = mac;
  show_to_lcores(port);
  return Ok{};
}

Status LinkTable::add_vlan(const LinkRef& link) {
  if (link.vlan == 0 || link.vlan > kMaxVlan) {
    return Error{"VLAN " + std::to_string(link.vlan) + " is not from 1 to 4094"};
  }
  auto port = get({link.port, 0});
  if (!port) return port.error();
  if (Status made = insert({.ref = link, .mac = (*port)->mac, .mtu = (*port)->mtu}); !made) {
    return made;
  }
  view_->ports[to_u16(link.port)].vlans.add(link.vlan);
  return Ok{};
}

Result<NextHopIndex> LinkTable::remove_vlan(const LinkRef& link) {
  auto found = get(link);
  if (!found) return found.error();
  if (link.vlan == 0) return Error{to_text(link) + " is a port, not a sub-interface"};
  view_->ports[to_u16(link.port)].vlans.remove(link.vlan);
  const NextHopIndex glean = (*found)->glean;
  links_.erase(link);
  return glean;
}

Status LinkTable::set_enabled(const LinkRef& link, bool enabled) {
  auto found = get(link);
  if (!found) return found.error();
  (*found)->enabled = enabled;
  show_to_lcores(link.port);
  return Ok{};
}

Status LinkTable::set_carrier(PortId port, bool carrier) {
  auto found = get({port, 0});
  if (!found) return found.error();
  (*found)->carrier = carrier;
  show_to_lcores(port);
  return Ok{};
}

Status LinkTable::set_mtu(const LinkRef& link, uint32_t mtu) {
  auto found = get(link);
  if (!found) return found.error();
  const uint16_t most = link.vlan == 0 ? 65535 : this->mtu({link.port, 0});
  if (mtu < kMinMtu || mtu > most) {
    return Error{"MTU " + std::to_string(mtu) + " is not from 68 to " + std::to_string(most)};
  }
  (*found)->mtu = static_cast<uint16_t>(mtu);
  for (auto& [ref, other] : links_) {
    if (ref.port != link.port || (link.vlan != 0 && ref != link)) continue;
    Adjacency glean = (*hops_)[other.glean].read();
    glean.mtu = this->mtu(ref);
    hops_->set(other.glean, glean);
  }
  show_to_lcores(link.port);
  return Ok{};
}

Status LinkTable::set_advertises(const LinkRef& link, bool advertises) {
  auto found = get(link);
  if (!found) return found.error();
  (*found)->advertises = advertises;
  return Ok{};
}

bool LinkTable::is_up(const LinkRef& link) const noexcept {
  const Link* const port = find({link.port, 0});
  const Link* const self = find(link);
  return port != nullptr && self != nullptr && port->enabled && port->carrier && self->enabled;
}

uint16_t LinkTable::mtu(const LinkRef& link) const noexcept {
  const Link* const port = find({link.port, 0});
  const Link* const self = find(link);
  return port == nullptr || self == nullptr ? 0 : std::min(port->mtu, self->mtu);
}

void LinkTable::show_to_lcores(PortId port) noexcept {
  PortView& seen = view_->ports[to_u16(port)];
  seen.mtu.store(mtu({port, 0}), std::memory_order_relaxed);
  seen.up.store(is_up({port, 0}), std::memory_order_relaxed);
}

}  // namespace dstfwd
