// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_scope.h"
#include "fwd/ip_check.h"
#include "fwd/ipv4_options.h"
#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

constexpr uint16_t kFragmentBits = kIpv4MoreFragments | kIpv4OffsetMask;

bool checksum_known_good(const rte_mbuf* m, const LinkContext& link) noexcept {
  return link.checksum_offload &&
         (m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;
}

Verdict check_addresses(const Ipv4Header& ip) noexcept {
  if (!is_unicast(ip.src)) return Verdict::kDropMartianSource;
  if (is_multicast(ip.dst) || is_limited_broadcast(ip.dst)) return Verdict::kDropMulticast;
  if (!is_unicast(ip.dst)) return Verdict::kDropMartianDestination;
  return Verdict::kForward;
}

Verdict fate_unless_local(const Ipv4Header& ip, const Frame& frame) noexcept {
  if (frame.group) return Verdict::kDropLinkBroadcast;
  // RFC 3927 2.7: no router forwards them.
  if (is_link_local(ip.src) || is_link_local(ip.dst)) return Verdict::kDropLinkLocal;
  return ip.ttl <= 1 ? Verdict::kDropTtlExpired : Verdict::kForward;
}

FlowKey4 make_key(const rte_mbuf* m, unsigned l4_offset, uint32_t l4_bytes,
                  const Ipv4Header& ip) noexcept {
  FlowKey4 key{FlowKind::kWhole, ip.protocol, 0, ip.src, ip.dst, {}};
  if ((ip.fragment.host() & kFragmentBits) != 0) {
    key.kind = FlowKind::kFragment;
  } else if (has_ports(ip.protocol)) {
    PortsHeader buffer;
    const void* ports = l4_bytes < sizeof(buffer)
                            ? nullptr
                            : rte_pktmbuf_read(m, l4_offset, sizeof(buffer), &buffer);
    if (ports == nullptr) {
      key.kind = FlowKind::kOpaque;
    } else {
      std::memcpy(&key.ports, ports, sizeof(key.ports));
    }
  }
  return key;
}

}  // namespace

bool ipv4_checksum_good(const uint8_t* header, unsigned words) noexcept {
  uint64_t sum = 0;
  for (unsigned i = 0; i < words; ++i) {
    uint32_t word;
    std::memcpy(&word, header + 4 * i, sizeof(word));
    sum += word;
  }
  sum = (sum & 0xffffffffU) + (sum >> 32U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  return sum == 0xffffU;
}

Verdict check_ip(rte_mbuf* m, const LinkContext& link, const Frame& frame,
                 Checked<Ipv4>& out) noexcept {
  const uint32_t room = m->pkt_len - frame.l3_offset;
  if (room < sizeof(Ipv4Header)) return Verdict::kDropFrameTooShort;
  if (!pull(m, frame.l3_offset + sizeof(Ipv4Header))) return Verdict::kDropNoMemory;
  const auto* ip = rte_pktmbuf_mtod_offset(m, const Ipv4Header*, frame.l3_offset);
  if (ip->version_ihl >> 4U != 4) return Verdict::kDropIpVersion;
  const unsigned header = (ip->version_ihl & 15U) * 4;
  if (header < sizeof(Ipv4Header) || header > room) return Verdict::kDropIpHeaderLength;
  const uint32_t total = ip->total_length.host();
  if (total < header || total > room) return Verdict::kDropIpLength;
  if (!pull(m, frame.l3_offset + header)) return Verdict::kDropNoMemory;
  ip = rte_pktmbuf_mtod_offset(m, const Ipv4Header*, frame.l3_offset);
  const auto* bytes = reinterpret_cast<const uint8_t*>(ip);
  if (!checksum_known_good(m, link) && !ipv4_checksum_good(bytes, header / 4)) {
    return Verdict::kDropIpChecksum;
  }
  const Verdict addresses = check_addresses(*ip);
  if (addresses != Verdict::kForward) return addresses;
  Ipv4OptionsCheck options;
  if (header > sizeof(Ipv4Header)) options = check_ipv4_options({bytes, header});
  if (options.outcome != Ipv4OptionsCheck::Outcome::kFine) return Verdict::kDropIpOptions;
  out = {make_key(m, frame.l3_offset + header, total - header, *ip), total,
         fate_unless_local(*ip, frame), options.wants_record};
  return Verdict::kForward;
}

template <>
Verdict local_verdict<Ipv4>(const rte_mbuf*, unsigned) noexcept {
  return Verdict::kConsumeLocal;
}

}  // namespace dstfwd
