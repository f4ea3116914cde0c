// SPDX-License-Identifier: BSD-3-Clause
// FamilyRouter: what each prefix leads to, and the FIB's part of it.
#include <algorithm>

#include "fwd/family_router.h"

namespace dstfwd {

template <typename Family>
std::optional<LinkRef> FamilyRouter<Family>::connecting(const Prefix<Family>& prefix) const {
  const auto* const links = addresses_.links_of(prefix);
  if (links == nullptr) return {};
  const auto up = std::ranges::find_if(*links, [&](const auto& l) { return links_->is_up(l); });
  if (up == links->end()) return {};
  return *up;
}

// The next hop that the FIB has for the longest prefix around a host's.
template <typename Family>
NextHopIndex FamilyRouter<Family>::around(const Address& address) const {
  for (unsigned length = Family::kAddressBits; length-- > 0;) {
    if (lengths_[length] == 0) continue;
    const auto node = nodes_.find({mask_address(address, length), static_cast<uint8_t>(length)});
    if (node != nodes_.end() && node->second.installed != kNoRouteHop) {
      return node->second.installed;
    }
  }
  return kNoRouteHop;
}

// The neighbour with the address, on the link that the address would be looked for.
template <typename Family>
auto FamilyRouter<Family>::host_neighbour(const Address& address) const -> const Record* {
  const Record* found = nullptr;
  adjacencies_.visit(Prefix<Family>::host(address), [&](const Record& record) {
    if (found != nullptr || !record.mac()) return;
    const Link* const link = links_->find(record.link);
    if (link != nullptr && link->glean == around(address)) found = &record;
  });
  return found;
}

template <typename Family>
auto FamilyRouter<Family>::choose(const Prefix<Family>& prefix) const -> Choice {
  if (prefix.is_host() && addresses_.is_local(prefix.address)) {
    return {kLocalHop, RouteOrigin::kLocal};
  }
  if (const auto link = connecting(prefix)) {
    return {links_->find(*link)->glean, RouteOrigin::kConnected};
  }
  if (const auto node = nodes_.find(prefix);
      node != nodes_.end() && node->second.route != kNoPaths) {
    const NextHopIndex hop = paths_[node->second.route].hop;
    if (hop != kNoRouteHop) return {hop, RouteOrigin::kStatic};
  }
  if (prefix.is_host()) {
    if (const Record* const neighbour = host_neighbour(prefix.address)) {
      return {neighbour->hop, RouteOrigin::kNeighbour};
    }
  }
  return {};
}

// Returns whether the prefix leads elsewhere from now on.
template <typename Family>
bool FamilyRouter<Family>::plan(const Prefix<Family>& prefix, Plan& plan) {
  const Choice choice = choose(prefix);
  Node& node = node_of(prefix);
  if (choice.hop == node.installed) return false;
  // No entry is made for a connected prefix' hop, so a neighbour that becomes known in it changes
  // nothing for flows.
  if (choice.origin != RouteOrigin::kNeighbour || node.installed != kNoRouteHop) {
    plan.invalidates = true;
  }
  plan.changes.push_back({prefix, choice.hop});
  plan.before.push_back(std::exchange(node.installed, choice.hop));
  return true;
}

template <typename Family>
auto FamilyRouter<Family>::stage(Fib<Family>& fib) -> Staged {
  std::vector<Prefix<Family>> dirty = std::exchange(dirty_, {});
  Plan all{.invalidates = std::exchange(moved_, false)};
  // What a neighbour's prefix leads to depends on the ones around it: those come first.
  const auto hosts = std::stable_partition(dirty.begin(), dirty.end(),
                                           [](const auto& prefix) { return !prefix.is_host(); });
  std::vector<Prefix<Family>> neighbours(hosts, dirty.end());
  for (auto prefix = dirty.begin(); prefix != hosts; ++prefix) {
    if (!plan(*prefix, all) || adjacencies_.empty()) continue;
    adjacencies_.visit(*prefix, [&](const Record& record) {
      if (record.mac()) neighbours.push_back(Prefix<Family>::host(record.address));
    });
  }
  for (const Prefix<Family>& prefix : neighbours) plan(prefix, all);

  Staged staged{.changed = !all.changes.empty(), .invalidates = all.invalidates};
  std::vector<size_t> failed;
  staged.status = fib.stage(all.changes, failed);
  for (const size_t i : failed) {
    node_of(all.changes[i].prefix).installed = all.before[i];
    touch(all.changes[i].prefix);
  }
  erase_unused(dirty);
  erase_unused(neighbours);
  return staged;
}

template <typename Family>
void FamilyRouter<Family>::erase_unused(const std::vector<Prefix<Family>>& prefixes) {
  for (const Prefix<Family>& prefix : prefixes) {
    const auto node = nodes_.find(prefix);
    if (node == nodes_.end() || node->second.route != kNoPaths ||
        node->second.installed != kNoRouteHop) {
      continue;
    }
    nodes_.erase(node);
    --lengths_[prefix.length];
  }
}

template <typename Family>
std::vector<NextHopIndex> FamilyRouter<Family>::take_retired() {
  std::vector<NextHopIndex> all = adjacencies_.take_retired();
  const std::vector<NextHopIndex> groups = paths_.take_retired();
  all.insert(all.end(), groups.begin(), groups.end());
  return all;
}

template auto FamilyRouter<Ipv4>::choose(const Prefix<Ipv4>&) const -> Choice;
template auto FamilyRouter<Ipv4>::connecting(const Prefix<Ipv4>&) const -> std::optional<LinkRef>;
template auto FamilyRouter<Ipv4>::host_neighbour(const Address&) const -> const Record*;
template auto FamilyRouter<Ipv4>::stage(Fib<Ipv4>&) -> Staged;
template auto FamilyRouter<Ipv4>::take_retired() -> std::vector<NextHopIndex>;
template auto FamilyRouter<Ipv6>::choose(const Prefix<Ipv6>&) const -> Choice;
template auto FamilyRouter<Ipv6>::connecting(const Prefix<Ipv6>&) const -> std::optional<LinkRef>;
template auto FamilyRouter<Ipv6>::host_neighbour(const Address&) const -> const Record*;
template auto FamilyRouter<Ipv6>::stage(Fib<Ipv6>&) -> Staged;
template auto FamilyRouter<Ipv6>::take_retired() -> std::vector<NextHopIndex>;

}  // namespace dstfwd
