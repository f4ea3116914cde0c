// SPDX-License-Identifier: BSD-3-Clause
// FamilyRouter: what people are shown of it.
#include <algorithm>

#include "fwd/family_router.h"

namespace dstfwd {

std::string_view name(RouteOrigin origin) noexcept {
  switch (origin) {
    case RouteOrigin::kLocal:
      return "local";
    case RouteOrigin::kConnected:
      return "connected";
    case RouteOrigin::kStatic:
      return "static";
    case RouteOrigin::kNeighbour:
      return "neighbour";
  }
  return "?";
}

template <typename Family>
RouteInfo<Family> FamilyRouter<Family>::static_info(const Prefix<Family>& prefix,
                                                    const Node& node) const {
  const PathSet<Family>& set = paths_[node.route];
  const Choice choice = choose(prefix);
  return {.prefix = prefix,
          .origin = RouteOrigin::kStatic,
          .type = set.type,
          .paths = set.paths,
          .active = choice.origin == RouteOrigin::kStatic && set.hop != kNoRouteHop &&
                    node.installed == set.hop};
}

template <typename Family>
RouteInfo<Family> FamilyRouter<Family>::chosen_info(const Prefix<Family>& prefix,
                                                    const Choice& choice) const {
  RouteInfo<Family> info{.prefix = prefix, .origin = choice.origin, .active = true};
  if (choice.origin == RouteOrigin::kConnected) {
    info.paths.push_back({.link = *connecting(prefix)});
  } else if (choice.origin == RouteOrigin::kNeighbour) {
    const Record* const record = host_neighbour(prefix.address);
    info.paths.push_back({.link = record->link});
  }
  return info;
}

template <typename Family>
void FamilyRouter<Family>::append_infos(const Prefix<Family>& prefix,
                                        std::vector<RouteInfo<Family>>& infos) const {
  const Node& node = nodes_.at(prefix);
  const Choice choice = choose(prefix);
  if (choice.hop != kNoRouteHop && choice.origin != RouteOrigin::kStatic) {
    infos.push_back(chosen_info(prefix, choice));
  }
  if (node.route != kNoPaths) infos.push_back(static_info(prefix, node));
}

template <typename Family>
std::vector<RouteInfo<Family>> FamilyRouter<Family>::routes(const Prefix<Family>& within,
                                                            size_t limit) const {
  std::vector<Prefix<Family>> prefixes;
  for (const auto& [prefix, node] : nodes_) {
    if (within.contains(prefix)) prefixes.push_back(prefix);
  }
  const auto end = prefixes.begin() + static_cast<ptrdiff_t>(std::min(limit, prefixes.size()));
  std::partial_sort(prefixes.begin(), end, prefixes.end());
  std::vector<RouteInfo<Family>> infos;
  for (auto prefix = prefixes.begin(); prefix != end && infos.size() < limit; ++prefix) {
    append_infos(*prefix, infos);
  }
  if (infos.size() > limit) infos.resize(limit);
  return infos;
}

template <typename Family>
std::optional<RouteInfo<Family>> FamilyRouter<Family>::route_to(const Address& address) const {
  for (unsigned length = Family::kAddressBits + 1; length-- > 0;) {
    if (lengths_[length] == 0) continue;
    const Prefix<Family> prefix{mask_address(address, length), static_cast<uint8_t>(length)};
    const auto node = nodes_.find(prefix);
    if (node == nodes_.end() || node->second.installed == kNoRouteHop) continue;
    std::vector<RouteInfo<Family>> infos;
    append_infos(prefix, infos);
    const auto active = std::ranges::find_if(infos, [](const auto& info) { return info.active; });
    if (active != infos.end()) return *active;
  }
  return {};
}

template <typename Family>
std::vector<NeighbourInfo<Family>> FamilyRouter<Family>::neighbours() const {
  std::vector<NeighbourInfo<Family>> all;
  adjacencies_.visit_all([&](const Record& record) {
    all.push_back({.link = record.link,
                   .address = record.address,
                   .mac = record.mac(),
                   .fixed = record.fixed.has_value(),
                   .paths = record.paths,
                   .flows = hops_->count(record.hop)});
  });
  return all;
}

template auto FamilyRouter<Ipv4>::routes(const Prefix<Ipv4>&, size_t) const
    -> std::vector<RouteInfo<Ipv4>>;
template auto FamilyRouter<Ipv4>::route_to(const Address&) const -> std::optional<RouteInfo<Ipv4>>;
template auto FamilyRouter<Ipv4>::neighbours() const -> std::vector<NeighbourInfo<Ipv4>>;
template auto FamilyRouter<Ipv6>::routes(const Prefix<Ipv6>&, size_t) const
    -> std::vector<RouteInfo<Ipv6>>;
template auto FamilyRouter<Ipv6>::route_to(const Address&) const -> std::optional<RouteInfo<Ipv6>>;
template auto FamilyRouter<Ipv6>::neighbours() const -> std::vector<NeighbourInfo<Ipv6>>;

}  // namespace dstfwd
