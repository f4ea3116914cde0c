// SPDX-License-Identifier: BSD-3-Clause
// The control side of the router: what commands and the slow path change, and lcores then read.
//
// Theory of operations
//   Operations change tables at once and the FIB at commit(): many of them share one swap of the
//   FIBs and one grace period. commit() does not wait for that period; the next one, or maintain(),
//   brings the other FIB up to date when it has passed.
// Invariants
//   1. A lcore that reads version v reads a FIB at least as new as the one that v stands for.
//   2. A next hop that a FIB or an entry names is not reused.
//   3. A packet that a port receives after commit() has returned goes by what it has committed: a
//      lcore reads the version when it has the burst.
// Threads
//   The control thread, but for view(), which lcores hold.
// Ordering
//   (A) publish, then version (release); pairs with (B) a lcore that loads the version with acquire
//   and then asks the FIB.
#pragma once

#include "fwd/family_router.h"
#include "fwd/router_view.h"

namespace dstfwd {

struct RouterConfig {
  FibConfig fib4{};
  FibConfig fib6{};
  uint32_t max_next_hops = 65536;
  uint32_t max_groups = 1024;
  uint32_t max_tunnels = 4096;
  bool promiscuous = false;
  ReaderGrace grace{};  // empty: until lcores read, set_grace()
};

class Router {
 public:
  // EAL is up. The error says how much memory the FIBs take.
  static Result<std::unique_ptr<Router>> create(const RouterConfig& config);
  // EAL memory that create() takes with this configuration, bytes.
  static size_t memory_bytes(const RouterConfig& config) noexcept {
    return Fib<Ipv4>::memory_bytes(config.fib4) + Fib<Ipv6>::memory_bytes(config.fib6);
  }
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  const RouterView& view() const noexcept { return view_; }
  // What lcores take for the time of day. UT.
  void set_time(uint32_t ms_since_midnight) noexcept {
    view_.ms_since_midnight.store(ms_since_midnight, std::memory_order_relaxed);
  }
  // Before the first lcore reads.
  void set_grace(ReaderGrace grace) { grace_ = std::move(grace); }

  // Links. A port comes with a link-local IPv6 address (RFC 4291 2.5.6), a sub-interface too.
  Status port_add(PortId port, const MacAddress& mac, uint16_t mtu);
  Status port_set_carrier(PortId port, bool up);  // by the driver's word
  // Its device is gone: lcores poll it no more from their next turn on.
  void port_remove(PortId port) noexcept {
    view_.ports[to_u16(port)].removed.store(true, std::memory_order_relaxed);
  }
  Status vlan_add(const LinkRef& link);
  Status vlan_del(const LinkRef& link);
  Status link_set_up(const LinkRef& link, bool up);
  Status link_set_mtu(const LinkRef& link, uint32_t mtu);  // bytes of IP packet
  Status link_set_advertises(const LinkRef& link, bool advertises);

  // Addresses, routes, neighbours of either family: see family_router.h.
  template <typename Family>
  Status address_add(const Prefix<Family>& address, const LinkRef& link);
  template <typename Family>
  Status address_del(const Prefix<Family>& address, const std::optional<LinkRef>& link = {}) {
    Status done = mutable_family<Family>().address_del(address, link);
    if (done) addresses_changed<Family>();
    return done;
  }
  // The slow path's word: another station has the address (it is kept, and not used), or it is to
  // be tried again.
  template <typename Family>
  void address_set_duplicate(const LinkRef& link, const typename Family::Address& address,
                             bool duplicate) {
    if (mutable_family<Family>().address_set_duplicate(link, address, duplicate)) {
      addresses_changed<Family>();
    }
  }
  template <typename Family>
  Status route_add(const RouteSpec<Family>& spec) {
    return mutable_family<Family>().route_add(spec, false);
  }
  template <typename Family>
  Status route_replace(const RouteSpec<Family>& spec) {
    return mutable_family<Family>().route_add(spec, true);
  }
  template <typename Family>
  Status route_del(const RouteSpec<Family>& spec) {
    return mutable_family<Family>().route_del(spec);
  }
  template <typename Family>
  Status neighbour_add(const LinkRef& link, const typename Family::Address& address,
                       const MacAddress& mac) {
    return mutable_family<Family>().neighbour_add(link, address, mac, false);
  }
  template <typename Family>
  Status neighbour_replace(const LinkRef& link, const typename Family::Address& address,
                           const MacAddress& mac) {
    return mutable_family<Family>().neighbour_add(link, address, mac, true);
  }
  template <typename Family>
  Status neighbour_del(const LinkRef& link, const typename Family::Address& address) {
    return mutable_family<Family>().neighbour_del(link, address);
  }

