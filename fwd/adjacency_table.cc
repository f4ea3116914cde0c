// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/adjacency_table.h"

namespace dstfwd {

template <typename Family>
auto AdjacencyTable<Family>::find(const LinkRef& link, const Address& address) noexcept -> Record* {
  const auto found = records_.find(key(link, address));
  return found == records_.end() ? nullptr : &found->second;
}

template <typename Family>
auto AdjacencyTable<Family>::find(const LinkRef& link, const Address& address) const noexcept
    -> const Record* {
  const auto found = records_.find(key(link, address));
  return found == records_.end() ? nullptr : &found->second;
}

template <typename Family>
auto AdjacencyTable<Family>::find(NextHopIndex hop) const noexcept -> const Record* {
  const auto found = by_hop_.find(to_u32(hop));
  return found == by_hop_.end() ? nullptr : found->second;
}

template <typename Family>
Adjacency AdjacencyTable<Family>::adjacency_of(const Record& record) const noexcept {
  const Link* const link = links_->find(record.link);
  Adjacency adjacency{.kind = HopKind::kAdjacency,
                      .resolved = record.mac().has_value(),
                      .dst = record.mac().value_or(MacAddress{}),
                      .port = record.link.port,
                      .mtu = links_->mtu(record.link),
                      .vlan_tci = record.link.vlan};
  if (link != nullptr) adjacency.src = link->mac;
  if constexpr (std::is_same_v<Family, Ipv4>) {
    const auto* const own = addresses_->source_on(record.link, record.address);
    if (own != nullptr) adjacency.own = own->prefix.address;
  }
  return adjacency;
}

template <typename Family>
auto AdjacencyTable<Family>::find_or_make(const LinkRef& link, const Address& address) -> Record* {
  if (Record* known = find(link, address)) return known;
  if (links_->find(link) == nullptr) return nullptr;
  Record record{.link = link, .address = address};
  record.hop = hops_->allocate(adjacency_of(record));
  if (record.hop == kNoRouteHop) return nullptr;
  Record& made = records_.emplace(key(link, address), record).first->second;
  by_hop_.emplace(to_u32(made.hop), &made);
  return &made;
}

template <typename Family>
void AdjacencyTable<Family>::update_hop(const Record& record) noexcept {
  hops_->set(record.hop, adjacency_of(record));
}

template <typename Family>
void AdjacencyTable<Family>::drop_if_unused(const LinkRef& link, const Address& address) {
  const Record* const record = find(link, address);
  if (record == nullptr || record->paths != 0 || record->mac()) return;
  retired_.push_back(record->hop);
  by_hop_.erase(to_u32(record->hop));
  records_.erase(key(link, address));
}

template class AdjacencyTable<Ipv4>;
template class AdjacencyTable<Ipv6>;

}  // namespace dstfwd
