// SPDX-License-Identifier: BSD-3-Clause
// The routing state of one family: addresses, neighbours and routes, and what follows from them for
// the FIB.
//
// Theory of operations
//   What people and protocols say is kept in tables of its own kind. Of each prefix that anything
//   says something about, a node remembers which next hop the FIB has. Operations change tables and
//   note the prefixes concerned; stage() works out what each should lead to now, and gives the
//   difference to the FIB. For one prefix, the first of these counts:
//     1. the router itself (its addresses, broadcast, anycast);
//     2. a connected prefix whose link is up;
//     3. a route with a usable way;
//     4. a neighbour, known by its link-layer address, for which no route but its link's connected
//        prefix is the longest.
//   So a route that is shadowed, or whose links are down, stays in the table and comes back.
// Threads
//   The control thread.
#pragma once

#include <unordered_map>

#include "fwd/fib.h"
#include "fwd/path_set.h"

namespace dstfwd {

template <typename Family>
struct RouteSpec {
  Prefix<Family> prefix;
  RouteType type = RouteType::kUnicast;
  std::vector<HopSpec<Family>> hops{};  // kUnicast: one or more; to delete: none is any
};

// What shows a route: one line a prefix of the FIB or the table.
enum class RouteOrigin : uint8_t { kLocal, kConnected, kStatic, kNeighbour };
std::string_view name(RouteOrigin origin) noexcept;

template <typename Family>
struct RouteInfo {
  Prefix<Family> prefix;
  RouteOrigin origin = RouteOrigin::kStatic;
  RouteType type = RouteType::kUnicast;
  std::vector<Path<Family>> paths{};  // kConnected, kNeighbour: one; kLocal: none
  bool active = false;                // packets go by it: it is not shadowed, and has a usable way
};

template <typename Family>
struct NeighbourInfo {
  LinkRef link;
  typename Family::Address address;
  std::optional<MacAddress> mac;
  bool fixed = false;  // by `neigh add`
  uint32_t paths = 0;  // of routes
  uint32_t flows = 0;  // dst entries that count its next hop
};

template <typename Family>
class FamilyRouter {
 public:
  using Address = typename Family::Address;
  using Record = AdjacencyRecord<Family>;

  FamilyRouter(NextHopTable& hops, HopGroupTable& groups, const LinkTable& links,
               TunnelTable& tunnels)
      : hops_(&hops),
        links_(&links),
        tunnels_(&tunnels),
        adjacencies_(hops, links, addresses_),
        paths_(hops, groups, links, addresses_, adjacencies_, tunnels) {}
  FamilyRouter(const FamilyRouter&) = delete;
  FamilyRouter& operator=(const FamilyRouter&) = delete;

  // All errors say what was wrong with what; after one, nothing has changed.
  Status address_add(const OwnAddress<Family>& own);
  Status address_del(const Prefix<Family>& prefix, const std::optional<LinkRef>& link);
  // False: nothing has changed.
  bool address_set_duplicate(const LinkRef& link, const Address& address, bool duplicate);
  Status route_add(const RouteSpec<Family>& spec, bool replace);
  Status route_del(const RouteSpec<Family>& spec);
  Status neighbour_add(const LinkRef& link, const Address& address, const MacAddress& mac,
                       bool replace);
  Status neighbour_del(const LinkRef& link, const Address& address);
  // By ARP or ND. What a person has set stays.
  Status neighbour_learned(const LinkRef& link, const Address& address, const MacAddress& mac);
  void neighbour_lost(const LinkRef& link, const Address& address);
  // The link came up, went down, or has another MTU.
  void link_changed(const LinkRef& link);
  // The other family's addresses are others: tunnels begin at them.
  void other_addresses_changed() { refresh_paths(); }
  // The link is about to go: its addresses and neighbours with it.
  void link_removed(const LinkRef& link);