  // The slow path's word. Both take effect for packets to the neighbour with the next commit();
  // flows that go by it as a gateway have the new link-layer address at once.
  template <typename Family>
  Status neighbour_resolved(const LinkRef& link, const typename Family::Address& address,
                            const MacAddress& mac) {
    return mutable_family<Family>().neighbour_learned(link, address, mac);
  }
  template <typename Family>
  void neighbour_lost(const LinkRef& link, const typename Family::Address& address) {
    mutable_family<Family>().neighbour_lost(link, address);
  }

  // All entries of the cache are invalid from now on.
  void cache_flush() noexcept;
  // Makes what was changed since the last call known to lcores. An error: FIB memory is too small;
  // what fits is in force, the rest stays pending. Cheap when nothing is pending.
  Status commit();
  bool pending() const noexcept { return ipv4_.pending() || ipv6_.pending() || tunnels_.pending(); }
  // Now and then: whatever only waited for a grace period. Never waits.
  void maintain();

  // For show, and for the slow path.
  const LinkTable& links() const noexcept { return links_; }
  const NextHopTable& next_hops() const noexcept { return next_hops_; }
  const TunnelTable& tunnels() const noexcept { return tunnels_; }
  template <typename Family>
  const FamilyRouter<Family>& family() const noexcept {
    return const_cast<Router*>(this)->mutable_family<Family>();
  }
  uint64_t version() const noexcept { return version_.load(std::memory_order_relaxed); }
  // EAL memory of the FIBs as they have grown, bytes.
  size_t fib_memory_bytes() const noexcept { return fib4_->memory_bytes() + fib6_->memory_bytes(); }

 private:
  Router(const RouterConfig& config, std::unique_ptr<Fib<Ipv4>> fib4,
         std::unique_ptr<Fib<Ipv6>> fib6);

  template <typename Family>
  FamilyRouter<Family>& mutable_family() noexcept {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return ipv4_;
    } else {
      return ipv6_;
    }
  }
  // Of that family: routes of the other may lead into tunnels that begin at them.
  template <typename Family>
  void addresses_changed() {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      ipv6_.other_addresses_changed();
    } else {
      ipv4_.other_addresses_changed();
    }
  }
  void link_changed(const LinkRef& link);
  Status add_link_local(const LinkRef& link);
  Status settle(bool wait);
  void bump_routes() noexcept;
  void retire(const std::vector<NextHopIndex>& hops);

  RouterView view_;
  std::atomic<uint64_t> version_{(uint64_t{1} << 32U) | 1U};
  NextHopTable next_hops_;
  HopGroupTable groups_;
  std::unique_ptr<Fib<Ipv4>> fib4_;
  std::unique_ptr<Fib<Ipv6>> fib6_;
  LinkTable links_;
  TunnelTable tunnels_;
  FamilyRouter<Ipv4> ipv4_;
  FamilyRouter<Ipv6> ipv6_;
  ReaderGrace grace_;
  ReaderGrace::Token last_publish_ = 0;
  std::vector<NextHopIndex> retired_;  // to be freed when no FIB names them
};

}  // namespace dstfwd
