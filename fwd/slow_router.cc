// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_router.h"

#include <bit>

namespace dstfwd {
namespace {

LinkInfo info_of(const LinkTable& links, const Link& link) {
  return {link.mac, links.mtu(link.ref), links.is_up(link.ref), link.advertises};
}

// Any value will do: what the router sends itself is spread over a group, too.
uint32_t spread_of(const Ipv4Address& address) noexcept {
  return address.value.host() * 0x9e3779b1U;
}
uint32_t spread_of(const Ipv6Address& address) noexcept {
  uint32_t spread = 0;
  for (const uint8_t byte : address.bytes) spread = (spread ^ byte) * 0x9e3779b1U;
  return spread;
}

}  // namespace

std::optional<LinkInfo> SlowRouterBase::link(const LinkRef& link) const {
  const Link* const found = router_->links().find(link);
  if (found == nullptr) return {};
  return info_of(router_->links(), *found);
}

uint32_t SlowRouterBase::hop_mtu(NextHopIndex hop) const {
  return router_->next_hops()[hop].read().mtu;
}

void SlowRouterBase::for_each_link(
    const std::function<void(const LinkRef&, const LinkInfo&)>& visit) const {
  for (const auto& [ref, link] : router_->links().all()) {
    visit(ref, info_of(router_->links(), link));
  }
}

uint64_t SlowRouterBase::own_version() const {
  return router_->family<Ipv4>().addresses().version() +
         router_->family<Ipv6>().addresses().version();
}

void SlowRouterBase::commit() {
  if (!router_->commit()) ++failed_commits_;
}

std::optional<LinkRef> SlowRouterBase::glean_link(NextHopIndex hop) const {
  const Adjacency glean = router_->next_hops()[hop].read();
  const LinkRef ref{glean.port, glean.vlan_tci};
  const Link* const link = router_->links().find(ref);
  if (link == nullptr || link->glean != hop) return {};
  return ref;
}

template <typename Family, typename Base>
NextHopIndex FamilySlowRouter<Family, Base>::hop_to(const Address& dst) const noexcept {
  const RouterView& view = this->router_->view();
  const NextHopIndex hop = view.template fib<Family>().lookup(dst);
  const Adjacency answer = this->router_->next_hops()[hop].read();
  if (answer.kind != HopKind::kGroup) return hop;
  return (*view.groups)[answer.object].select(spread_of(dst));
}

template <typename Family, typename Base>
auto FamilySlowRouter<Family, Base>::way_to(const Address& dst) const -> std::optional<Way> {
  return held_for(hop_to(dst), dst);
}

template <typename Family, typename Base>
const Tunnel* FamilySlowRouter<Family, Base>::tunnel_to(const Address& dst) const {
  const Adjacency hop = this->router_->next_hops()[hop_to(dst)].read();
  return hop.kind == HopKind::kTunnel ? this->tunnel(hop.object) : nullptr;
}

template <typename Family, typename Base>
auto FamilySlowRouter<Family, Base>::held_for(NextHopIndex hop, const Address& dst) const
    -> std::optional<Way> {
  const HopKind kind = this->router_->next_hops()[hop].kind();
  if (kind == HopKind::kGlean) {
    const auto link = this->glean_link(hop);
    if (!link) return {};
    return Way{*link, dst};
  }
  const auto* const record = family().adjacencies().find(hop);
  if (kind != HopKind::kAdjacency || record == nullptr) return {};
  return Way{record->link, record->address};
}

template <typename Family, typename Base>
bool FamilySlowRouter<Family, Base>::is_local(const Address& address) const {
  return family().addresses().is_own(address);
}

template <typename Family, typename Base>
Ownership FamilySlowRouter<Family, Base>::ownership(const LinkRef& link,
                                                    const Address& address) const {
  const auto& addresses = family().addresses();
  const OwnAddress<Family>* const own = addresses.find(link, address);
  if (own != nullptr && !own->duplicate) return Ownership::kUnicast;
  return addresses.is_anycast(link, address) ? Ownership::kAnycast : Ownership::kNone;
}

template <typename Family, typename Base>
bool FamilySlowRouter<Family, Base>::is_on_link(const LinkRef& link, const Address& address) const {
  if (family().addresses().is_on_link(link, address)) return true;
  // A gateway that a route names by its link.
  const auto* const record = family().adjacencies().find(link, address);
  return record != nullptr && record->paths != 0;
}

template <typename Family, typename Base>
bool FamilySlowRouter<Family, Base>::is_directed_broadcast(const Address& address) const {
  return family().addresses().is_directed_broadcast(address);
}

template <typename Family, typename Base>
auto FamilySlowRouter<Family, Base>::source_on(const LinkRef& link, const Address& peer) const
    -> std::optional<Address> {
  const auto* const own = family().addresses().source_on(link, peer);
  if (own == nullptr) return {};
  return own->prefix.address;
}

template <typename Family, typename Base>
void FamilySlowRouter<Family, Base>::for_each_own(const VisitOwn& visit) const {
  for (const OwnAddress<Family>& own : family().addresses().all()) {
    visit(own.link, own.prefix.address, own.prefix.length);
  }
}

template <typename Family, typename Base>
void FamilySlowRouter<Family, Base>::set_duplicate(const LinkRef& link, const Address& address,
                                                   bool duplicate) {
  this->router_->template address_set_duplicate<Family>(link, address, duplicate);
  this->commit();
}

template <typename Family, typename Base>
std::optional<MacAddress> FamilySlowRouter<Family, Base>::static_neighbour(
    const LinkRef& link, const Address& address) const {
  const auto* const record = family().adjacencies().find(link, address);
  if (record == nullptr) return {};
  return record->fixed;
}

template <typename Family, typename Base>
void FamilySlowRouter<Family, Base>::neighbour_resolved(const LinkRef& link, const Address& address,
                                                        const MacAddress& mac) {
  if (this->router_->template neighbour_resolved<Family>(link, address, mac)) {
    this->commit();
  } else {
    ++this->failed_commits_;
  }
}

template <typename Family, typename Base>
void FamilySlowRouter<Family, Base>::neighbour_lost(const LinkRef& link, const Address& address) {
  this->router_->template neighbour_lost<Family>(link, address);
  this->commit();
}

template <typename Family, typename Base>
bool FamilySlowRouter<Family, Base>::neighbour_in_use(const LinkRef& link,
                                                      const Address& address) const {
  const auto* const record = family().adjacencies().find(link, address);
  if (record == nullptr) return false;
  return record->paths != 0 || this->router_->next_hops().count(record->hop) != 0;
}

template class FamilySlowRouter<Ipv4, SlowRouterBase>;
template class FamilySlowRouter<Ipv6, FamilySlowRouter<Ipv4, SlowRouterBase>>;

}  // namespace dstfwd