  bool pending() const noexcept {
    return !dirty_.empty() || moved_ || adjacencies_.has_retired() || paths_.has_retired();
  }
  struct Staged {
    Status status = Ok{};
    bool changed = false;      // there is something to publish
    bool invalidates = false;  // entries that flows have may be wrong now
  };
  // Precondition: fib.settled(). What fails stays pending.
  Staged stage(Fib<Family>& fib);
  // Next hops that no FIB names once what was staged is published.
  std::vector<NextHopIndex> take_retired();

  const AddressTable<Family>& addresses() const noexcept { return addresses_; }
  const AdjacencyTable<Family>& adjacencies() const noexcept { return adjacencies_; }
  size_t route_count() const noexcept { return routes_; }  // static ones
  // Of what lies in `within`, in order, at most `limit`.
  std::vector<RouteInfo<Family>> routes(const Prefix<Family>& within, size_t limit) const;
  // The route that packets to the address take; nothing: none.
  std::optional<RouteInfo<Family>> route_to(const Address& address) const;
  std::vector<NeighbourInfo<Family>> neighbours() const;

 private:
  struct Node {
    PathSetId route = kNoPaths;
    NextHopIndex installed = kNoRouteHop;  // what the FIB has
  };
  struct Choice {  // what a prefix leads to
    NextHopIndex hop = kNoRouteHop;
    RouteOrigin origin = RouteOrigin::kStatic;
  };
  using Nodes = std::unordered_map<Prefix<Family>, Node, PrefixHash<Family>>;

  Choice choose(const Prefix<Family>& prefix) const;
  std::optional<LinkRef> connecting(const Prefix<Family>& prefix) const;
  NextHopIndex around(const Address& address) const;
  const Record* host_neighbour(const Address& address) const;

  Result<std::vector<Path<Family>>> resolve(const RouteSpec<Family>& spec);
  Result<Path<Family>> resolve_hop(const HopSpec<Family>& hop);
  Result<Path<Family>> resolve_tunnel(const HopSpec<Family>& hop, const Prefix<Family>& prefix);
  Result<LinkRef> link_of_gateway(const Address& gateway);
  void drop_unused(const std::vector<Path<Family>>& paths);
  Node& node_of(const Prefix<Family>& prefix);
  bool matches(const PathSet<Family>& set, const RouteSpec<Family>& spec) const;
  void touch(const Prefix<Family>& prefix) { dirty_.push_back(prefix); }
  void touch_address(const Prefix<Family>& prefix);
  void refresh_paths();
  void set_mac(Record& record, std::optional<MacAddress> Record::*which,
               const std::optional<MacAddress>& mac);

  // What stage() has to give to the FIB, with what the FIB has now.
  struct Plan {
    std::vector<FibChange<Family>> changes{};
    std::vector<NextHopIndex> before{};
    bool invalidates = false;
  };
  bool plan(const Prefix<Family>& prefix, Plan& plan);
  void erase_unused(const std::vector<Prefix<Family>>& prefixes);
  RouteInfo<Family> static_info(const Prefix<Family>& prefix, const Node& node) const;
  RouteInfo<Family> chosen_info(const Prefix<Family>& prefix, const Choice& choice) const;
  void append_infos(const Prefix<Family>& prefix, std::vector<RouteInfo<Family>>& infos) const;

  NextHopTable* hops_;
  const LinkTable* links_;
  TunnelTable* tunnels_;
  AddressTable<Family> addresses_;
  AdjacencyTable<Family> adjacencies_;
  PathSetTable<Family> paths_;
  Nodes nodes_;
  std::vector<Prefix<Family>> dirty_;
  std::array<uint32_t, Family::kAddressBits + 1> lengths_{};  // nodes by prefix length
  size_t routes_ = 0;
  bool moved_ = false;  // flows may have to go another way, without a change in the FIB
  // Gateways' links, as long as the addresses are the same.
  std::unordered_map<Prefix<Family>, LinkRef, PrefixHash<Family>> gateway_links_;
  uint64_t gateway_version_ = 0;
};

}  // namespace dstfwd
