// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "fwd/address_table.h"
#include "fwd/link_table.h"
#include "fwd/prefix.h"

namespace dstfwd {

// A neighbour on a link and the next hop that leads to it: known by its link-layer address, or
// needed by a route, or both.
template <typename Family>
struct AdjacencyRecord {
  LinkRef link;
  typename Family::Address address;
  NextHopIndex hop = kNoRouteHop;
  std::optional<MacAddress> fixed{};    // by a person (`neigh add`); counts before `learned`
  std::optional<MacAddress> learned{};  // by ARP or ND
  uint32_t paths = 0;                   // of routes that go by it

  const std::optional<MacAddress>& mac() const noexcept { return fixed ? fixed : learned; }
};

// Control thread. Records stay where they are.
template <typename Family>
class AdjacencyTable {
 public:
  using Address = typename Family::Address;
  using Record = AdjacencyRecord<Family>;

  AdjacencyTable(NextHopTable& hops, const LinkTable& links,
                 const AddressTable<Family>& addresses) noexcept
      : hops_(&hops), links_(&links), addresses_(&addresses) {}

  Record* find(const LinkRef& link, const Address& address) noexcept;
  const Record* find(const LinkRef& link, const Address& address) const noexcept;
  const Record* find(NextHopIndex hop) const noexcept;
  // nullptr: the next-hop table is full, or there is no such link.
  Record* find_or_make(const LinkRef& link, const Address& address);
  // Writes the record's link-layer address, its link's MTU and our address to the next hop: at once
  // for every flow that goes by it.
  void update_hop(const Record& record) noexcept;
  // Forgets the record if nothing holds it. Its next hop is to be freed by whoever calls
  // take_retired(), when no FIB names it any more.
  void drop_if_unused(const LinkRef& link, const Address& address);
  std::vector<NextHopIndex> take_retired() { return std::exchange(retired_, {}); }
  bool has_retired() const noexcept { return !retired_.empty(); }

  // Calls visit(record) for all with an address in the prefix, in their order.
  template <typename Visit>
  void visit(const Prefix<Family>& prefix, Visit&& visit) const {
    for (auto it = records_.lower_bound({prefix.address_bytes(), {PortId{0}, 0}});
         it != records_.end() && prefix.contains(it->second.address); ++it) {
      visit(it->second);
    }
  }
  template <typename Visit>
  void visit_all(Visit&& visit) {
    for (auto& [key, record] : records_) visit(record);
  }
  template <typename Visit>
  void visit_all(Visit&& visit) const {
    for (const auto& [key, record] : records_) visit(record);
  }
  bool empty() const noexcept { return records_.empty(); }
  size_t size() const noexcept { return records_.size(); }

 private:
  // In the order of people: by address, then by link.
  using Key = std::pair<typename Prefix<Family>::Bytes, LinkRef>;
  static Key key(const LinkRef& link, const Address& address) noexcept {
    return {std::bit_cast<typename Prefix<Family>::Bytes>(address), link};
  }
  Adjacency adjacency_of(const Record& record) const noexcept;

  NextHopTable* hops_;
  const LinkTable* links_;
  const AddressTable<Family>* addresses_;
  std::map<Key, Record> records_;
  std::unordered_map<uint32_t, const Record*> by_hop_;
  std::vector<NextHopIndex> retired_;
};

extern template class AdjacencyTable<Ipv4>;
extern template class AdjacencyTable<Ipv6>;

}  // namespace dstfwd
