// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/path_set.h"

#include <algorithm>

namespace dstfwd {

std::string_view name(RouteType type) noexcept {
  switch (type) {
    case RouteType::kUnicast:
      return "unicast";
    case RouteType::kBlackhole:
      return "blackhole";
    case RouteType::kUnreachable:
      return "unreachable";
  }
  return "?";
}

template <typename Family>
bool PathSetTable<Family>::is_usable(const Path<Family>& path) const noexcept {
  if (path.tunnel != nullptr) return tunnels_->is_usable(path.tunnel->tunnel);
  if (!links_->is_up(path.link)) return false;
  return path.gateway == nullptr || path.is_onlink ||
         addresses_->is_on_link(path.link, path.gateway->address);
}

template <typename Family>
NextHopIndex PathSetTable<Family>::choose(const Set& set) const noexcept {
  if (set.type == RouteType::kBlackhole) return kBlackholeHop;
  if (set.type == RouteType::kUnreachable) return kUnreachableHop;
  const auto usable =
      std::ranges::find_if(set.paths, [this](const auto& path) { return is_usable(path); });
  if (usable == set.paths.end()) return kNoRouteHop;
  if (set.group != kNoRouteHop) return set.group;
  if (usable->tunnel != nullptr) return usable->tunnel->hop;
  if (usable->gateway != nullptr) return usable->gateway->hop;
  return links_->find(usable->link)->glean;
}

// What a group knows a member by: of the neighbour or the tunnel's ends, not of an index, so that
// it is the same after a restart, and on a second router.
template <typename Family>
uint64_t PathSetTable<Family>::identity(const Path<Family>& path) noexcept {
  if (path.tunnel == nullptr) {
    return PrefixHash<Family>{}(Prefix<Family>::host(path.gateway->address)) ^
           (uint64_t{to_u16(path.link.port)} << 32U | path.link.vlan);
  }
  const auto host = [](const TunnelAddress& end) {
    return PrefixHash<Ipv6>{}(Prefix<Ipv6>::host(end.as<Ipv6>()));
  };
  return host(path.tunnel->tunnel.remote) ^ std::rotl(host(path.tunnel->tunnel.local), 32);
}

template <typename Family>
void PathSetTable<Family>::fill_group(const Set& set) {
  std::vector<GroupMember> members;
  for (const auto& path : set.paths) {
    const NextHopIndex hop = path.tunnel != nullptr ? path.tunnel->hop : path.gateway->hop;
    members.push_back(
        {.id = identity(path), .hop = hop, .weight = path.weight, .usable = is_usable(path)});
  }
  groups_->at((*hops_)[set.group].read().object).assign(members);
}

template <typename Family>
Status PathSetTable<Family>::make_group(Set& set) {
  const uint32_t object = groups_->allocate();
  if (object == HopGroupTable::kNone) return Error{"the table of next-hop groups is full"};
  set.group = hops_->allocate({.kind = HopKind::kGroup, .object = object});
  if (set.group == kNoRouteHop) {
    groups_->free(object, 0);
    return Error{"the next-hop table is full"};
  }
  fill_group(set);
  return Ok{};
}

template <typename Family>
Result<PathSetId> PathSetTable<Family>::acquire(RouteType type, const Paths& paths) {
  const Key key{type, paths};
  if (const auto known = index_.find(key); known != index_.end()) {
    ++sets_[static_cast<size_t>(known->second)].routes;
    return known->second;
  }
  Set set{.type = type, .paths = paths, .routes = 1};
  if (paths.size() > 1) {
    if (Status made = make_group(set); !made) return made.error();
  }
  for (const auto& path : paths) {
    if (path.gateway != nullptr) ++path.gateway->paths;
    if (path.tunnel != nullptr) ++path.tunnel->paths;
  }
  set.hop = choose(set);
  if (free_.empty()) {
    free_.push_back(static_cast<PathSetId>(sets_.size()));
    sets_.emplace_back();
    usable_.emplace_back();
  }
  const PathSetId id = free_.back();
  free_.pop_back();
  auto& usable = usable_[static_cast<size_t>(id)];
  usable.clear();
  for (const auto& path : paths) usable.push_back(is_usable(path));
  sets_[static_cast<size_t>(id)] = std::move(set);
  index_.emplace(key, id);
  return id;
}

template <typename Family>
void PathSetTable<Family>::release(PathSetId id) {
  Set& set = sets_[static_cast<size_t>(id)];
  if (--set.routes != 0) return;
  index_.erase({set.type, set.paths});
  for (const auto& path : set.paths) {
    if (path.tunnel != nullptr) {
      --path.tunnel->paths;
      tunnels_->drop_if_unused(Tunnel(path.tunnel->tunnel));  // not by what it erases
    }
    if (path.gateway == nullptr) continue;
    --path.gateway->paths;
    adjacencies_->drop_if_unused(path.gateway->link, path.gateway->address);
  }
  if (set.group != kNoRouteHop) retired_.push_back(set.group);
  set = {};
  free_.push_back(id);
}

template <typename Family>
auto PathSetTable<Family>::refresh() -> Changes {
  Changes changes;
  changes.changed.resize(sets_.size());
  for (size_t i = 0; i < sets_.size(); ++i) {
    Set& set = sets_[i];
    if (set.routes == 0) continue;
    std::vector<bool> usable;
    for (const auto& path : set.paths) usable.push_back(is_usable(path));
    if (set.group != kNoRouteHop && usable != usable_[i]) {
      fill_group(set);
      changes.moved = true;
    }
    usable_[i] = std::move(usable);
    const NextHopIndex hop = choose(set);
    changes.changed[i] = hop != set.hop;
    changes.any |= hop != set.hop;
    set.hop = hop;
  }
  return changes;
}

template class PathSetTable<Ipv4>;
template class PathSetTable<Ipv6>;

}  // namespace dstfwd
