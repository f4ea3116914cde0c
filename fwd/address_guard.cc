// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_guard.h"

#include "fwd/address_scope.h"
#include "fwd/arp.h"
#include "fwd/nd.h"

namespace dstfwd {
namespace {

constexpr const DuplicatePlan& plan_of(const Ipv4Address&) noexcept {
  return kArpPlan;
}
constexpr const DuplicatePlan& plan_of(const Ipv6Address&) noexcept {
  return kNdPlan;
}

void send_arp(SlowIo& io, const LinkRef& link, const LinkInfo& info, const ArpMessage& message) {
  std::array<uint8_t, kArpBytes> bytes;
  const size_t size = build_arp(bytes, message);
  io.send(link, info.mac, kBroadcastMac, kEtherTypeArp, std::span(bytes).first(size), info.mtu);
}
void send_probe(SlowIo& io, const LinkRef& link, const LinkInfo& info, const Ipv4Address& own) {
  send_arp(io, link, info, arp_probe(info.mac, own));
}
void send_announcement(SlowIo& io, const LinkRef& link, const LinkInfo& info,
                       const Ipv4Address& own) {
  send_arp(io, link, info, arp_announcement(info.mac, own));
}

void send_probe(SlowIo& io, const LinkRef& link, const LinkInfo& info, const Ipv6Address& own) {
  std::array<uint8_t, 128> bytes;
  const size_t size = build_neighbour_solicit(bytes, Ipv6Address{}, own, info.mac);
  io.send(link, info.mac, multicast_mac(solicited_node(own)), kEtherTypeIpv6,
          std::span(bytes).first(size), info.mtu);
}
void send_announcement(SlowIo& io, const LinkRef& link, const LinkInfo& info,
                       const Ipv6Address& own) {
  std::array<uint8_t, 128> bytes;
  const size_t size = build_neighbour_announcement(bytes, own, info.mac);
  io.send(link, info.mac, multicast_mac(kAllNodes), kEtherTypeIpv6, std::span(bytes).first(size),
          info.mtu);
}

}  // namespace

template <typename Family>
void AddressGuard<Family>::adopt(uint64_t now_ms) {
  version_ = family().own_version();
  family().for_each_own([&](const LinkRef& link, const Address& address, unsigned) {
    const DuplicateDetection fresh(detects_ ? plan_of(address) : kNoDetection, now_ms,
                                   static_cast<uint32_t>(random_.next()));
    const auto info = routing_.link(link);
    const auto [it, added] =
        guarded_.try_emplace(key(link, address), Guarded{fresh, info && info->up, version_});
    it->second.seen = version_;
    // Deleted and added anew since the last time: it is in use.
    const bool in_use = family().ownership(link, address) != Ownership::kNone;
    if (in_use && it->second.detection.phase() == AddressPhase::kDuplicate) {
      it->second.detection = fresh;
    }
  });
  std::erase_if(guarded_, [&](const auto& item) { return item.second.seen != version_; });
}

template <typename Family>
void AddressGuard<Family>::tick(uint64_t now_ms) {
  if (version_ != family().own_version()) adopt(now_ms);
  for (auto& [key, guarded] : guarded_) {
    const auto info = routing_.link(key.first);
    const bool up = info && info->up;
    const auto address = std::bit_cast<Address>(key.second);
    if (up && !guarded.link_up) {
      if (guarded.detection.phase() == AddressPhase::kDuplicate) {
        family().set_duplicate(key.first, address, false);
      }
      guarded.detection.restart(now_ms);
    }
    guarded.link_up = up;
    if (!up) continue;
    switch (guarded.detection.tick(now_ms)) {
      case DuplicateAction::kProbe:
        send_probe(io_, key.first, *info, address);
        break;
      case DuplicateAction::kAnnounce:
        send_announcement(io_, key.first, *info, address);
        break;
      case DuplicateAction::kNone:
        break;
    }
  }
}

template <typename Family>
AddressPhase AddressGuard<Family>::phase(const LinkRef& link,
                                         const Address& address) const noexcept {
  const auto it = guarded_.find(key(link, address));
  return it == guarded_.end() ? AddressPhase::kTentative : it->second.detection.phase();
}

template <typename Family>
bool AddressGuard<Family>::conflict(const LinkRef& link, const Address& address, uint64_t now_ms) {
  const auto it = guarded_.find(key(link, address));
  if (it == guarded_.end()) return false;
  ++conflicts_;
  if (it->second.detection.conflict()) {
    family().set_duplicate(link, address, true);
    return true;
  }
  const auto info = routing_.link(link);
  if (info && info->up && it->second.detection.defend(now_ms)) {
    send_announcement(io_, link, *info, address);
  }
  return false;
}

template <typename Family>
uint64_t AddressGuard<Family>::duplicates() const noexcept {
  return static_cast<uint64_t>(std::count_if(guarded_.begin(), guarded_.end(), [](auto& item) {
    return item.second.detection.phase() == AddressPhase::kDuplicate;
  }));
}

template class AddressGuard<Ipv4>;
template class AddressGuard<Ipv6>;

}  // namespace dstfwd
