// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/family_router.h"

#include <algorithm>

#include "fwd/address_text.h"

namespace dstfwd {

template <typename Family>
Status FamilyRouter<Family>::address_add(const OwnAddress<Family>& own) {
  if (links_->find(own.link) == nullptr) return Error{"there is no " + to_text(own.link)};
  if (Status added = addresses_.add(own); !added) return added;
  touch_address(own.prefix);
  return Ok{};
}

template <typename Family>
Status FamilyRouter<Family>::address_del(const Prefix<Family>& prefix,
                                         const std::optional<LinkRef>& link) {
  auto gone = addresses_.remove(prefix, link);
  if (!gone) return gone.error();
  touch_address(prefix);
  return Ok{};
}

template <typename Family>
bool FamilyRouter<Family>::address_set_duplicate(const LinkRef& link, const Address& address,
                                                 bool duplicate) {
  const OwnAddress<Family>* const own = addresses_.set_duplicate(link, address, duplicate);
  if (own == nullptr) return false;
  touch_address(own->prefix);
  return true;
}

template <typename Family>
void FamilyRouter<Family>::touch_address(const Prefix<Family>& prefix) {
  touch(Prefix<Family>::host(prefix.address));
  if (const auto more = AddressTable<Family>::companion(prefix)) {
    touch(Prefix<Family>::host(*more));
  }
  if (AddressTable<Family>::connects(prefix)) touch(prefix.masked());
  if constexpr (std::is_same_v<Family, Ipv4>) {  // what options record
    adjacencies_.visit_all([&](const Record& record) { adjacencies_.update_hop(record); });
  }
  refresh_paths();
}

template <typename Family>
void FamilyRouter<Family>::refresh_paths() {
  const auto changes = paths_.refresh();
  moved_ |= changes.moved;
  if (!changes.any) return;
  for (const auto& [prefix, node] : nodes_) {
    if (node.route != kNoPaths && changes.changed[static_cast<size_t>(node.route)]) touch(prefix);
  }
}

template <typename Family>
Result<LinkRef> FamilyRouter<Family>::link_of_gateway(const Address& gateway) {
  if (gateway_version_ != addresses_.version()) {
    gateway_links_.clear();
    gateway_version_ = addresses_.version();
  }
  const auto key = Prefix<Family>::host(gateway);
  if (const auto known = gateway_links_.find(key); known != gateway_links_.end()) {
    return known->second;
  }
  const auto link = addresses_.connected_by(gateway);
  if (!link) {
    return Error{"next hop " + to_text(gateway) +
                 (is_link_local(gateway) ? " is link-local: say by which port (\"port N\")"
                                         : " is on no connected prefix")};
  }
  gateway_links_.emplace(key, *link);
  return *link;
}

template <typename Family>
Result<Path<Family>> FamilyRouter<Family>::resolve_hop(const HopSpec<Family>& hop) {
  Path<Family> path{.weight = hop.weight};
  if (hop.link && links_->find(*hop.link) == nullptr) {
    return Error{"there is no " + to_text(*hop.link)};
  }
  if (hop.link) path.link = *hop.link;
  if (!hop.via) return path;
  if (!is_unicast(*hop.via)) {
    return Error{"next hop " + to_text(*hop.via) + " is not a unicast address"};
  }
  if (addresses_.is_local(*hop.via)) {
    return Error{"next hop " + to_text(*hop.via) + " is the router itself"};
  }
  path.is_onlink = hop.link.has_value();
  if (!hop.link) {
    auto link = link_of_gateway(*hop.via);
    if (!link) return link.error();
    path.link = *link;
  }
  path.gateway = adjacencies_.find_or_make(path.link, *hop.via);
  if (path.gateway == nullptr) return Error{"the next-hop table is full"};
  return path;
}

template <typename Family>
Result<Path<Family>> FamilyRouter<Family>::resolve_tunnel(const HopSpec<Family>& hop,
                                                          const Prefix<Family>& prefix) {
  constexpr bool kIpv6 = std::is_same_v<Family, Ipv6>;
  const Tunnel& tunnel = *hop.tunnel;
  if (inner_is_ipv6(tunnel.mode) != kIpv6) {
    return Error{"tunnel: " + std::string(name(tunnel.mode)) + " does not carry " +
                 (kIpv6 ? "IPv6" : "IPv4")};
  }
  if (outer_is_ipv6(tunnel.mode) == kIpv6 && prefix.is_host() &&
      prefix.address == tunnel.remote.as<Family>()) {
    return Error{"route " + to_text(prefix) + " leads into a tunnel to itself"};
  }
  auto record = tunnels_->find_or_make(tunnel);
  if (!record) return record.error();
  return Path<Family>{.weight = hop.weight, .tunnel = *record};
}

template <typename Family>
Result<std::vector<Path<Family>>> FamilyRouter<Family>::resolve(const RouteSpec<Family>& spec) {
  std::vector<Path<Family>> paths;
  Status status = Ok{};
  for (const HopSpec<Family>& hop : spec.hops) {
    auto path = hop.tunnel ? resolve_tunnel(hop, spec.prefix) : resolve_hop(hop);
    if (!path) {
      status = path.error();
      break;
    }
    if (spec.hops.size() > 1 && path->gateway == nullptr && path->tunnel == nullptr) {
      status = Error{"one of several next hops needs \"via\""};
      break;
    }
    paths.push_back(*path);
  }
  std::sort(paths.begin(), paths.end());
  const auto twice = std::ranges::adjacent_find(paths, [](const auto& a, const auto& b) {
    return a.gateway == b.gateway && a.link == b.link && a.tunnel == b.tunnel;
  });
  if (status && twice != paths.end()) status = Error{"the same next hop is given twice"};
  if (status) return paths;
  drop_unused(paths);
  return status.error();
}

template <typename Family>
void FamilyRouter<Family>::drop_unused(const std::vector<Path<Family>>& paths) {
  std::vector<Tunnel> tunnels;  // the same one twice must not be looked at when it is gone
  for (const Path<Family>& path : paths) {
    if (path.tunnel != nullptr) tunnels.push_back(path.tunnel->tunnel);
  }
  for (const Tunnel& tunnel : tunnels) tunnels_->drop_if_unused(tunnel);
  for (const Path<Family>& path : paths) {
    if (path.gateway == nullptr) continue;
    const auto [link, address] = std::pair(path.link, path.gateway->address);
    // The same one twice must not be looked at when it is gone.
    if (adjacencies_.find(link, address) == path.gateway) {
      adjacencies_.drop_if_unused(link, address);
    }
  }
}

template <typename Family>
auto FamilyRouter<Family>::node_of(const Prefix<Family>& prefix) -> Node& {
  const auto [node, is_new] = nodes_.try_emplace(prefix);
  lengths_[prefix.length] += static_cast<uint32_t>(is_new);
  return node->second;
}

template <typename Family>
Status FamilyRouter<Family>::route_add(const RouteSpec<Family>& spec, bool replace) {
  if (!spec.prefix.is_canonical()) {
    return Error{to_text(spec.prefix) + " has bits set behind its length; meant is perhaps " +
                 to_text(spec.prefix.masked())};
  }
  const auto known = nodes_.find(spec.prefix);
  const bool is_new = known == nodes_.end() || known->second.route == kNoPaths;
  if (!is_new && !replace) return Error{"route " + to_text(spec.prefix) + " exists already"};
  if (const auto* links = addresses_.links_of(spec.prefix); links != nullptr && !replace) {
    return Error{"route " + to_text(spec.prefix) + " exists already: connected by " +
                 to_text(links->front())};
  }
  auto paths = resolve(spec);
  if (!paths) return paths.error();
  auto id = paths_.acquire(spec.type, *paths);
  if (!id) {
    drop_unused(*paths);
    return id.error();
  }
  const PathSetId old = std::exchange(node_of(spec.prefix).route, *id);
  if (old != kNoPaths) paths_.release(old);
  routes_ += static_cast<size_t>(is_new);
  touch(spec.prefix);
  return Ok{};
}

template <typename Family>
bool FamilyRouter<Family>::matches(const PathSet<Family>& set,
                                   const RouteSpec<Family>& spec) const {
  if (spec.type != RouteType::kUnicast) return set.type == spec.type;
  if (spec.hops.empty()) return true;
  if (set.type != RouteType::kUnicast || set.paths.size() != spec.hops.size()) return false;
  return std::ranges::all_of(spec.hops, [&](const HopSpec<Family>& hop) {
    return std::ranges::any_of(set.paths, [&](const Path<Family>& path) {
      if (hop.tunnel) return path.tunnel != nullptr && path.tunnel->tunnel == *hop.tunnel;
      if (path.tunnel != nullptr) return false;
      const bool same_via = hop.via ? path.gateway != nullptr && path.gateway->address == *hop.via
                                    : path.gateway == nullptr;
      return same_via && (!hop.link || path.link == *hop.link);
    });
  });
}

template <typename Family>
Status FamilyRouter<Family>::route_del(const RouteSpec<Family>& spec) {
  const auto known = nodes_.find(spec.prefix);
  if (known == nodes_.end() || known->second.route == kNoPaths) {
    return Error{"no such route: " + to_text(spec.prefix)};
  }
  if (!matches(paths_[known->second.route], spec)) {
    return Error{"no such route: " + to_text(spec.prefix) + " leads elsewhere"};
  }
  paths_.release(std::exchange(known->second.route, kNoPaths));
  --routes_;
  touch(spec.prefix);
  return Ok{};
}

template <typename Family>
void FamilyRouter<Family>::set_mac(Record& record, std::optional<MacAddress> Record::*which,
                                   const std::optional<MacAddress>& mac) {
  const bool was_known = record.mac().has_value();
  record.*which = mac;
  adjacencies_.update_hop(record);
  if (was_known != record.mac().has_value()) touch(Prefix<Family>::host(record.address));
  adjacencies_.drop_if_unused(record.link, record.address);
}

template <typename Family>
Status FamilyRouter<Family>::neighbour_add(const LinkRef& link, const Address& address,
                                           const MacAddress& mac, bool replace) {
  const std::string text = "neighbour " + to_text(address);
  if (links_->find(link) == nullptr) return Error{"there is no " + to_text(link)};
  if (!is_unicast(address)) return Error{text + " is not a unicast address"};
  if (addresses_.is_local(address)) return Error{text + " is the router itself"};
  if (mac == MacAddress{} || mac == kBroadcastMac) {
    return Error{text + ": " + to_text(mac) + " is no station's link-layer address"};
  }
  const Record* const known = adjacencies_.find(link, address);
  if (known != nullptr && known->fixed && !replace) {
    return Error{text + " on " + to_text(link) + " exists already"};
  }
  Record* const record = adjacencies_.find_or_make(link, address);
  if (record == nullptr) return Error{"the next-hop table is full"};
  set_mac(*record, &Record::fixed, mac);
  return Ok{};
}

template <typename Family>
Status FamilyRouter<Family>::neighbour_del(const LinkRef& link, const Address& address) {
  Record* const record = adjacencies_.find(link, address);
  if (record == nullptr || !record->mac()) {
    return Error{"no such neighbour: " + to_text(address) + " on " + to_text(link)};
  }
  record->learned.reset();
  set_mac(*record, &Record::fixed, {});
  return Ok{};
}

template <typename Family>
Status FamilyRouter<Family>::neighbour_learned(const LinkRef& link, const Address& address,
                                               const MacAddress& mac) {
  Record* const record = adjacencies_.find_or_make(link, address);
  if (record == nullptr) return Error{"the next-hop table is full"};
  set_mac(*record, &Record::learned, mac);
  return Ok{};
}

template <typename Family>
void FamilyRouter<Family>::neighbour_lost(const LinkRef& link, const Address& address) {
  Record* const record = adjacencies_.find(link, address);
  if (record != nullptr) set_mac(*record, &Record::learned, {});
}

template <typename Family>
void FamilyRouter<Family>::link_changed(const LinkRef& link) {
  for (const OwnAddress<Family>& own : addresses_.all()) {
    if (own.link == link && AddressTable<Family>::connects(own.prefix)) {
      touch(own.prefix.masked());
    }
  }
  adjacencies_.visit_all([&](const Record& record) {
    if (record.link == link) adjacencies_.update_hop(record);
  });
  refresh_paths();
}

template <typename Family>
void FamilyRouter<Family>::link_removed(const LinkRef& link) {
  const std::vector<OwnAddress<Family>> addresses = addresses_.all();
  for (const OwnAddress<Family>& own : addresses) {
    if (own.link == link) (void)address_del(own.prefix, link);
  }
  std::vector<Address> neighbours;
  adjacencies_.visit_all([&](const Record& record) {
    if (record.link == link && record.mac()) neighbours.push_back(record.address);
  });
  for (const Address& address : neighbours) (void)neighbour_del(link, address);
}

template class FamilyRouter<Ipv4>;
template class FamilyRouter<Ipv6>;

}  // namespace dstfwd
