// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/nd_agent.h"

#include "fwd/address_scope.h"
#include "fwd/icmp_report.h"
#include "fwd/ipv6_walk.h"

namespace dstfwd {
namespace {

constexpr size_t kMaxAdvertisedPrefixes = 16;

bool is_nd_type(Bytes packet) noexcept {
  const Ipv6Payload payload = find_ipv6_payload(packet);
  uint8_t type = 0;
  return payload.protocol == kProtoIcmpv6 && read_at(packet, payload.offset, type) &&
         type >= kIcmp6RouterSolicit && type <= kIcmp6Redirect;
}

Ipv6Address prefix_of(Ipv6Address address, unsigned length) noexcept {
  for (unsigned i = 0; i < address.bytes.size(); ++i) {
    const unsigned bits = length <= i * 8 ? 0 : std::min(8U, length - i * 8);
    address.bytes[i] &= static_cast<uint8_t>(0xff00U >> bits);
  }
  return address;
}

}  // namespace

bool NdAgent::receive(const LinkRef& link, Bytes packet, uint64_t now_ms) {
  const auto info = routing_.link(link);
  const auto message = parse_nd(packet);
  if (!message || !info) {
    const bool nd = is_nd_type(packet);
    stats_.invalid += nd ? 1 : 0;
    return nd;
  }
  switch (message->type) {
    case kIcmp6NeighbourSolicit:
      solicited(link, *info, *message, now_ms);
      break;
    case kIcmp6NeighbourAdvert:
      advertised(link, *message, now_ms);
      break;
    case kIcmp6RouterSolicit:
      ++stats_.router_solicits;
      if (message->link_layer) resolver_.heard(link, message->src, *message->link_layer, now_ms);
      if (const auto it = advertisers_.find(link); it != advertisers_.end()) {
        it->second.solicited(now_ms);
      }
      break;
    default:  // another router's advertisement: RFC 4861 6.2.7 leaves it to people
      break;
  }
  return true;
}

void NdAgent::solicited(const LinkRef& link, const LinkInfo& info, const NdMessage& m,
                        uint64_t now_ms) {
  const Ownership ownership = family().ownership(link, m.target);
  if (ownership == Ownership::kNone) return;
  if (m.src == m.target || (m.link_layer && *m.link_layer == info.mac)) return;  // our own
  const bool anycast = ownership == Ownership::kAnycast;
  if (!anycast && m.is_dad_probe() && guard_.conflict(link, m.target, now_ms)) return;
  const AddressPhase phase = anycast ? AddressPhase::kPreferred : guard_.phase(link, m.target);
  ++stats_.solicits;
  if (m.link_layer && !is_unspecified(m.src)) {
    resolver_.heard(link, m.src, *m.link_layer, now_ms);
  }
  std::array<uint8_t, 128> bytes;
  // RFC 4861 7.2.7: an anycast address' answers do not override one another.
  const size_t size =
      build_neighbour_advert(bytes, m, info.mac, phase == AddressPhase::kPreferred && !anycast);
  const Bytes advert = std::span(bytes).first(size);
  ++stats_.adverts_sent;
  if (m.is_dad_probe()) {
    io_.send(link, info.mac, multicast_mac(kAllNodes), kEtherTypeIpv6, advert, info.mtu);
  } else if (m.link_layer) {  // whoever it is, it says where
    io_.send(link, info.mac, *m.link_layer, kEtherTypeIpv6, advert, info.mtu);
  } else {
    resolver_.send({link, m.src}, advert, now_ms);
  }
}

void NdAgent::advertised(const LinkRef& link, const NdMessage& m, uint64_t now_ms) {
  if (family().ownership(link, m.target) == Ownership::kUnicast) {  // RFC 4862 5.4.4
    guard_.conflict(link, m.target, now_ms);
    return;
  }
  ++stats_.adverts;
  resolver_.advertised(link, m.target, {m.link_layer, m.solicited, m.override_old}, now_ms);
}

void NdAgent::send_router_advert(const LinkRef& link, const LinkInfo& info, uint16_t lifetime_s) {
  const Ipv6Address src = link_local_address(info.mac);
  if (guard_.phase(link, src) == AddressPhase::kDuplicate) return;  // another station's
  std::vector<NdPrefix> prefixes;
  family().for_each_own([&](const LinkRef& where, const Ipv6Address& address, unsigned length) {
    if (where != link || is_link_local(address) || length >= 128) return;
    const NdPrefix prefix{prefix_of(address, length), static_cast<uint8_t>(length)};
    const bool known = std::any_of(prefixes.begin(), prefixes.end(), [&](const NdPrefix& p) {
      return p.prefix == prefix.prefix && p.length == prefix.length;
    });
    if (!known && prefixes.size() < kMaxAdvertisedPrefixes) prefixes.push_back(prefix);
  });
  std::array<uint8_t, 128 + kMaxAdvertisedPrefixes * 32> bytes;
  const size_t size =
      build_router_advert(bytes, src, kAllNodes, info.mac, lifetime_s, info.mtu, prefixes);
  io_.send(link, info.mac, multicast_mac(kAllNodes), kEtherTypeIpv6, std::span(bytes).first(size),
           info.mtu);
  ++stats_.router_adverts_sent;
}

void NdAgent::tick(uint64_t now_ms) {
  routing_.for_each_link([&](const LinkRef& link, const LinkInfo& info) {
    const auto it = advertisers_.find(link);
    if (!info.up || !info.advertises) {
      if (it == advertisers_.end()) return;
      if (info.up) send_router_advert(link, info, 0);  // RFC 4861 6.2.5
      advertisers_.erase(it);
      return;
    }
    auto& advertiser =
        it != advertisers_.end()
            ? it->second
            : advertisers_.emplace(link, RouterAdvertiser(now_ms, random_.next())).first->second;
    if (advertiser.tick(now_ms)) send_router_advert(link, info, RouterAdvertiser::kLifetime_s);
  });
}

}  // namespace dstfwd
