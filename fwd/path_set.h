// SPDX-License-Identifier: BSD-3-Clause
// The ways that a route can lead: one next hop, several, or none on purpose. Routes with the same
// ways share one PathSet, so that a link that goes down is looked at once and not once a route.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "fwd/address_table.h"
#include "fwd/adjacency_table.h"
#include "fwd/hop_group_table.h"
#include "fwd/tunnel_table.h"

namespace dstfwd {

enum class RouteType : uint8_t { kUnicast, kBlackhole, kUnreachable };
std::string_view name(RouteType type) noexcept;

// A next hop as it is asked for: `via` a gateway, or on the link itself, or both; or into a tunnel.
template <typename Family>
struct HopSpec {
  std::optional<typename Family::Address> via{};
  std::optional<LinkRef> link{};  // with `via`: it need not be on a connected prefix
  uint16_t weight = 1;            // share of the flows where there are several, 1 to 256
  std::optional<Tunnel> tunnel{};
};

// A next hop as it was found: the link is known, or it is a tunnel, which has none.
template <typename Family>
struct Path {
  AdjacencyRecord<Family>* gateway = nullptr;  // null: destinations are on the link themselves
  LinkRef link{};
  bool is_onlink = false;  // without regard to connected prefixes
  uint16_t weight = 1;
  TunnelRecord* tunnel = nullptr;

  friend bool operator<(const Path& a, const Path& b) noexcept {
    return std::tie(a.gateway, a.link, a.is_onlink, a.weight, a.tunnel) <
           std::tie(b.gateway, b.link, b.is_onlink, b.weight, b.tunnel);
  }
  friend bool operator==(const Path& a, const Path& b) noexcept = default;
};

enum class PathSetId : uint32_t {};
inline constexpr PathSetId kNoPaths{0xffffffffU};

template <typename Family>
struct PathSet {
  RouteType type = RouteType::kUnicast;
  std::vector<Path<Family>> paths;
  uint32_t routes = 0;               // that lead by it
  NextHopIndex hop = kNoRouteHop;    // now; kNoRouteHop: no way is usable
  NextHopIndex group = kNoRouteHop;  // of several paths, usable or not
};

// Control thread.
template <typename Family>
class PathSetTable {
 public:
  using Set = PathSet<Family>;
  using Paths = std::vector<Path<Family>>;

  PathSetTable(NextHopTable& hops, HopGroupTable& groups, const LinkTable& links,
               const AddressTable<Family>& addresses, AdjacencyTable<Family>& adjacencies,
               TunnelTable& tunnels) noexcept
      : hops_(&hops),
        groups_(&groups),
        links_(&links),
        addresses_(&addresses),
        adjacencies_(&adjacencies),
        tunnels_(&tunnels) {}

  // The set with these ways; each call is one route more that holds it.
  Result<PathSetId> acquire(RouteType type, const Paths& paths);
  void release(PathSetId id);
  const Set& operator[](PathSetId id) const noexcept { return sets_[static_cast<size_t>(id)]; }

  // Looks which ways are usable. Says for which sets the hop has changed, by id, and whether flows
  // may have to go another way.
  struct Changes {
    std::vector<bool> changed;
    bool any = false;
    bool moved = false;  // members of a group
  };
  Changes refresh();
  bool is_usable(const Path<Family>& path) const noexcept;

  // Next hops and groups that no set uses any more; to be freed when no FIB names them.
  std::vector<NextHopIndex> take_retired() { return std::exchange(retired_, {}); }
  bool has_retired() const noexcept { return !retired_.empty(); }
  size_t size() const noexcept { return index_.size(); }

 private:
  using Key = std::pair<RouteType, Paths>;
  NextHopIndex choose(const Set& set) const noexcept;
  static uint64_t identity(const Path<Family>& path) noexcept;
  // Returns whether the members' usability differs from what the group had.
  void fill_group(const Set& set);
  Status make_group(Set& set);

  NextHopTable* hops_;
  HopGroupTable* groups_;
  const LinkTable* links_;
  const AddressTable<Family>* addresses_;
  AdjacencyTable<Family>* adjacencies_;
  TunnelTable* tunnels_;
  std::vector<Set> sets_;
  std::vector<std::vector<bool>> usable_;  // of each set's paths, at the last look
  std::map<Key, PathSetId> index_;
  std::vector<PathSetId> free_;
  std::vector<NextHopIndex> retired_;
};

extern template class PathSetTable<Ipv4>;
extern template class PathSetTable<Ipv6>;

}  // namespace dstfwd
