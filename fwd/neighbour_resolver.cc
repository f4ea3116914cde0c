// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/neighbour_resolver.h"

#include "fwd/address_scope.h"
#include "fwd/arp.h"
#include "fwd/nd.h"

namespace dstfwd {
namespace {

// A neighbour's turn comes about ten times a second when tick() is called as often.
constexpr size_t kVisitsPerTick = 4096;

// Asks who has `address`, on behalf of the link's own address; `unicast`: only the neighbour.
void send_solicit(SlowIo& io, const LinkRef& link, const LinkInfo& info, const Ipv4Address& own,
                  const Ipv4Address& address, const MacAddress* unicast) {
  ArpMessage message = arp_request(info.mac, own, address);
  if (unicast != nullptr) message.target_mac = *unicast;
  std::array<uint8_t, kArpBytes> bytes;
  const size_t size = build_arp(bytes, message);
  io.send(link, info.mac, unicast != nullptr ? *unicast : kBroadcastMac, kEtherTypeArp,
          std::span(bytes).first(size), info.mtu);
}

void send_solicit(SlowIo& io, const LinkRef& link, const LinkInfo& info, const Ipv6Address& own,
                  const Ipv6Address& address, const MacAddress* unicast) {
  std::array<uint8_t, 128> bytes;
  const size_t size = build_neighbour_solicit(bytes, own, address, info.mac,
                                              unicast != nullptr ? &address : nullptr);
  const MacAddress group = multicast_mac(solicited_node(address));
  io.send(link, info.mac, unicast != nullptr ? *unicast : group, kEtherTypeIpv6,
          std::span(bytes).first(size), info.mtu);
}

// In IPv6 the link-local address is always there, and needs no resolution back.
Ipv4Address link_asker(const FamilyRouting<Ipv4>& routing, const LinkRef& link, const LinkInfo&,
                       const Ipv4Address& address) {
  return routing.source_on(link, address).value_or(Ipv4Address{});
}
Ipv6Address link_asker(const FamilyRouting<Ipv6>&, const LinkRef&, const LinkInfo& info,
                       const Ipv6Address&) {
  return link_local_address(info.mac);
}

}  // namespace

template <typename Family>
NeighbourResolver<Family>::NeighbourResolver(SlowRouting& routing, SlowIo& io,
                                             const NeighbourTimers& timers,
                                             const NeighbourResolverLimits& limits, uint64_t seed)
    : routing_(routing),
      io_(io),
      table_(timers, limits.neighbours, seed),
      queue_(limits.held, limits.held_per_neighbour) {}

template <typename Family>
std::optional<MacAddress> NeighbourResolver<Family>::known_mac(const Way& way) noexcept {
  if (auto mac = family().static_neighbour(way.link, way.neighbour)) return mac;
  const Entry* entry = table_.find(way.link, way.neighbour);
  if (entry == nullptr || !is_usable(entry->state.phase())) return {};
  return entry->state.mac();
}

template <typename Family>
void NeighbourResolver<Family>::hold(const HeldPacket& held, const Way& way, uint64_t now_ms) {
  if (known_mac(way)) {  // resolved since the lcore looked
    io_.resume(held);
    return;
  }
  Entry* entry = table_.find_or_make(way.link, way.neighbour);
  if (entry == nullptr) {
    ++stats_.table_full;
    io_.drop_held(held, Verdict::kDropNoNeighbour);
    return;
  }
  wait(*entry, {held, nullptr});
  apply(*entry, entry->state.want(now_ms), now_ms);
}

template <typename Family>
void NeighbourResolver<Family>::send(const Way& way, Bytes packet, uint64_t now_ms) {
  const auto info = routing_.link(way.link);
  if (!info || !info->up) return;
  if (const auto mac = known_mac(way)) {
    io_.send(way.link, info->mac, *mac, Family::kEtherType, packet, info->mtu);
    return;
  }
  Entry* entry = table_.find_or_make(way.link, way.neighbour);
  if (entry == nullptr) {
    ++stats_.table_full;
    return;
  }
  Waiting waiting;
  waiting.own = std::make_unique<std::vector<uint8_t>>(packet.begin(), packet.end());
  wait(*entry, std::move(waiting));
  typename Family::Header ip;
  if (read_at(packet, 0, ip)) speaking_as_ = ip.src;
  apply(*entry, entry->state.want(now_ms), now_ms);
  speaking_as_.reset();
}

template <typename Family>
void NeighbourResolver<Family>::wait(Entry& entry, Waiting waiting) {
  if (const auto gone = queue_.push(entry.held, std::move(waiting)))
    end(*gone, Verdict::kDropHoldFull, false);
}

template <typename Family>
void NeighbourResolver<Family>::end(const Waiting& waiting, Verdict reason, bool tell) {
  if (waiting.own != nullptr) return;
  if (tell) unreachable_(waiting.held.packet);
  io_.drop_held(waiting.held, reason);
}

template <typename Family>
void NeighbourResolver<Family>::let_go(Entry& entry) {
  const auto info = routing_.link(entry.link);
  while (const auto waiting = queue_.pop(entry.held)) {
    if (waiting->own == nullptr) {
      io_.resume(waiting->held);
      continue;
    }
    const auto mac = known_mac({entry.link, entry.address});
    if (info && mac) {
      io_.send(entry.link, info->mac, *mac, Family::kEtherType, *waiting->own, info->mtu);
    }
  }
}

template <typename Family>
void NeighbourResolver<Family>::give_up(Entry& entry) {
  while (const auto waiting = queue_.pop(entry.held)) {
    end(*waiting, Verdict::kDropNoNeighbour, true);
  }
}

template <typename Family>
auto NeighbourResolver<Family>::asker(const Entry& entry, const LinkInfo& info) -> Address {
  if (speaking_as_ && family().ownership(entry.link, *speaking_as_) == Ownership::kUnicast) {
    return *speaking_as_;
  }
  return link_asker(family(), entry.link, info, entry.address);
}

template <typename Family>
void NeighbourResolver<Family>::solicit(const Entry& entry, const MacAddress* unicast) {
  const auto info = routing_.link(entry.link);
  if (!info || !info->up) return;
  send_solicit(io_, entry.link, *info, asker(entry, *info), entry.address, unicast);
  ++stats_.solicits_sent;
}

template <typename Family>
void NeighbourResolver<Family>::apply(Entry& entry, const NeighbourActions& actions, uint64_t) {
  if (actions.solicit_group) solicit(entry, nullptr);
  if (actions.solicit_unicast) solicit(entry, &entry.state.mac());
  if (actions.resolved) {
    ++stats_.resolved;
    family().neighbour_resolved(entry.link, entry.address, entry.state.mac());
    let_go(entry);
  }
  if (actions.failed || actions.forget) {
    stats_.failed += actions.failed ? 1 : 0;
    family().neighbour_lost(entry.link, entry.address);
    give_up(entry);
  }
}

template <typename Family>
void NeighbourResolver<Family>::heard(const LinkRef& link, const Address& address,
                                      const MacAddress& mac, uint64_t now_ms) {
  if (!family().is_on_link(link, address) || family().static_neighbour(link, address)) return;
  if (Entry* entry = table_.find_or_make(link, address)) {
    apply(*entry, entry->state.heard(mac, now_ms), now_ms);
  }
}

template <typename Family>
void NeighbourResolver<Family>::advertised(const LinkRef& link, const Address& address,
                                           const NeighbourAdvert& advert, uint64_t now_ms) {
  if (Entry* entry = table_.find(link, address)) {
    apply(*entry, entry->state.advertised(advert, now_ms), now_ms);
  }
}

template <typename Family>
void NeighbourResolver<Family>::tick(uint64_t now_ms) {
  table_.visit_some(kVisitsPerTick, [&](Entry& entry) {
    const bool in_use = family().neighbour_in_use(entry.link, entry.address);
    const NeighbourActions actions = entry.state.tick(now_ms, in_use);
    apply(entry, actions, now_ms);
    return actions.forget;
  });
}

template <typename Family>
void NeighbourResolver<Family>::link_down(const LinkRef& link, uint64_t now_ms) {
  table_.visit_all([&](Entry& entry) {
    if (entry.link == link) apply(entry, entry.state.reset(now_ms), now_ms);
  });
}

template <typename Family>
void NeighbourResolver<Family>::changed_by_hand(const LinkRef& link, const Address& address,
                                                uint64_t now_ms) {
  Entry* entry = table_.find(link, address);
  if (entry == nullptr) return;
  if (family().static_neighbour(link, address)) {
    let_go(*entry);
  } else {
    apply(*entry, entry->state.reset(now_ms), now_ms);
  }
  table_.erase(link, address);
}

template <typename Family>
void NeighbourResolver<Family>::drop_all() {
  table_.visit_all([&](Entry& entry) {
    while (const auto waiting = queue_.pop(entry.held)) {
      end(*waiting, Verdict::kDropNoNeighbour, false);
    }
  });
}

template <typename Family>
std::vector<NeighbourView<Family>> NeighbourResolver<Family>::view() const {
  std::vector<NeighbourView<Family>> out;
  table_.visit_all([&](const Entry& e) {
    out.push_back(
        {e.link, e.address, e.state.mac(), e.state.phase(), e.held.size(), e.state.confirmed_ms()});
  });
  return out;
}

template class NeighbourResolver<Ipv4>;
template class NeighbourResolver<Ipv6>;

}  // namespace dstfwd
