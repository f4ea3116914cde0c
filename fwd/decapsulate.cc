// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/decapsulate.h"

#include "fwd/encapsulation.h"
#include "fwd/ipv6_options.h"
#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

// What an outer packet carries, and where.
struct Payload {
  uint8_t protocol = kProtoNoNextHeader;  // none that a tunnel has
  uint32_t offset = 0;                    // from the outer header
  uint32_t length = 0;
};

Payload payload_of(const rte_mbuf*, unsigned, const Ipv4Header& ip) noexcept {
  if ((ip.fragment.host() & (kIpv4MoreFragments | kIpv4OffsetMask)) != 0) return {};
  const uint32_t header = (ip.version_ihl & 15U) * 4U;
  return {ip.protocol, header, ip.total_length.host() - header};
}

// One options header that is `offset` behind the IPv6 header: its length; 0: it is not for us to
// pass over. Hop-by-hop options were checked on arrival.
uint32_t options_length(const rte_mbuf* m, unsigned l3_offset, uint32_t offset, uint32_t length,
                        uint8_t protocol, uint8_t& next) noexcept {
  constexpr uint32_t kMostBytes = 2048 + sizeof(Ipv6Header);
  uint8_t buffer[kMostBytes];
  std::array<uint8_t, 2> head;
  const void* at = offset + sizeof(head) > length
                       ? nullptr
                       : rte_pktmbuf_read(m, l3_offset + offset, sizeof(head), buffer);
  if (at == nullptr) return 0;
  std::memcpy(head.data(), at, sizeof(head));
  next = head[0];
  const uint32_t size = (head[1] + 1U) * 8;
  if (offset + size > length) return 0;
  if (protocol == kProtoHopByHop) return size;
  if (offset + size > kMostBytes) return 0;
  const auto* packet =
      static_cast<const uint8_t*>(rte_pktmbuf_read(m, l3_offset, offset + size, buffer));
  if (packet == nullptr) return 0;
  const Ipv6OptionsCheck check = check_ipv6_options({packet, offset + size}, offset);
  return check.outcome == Ipv6OptionsCheck::Outcome::kFine ? size : 0;
}

// Linux sends a destination options header with the tunnel encapsulation limit (RFC 2473 4.1.1).
Payload payload_of(const rte_mbuf* m, unsigned l3_offset, const Ipv6Header& ip) noexcept {
  const uint32_t length = sizeof(ip) + ip.payload_length.host();
  uint8_t protocol = ip.next_header;
  uint32_t offset = sizeof(ip);
  const auto steps = {kProtoHopByHop, kProtoDestinationOptions};
  for (const uint8_t step : steps) {
    if (protocol != step) continue;
    const uint32_t size = options_length(m, l3_offset, offset, length, step, protocol);
    if (size == 0) return {};
    offset += size;
  }
  return {protocol, offset, length - offset};
}

// Gives the inner header its ECN field. A header that is not one is left for its own check.
template <typename Inner>
Verdict settle_ecn(rte_mbuf* m, uint32_t at, uint32_t length, uint8_t outer_tos) noexcept {
  using Header = typename Inner::Header;
  if (length < sizeof(Header)) return Verdict::kForward;
  if (!pull(m, at + sizeof(Header))) return Verdict::kDropNoMemory;
  auto& ip = *rte_pktmbuf_mtod_offset(m, Header*, at);
  if (*reinterpret_cast<const uint8_t*>(&ip) >> 4U != Inner::kVersion) return Verdict::kForward;
  const std::optional<Ecn> ecn = combine_ecn(ecn_of(tos_of(ip)), ecn_of(outer_tos));
  if (!ecn) return Verdict::kDropTunnel;
  set_ecn(ip, *ecn);
  return Verdict::kForward;
}

// Takes `bytes` out behind the link header, which must be contiguous with them.
void strip(rte_mbuf* m, unsigned l3_offset, uint32_t bytes, uint16_t ether_type) noexcept {
  auto* front = rte_pktmbuf_mtod(m, uint8_t*);
  std::memmove(front + bytes, front, l3_offset);
  m->data_off = static_cast<uint16_t>(m->data_off + bytes);
  m->data_len = static_cast<uint16_t>(m->data_len - bytes);
  m->pkt_len -= bytes;
  const Be16 type = Be16::from_host(ether_type);
  std::memcpy(front + bytes + l3_offset - sizeof(type), &type, sizeof(type));
  // What the NIC said was of the outer header.
  m->ol_flags &= ~(RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
}

}  // namespace

template <typename Outer>
Verdict decapsulate(rte_mbuf* m, unsigned l3_offset, const TunnelEnds& ends) noexcept {
  const auto* ip = rte_pktmbuf_mtod_offset(m, const typename Outer::Header*, l3_offset);
  const Payload payload = payload_of(m, l3_offset, *ip);
  if (payload.protocol != kProtoIpip && payload.protocol != kProtoIpv6) {
    return Verdict::kConsumeLocal;
  }
  if (!ends.has<Outer>(payload.protocol, ip->dst, ip->src)) return Verdict::kConsumeLocal;
  const uint32_t at = l3_offset + payload.offset;
  const uint8_t tos = tos_of(*ip);
  if (!pull(m, at)) return Verdict::kDropNoMemory;
  const bool ipv6 = payload.protocol == kProtoIpv6;
  const Verdict verdict = ipv6 ? settle_ecn<Ipv6>(m, at, payload.length, tos)
                               : settle_ecn<Ipv4>(m, at, payload.length, tos);
  if (verdict != Verdict::kForward) return verdict;
  strip(m, l3_offset, payload.offset, ipv6 ? kEtherTypeIpv6 : kEtherTypeIpv4);
  return Verdict::kForward;
}

template Verdict decapsulate<Ipv4>(rte_mbuf*, unsigned, const TunnelEnds&) noexcept;
template Verdict decapsulate<Ipv6>(rte_mbuf*, unsigned, const TunnelEnds&) noexcept;

}  // namespace dstfwd
