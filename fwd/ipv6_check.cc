// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_scope.h"
#include "fwd/ip_check.h"
#include "fwd/ipv6_options.h"
#include "fwd/ipv6_upper.h"
#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

constexpr uint8_t kRouterSolicitation = 133;  // ICMPv6 types of RFC 4861: 133 to 137
constexpr uint8_t kRedirect = 137;

// Hop-by-hop options come first and are the only ones that a router looks at (RFC 8200 4.3).
Verdict check_hop_by_hop(const rte_mbuf* m, unsigned l3_offset, uint32_t length) noexcept {
  constexpr uint32_t kMostBytes = sizeof(Ipv6Header) + 256 * 8;
  uint8_t buffer[kMostBytes];
  if (length < sizeof(Ipv6Header) + 8) return Verdict::kDropIpLength;
  const auto* packet =
      static_cast<const uint8_t*>(rte_pktmbuf_read(m, l3_offset, sizeof(Ipv6Header) + 8, buffer));
  if (packet == nullptr) return Verdict::kDropIpLength;
  const uint32_t end = sizeof(Ipv6Header) + (packet[sizeof(Ipv6Header) + 1] + 1U) * 8;
  if (end > length) return Verdict::kDropIpLength;
  packet = static_cast<const uint8_t*>(rte_pktmbuf_read(m, l3_offset, end, buffer));
  if (packet == nullptr) return Verdict::kDropIpLength;
  const Ipv6OptionsCheck options = check_ipv6_options({packet, end}, sizeof(Ipv6Header));
  return options.outcome == Ipv6OptionsCheck::Outcome::kFine ? Verdict::kForward
                                                             : Verdict::kDropIpOptions;
}

// ff02::/16, and ff01::/16 which should not be on a link at all (RFC 4291 2.7).
bool is_link_scope(const Ipv6Address& group) noexcept {
  return (group.bytes[1] & 15U) <= 2;
}

Verdict check_addresses(const Ipv6Header& ip, const Ipv6Upper& upper) noexcept {
  if (is_multicast(ip.dst)) {
    // Before the source is looked at: duplicate detection sends from "::".
    if (upper.protocol == kProtoIcmpv6 && is_link_scope(ip.dst)) return Verdict::kConsumeNd;
    const bool good = is_unicast(ip.src);
    return good ? Verdict::kDropMulticast : Verdict::kDropMartianSource;
  }
  if (is_multicast(ip.src) || is_loopback(ip.src)) return Verdict::kDropMartianSource;
  if (!is_unicast(ip.dst)) return Verdict::kDropMartianDestination;
  return Verdict::kForward;
}

Verdict fate_unless_local(const Ipv6Header& ip, const Frame& frame) noexcept {
  if (is_unspecified(ip.src)) return Verdict::kDropMartianSource;
  if (frame.group) return Verdict::kDropLinkBroadcast;
  if (is_link_local(ip.dst)) return Verdict::kDropLinkLocal;
  if (ip.hop_limit <= 1) return Verdict::kDropTtlExpired;
  return is_link_local(ip.src) ? Verdict::kDropLinkLocal : Verdict::kForward;
}

FlowKey6 make_key(const rte_mbuf* m, unsigned l3_offset, uint32_t length, const Ipv6Header& ip,
                  const Ipv6Upper& upper) noexcept {
  FlowKey6 key{ip.src, ip.dst, {}, upper.protocol, upper.kind, 0};
  if (upper.kind != FlowKind::kWhole || !has_ports(upper.protocol)) return key;
  PortsHeader buffer;
  const void* ports = length - upper.offset < sizeof(buffer)
                          ? nullptr
                          : rte_pktmbuf_read(m, l3_offset + upper.offset, sizeof(buffer), &buffer);
  if (ports == nullptr) {
    key.kind = FlowKind::kOpaque;
  } else {
    std::memcpy(&key.ports, ports, sizeof(key.ports));
  }
  return key;
}

}  // namespace

Verdict check_ip(rte_mbuf* m, const LinkContext& link, const Frame& frame,
                 Checked<Ipv6>& out) noexcept {
  const uint32_t room = m->pkt_len - frame.l3_offset;
  if (room < sizeof(Ipv6Header)) return Verdict::kDropFrameTooShort;
  if (!pull(m, frame.l3_offset + sizeof(Ipv6Header))) return Verdict::kDropNoMemory;
  const auto* ip = rte_pktmbuf_mtod_offset(m, const Ipv6Header*, frame.l3_offset);
  if (ip->version_class_label.host() >> 28U != 6) return Verdict::kDropIpVersion;
  const uint32_t payload = ip->payload_length.host();
  const uint32_t length = sizeof(Ipv6Header) + payload;
  if (length > room) return Verdict::kDropIpLength;
  if (ip->next_header == kProtoHopByHop) {
    // Also how jumbograms end (RFC 2675: payload length 0), which are not routed.
    const Verdict options = check_hop_by_hop(m, frame.l3_offset, length);
    if (options != Verdict::kForward) return options;
  }
  const Ipv6Upper upper = find_upper(m, frame.l3_offset, length, ip->next_header);
  const Verdict addresses = check_addresses(*ip, upper);
  if (addresses != Verdict::kForward) return addresses;
  if (is_link_local(ip->dst) && ip->dst == link_local_address(link.own_mac)) {
    return local_verdict<Ipv6>(m, frame.l3_offset);
  }
  out = {make_key(m, frame.l3_offset, length, *ip, upper), length, fate_unless_local(*ip, frame)};
  return Verdict::kForward;
}

template <>
Verdict local_verdict<Ipv6>(const rte_mbuf* m, unsigned l3_offset) noexcept {
  const auto* ip = rte_pktmbuf_mtod_offset(m, const Ipv6Header*, l3_offset);
  const uint32_t length = sizeof(Ipv6Header) + ip->payload_length.host();
  const Ipv6Upper upper = find_upper(m, l3_offset, length, ip->next_header);
  if (upper.protocol != kProtoIcmpv6 || upper.kind != FlowKind::kWhole || upper.offset >= length) {
    return Verdict::kConsumeLocal;
  }
  uint8_t buffer;
  const auto* type =
      static_cast<const uint8_t*>(rte_pktmbuf_read(m, l3_offset + upper.offset, 1, &buffer));
  const bool discovery = type != nullptr && *type >= kRouterSolicitation && *type <= kRedirect;
  return discovery ? Verdict::kConsumeNd : Verdict::kConsumeLocal;
}

}  // namespace dstfwd
