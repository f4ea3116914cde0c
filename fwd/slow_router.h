// SPDX-License-Identifier: BSD-3-Clause
// The slow path's questions (slow_routing.h), answered by the Router. The control thread.
#pragma once

#include "fwd/router.h"
#include "fwd/slow_routing.h"

namespace dstfwd {

// One family's part. Base: SlowRouting, or the other family's part over it.
template <typename Family, typename Base>
class FamilySlowRouter : public Base {
 public:
  using Address = typename Family::Address;
  using Way = typename FamilyRouting<Family>::Way;
  using VisitOwn = typename FamilyRouting<Family>::VisitOwn;
  using Base::Base;

  std::optional<Way> way_to(const Address& dst) const override;
  const Tunnel* tunnel_to(const Address& dst) const override;
  std::optional<Way> held_for(NextHopIndex hop, const Address& dst) const override;
  bool is_local(const Address& address) const override;
  Ownership ownership(const LinkRef& link, const Address& address) const override;
  bool is_on_link(const LinkRef& link, const Address& address) const override;
  bool is_directed_broadcast(const Address& address) const override;
  std::optional<Address> source_on(const LinkRef& link, const Address& peer) const override;
  void for_each_own(const VisitOwn& visit) const override;
  void set_duplicate(const LinkRef& link, const Address& address, bool duplicate) override;
  std::optional<MacAddress> static_neighbour(const LinkRef& link,
                                             const Address& address) const override;
  void neighbour_resolved(const LinkRef& link, const Address& address,
                          const MacAddress& mac) override;
  void neighbour_lost(const LinkRef& link, const Address& address) override;
  bool neighbour_in_use(const LinkRef& link, const Address& address) const override;

 private:
  // By longest prefix; of a group, one member.
  NextHopIndex hop_to(const Address& dst) const noexcept;
  const FamilyRouter<Family>& family() const noexcept {
    return this->router_->template family<Family>();
  }
};

// What both share.
class SlowRouterBase : public SlowRouting {
 public:
  explicit SlowRouterBase(Router& router) noexcept : router_(&router) {}

  std::optional<LinkInfo> link(const LinkRef& link) const override;
  const Tunnel* tunnel(uint32_t object) const override { return router_->tunnels().find(object); }
  uint32_t hop_mtu(NextHopIndex hop) const override;
  void for_each_link(
      const std::function<void(const LinkRef&, const LinkInfo&)>& visit) const override;
  uint64_t own_version() const override;
  // Times that the FIB had no room for a neighbour.
  uint64_t failed_commits() const noexcept { return failed_commits_; }

 protected:
  void commit();
  // The link whose connected prefixes have that next hop.
  std::optional<LinkRef> glean_link(NextHopIndex hop) const;

  Router* router_;
  uint64_t failed_commits_ = 0;
};

using SlowRouter = FamilySlowRouter<Ipv6, FamilySlowRouter<Ipv4, SlowRouterBase>>;

}  // namespace dstfwd
