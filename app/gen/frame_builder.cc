// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/frame_builder.h"

#include <algorithm>

#include "fwd/checksum.h"

namespace dstfwd::gen {
namespace {

struct UdpHeader {  // RFC 768
  PortsHeader ports;
  Be16 length;
  Be16 checksum;
};
static_assert(sizeof(UdpHeader) == FrameBuilder::kUdpBytes);

template <typename T>
uint8_t* put(uint8_t* at, const T& value) noexcept {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

template <typename T>
std::span<const uint8_t> octets(const T& value) noexcept {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof value};
}

// A T at an offset of the frame, wherever its segments end.
template <typename T>
std::optional<T> read_at(const rte_mbuf* m, uint32_t offset) noexcept {
  T value;
  const void* found = rte_pktmbuf_read(m, offset, sizeof value, &value);
  if (found == nullptr) return std::nullopt;
  if (found != &value) std::memcpy(&value, found, sizeof value);
  return value;
}

}  // namespace

FrameBuilder::FrameBuilder(const FrameConfig& config, const FlowPlan& plan,
                           const SizeMix& sizes) noexcept
    : config_(config),
      plan_(plan),
      sizes_(sizes),
      link_bytes_(sizeof(EthHeader) + (config.vlan ? sizeof(VlanHeader) : 0)) {}

void FrameBuilder::build(rte_mbuf* m, uint64_t k, uint64_t tsc) const noexcept {
  const bool ipv6 = plan_.is_ipv6(plan_.slot(k));
  // Shifted by one a round of the flows, so that no flow always has the same size.
  const uint16_t wanted = sizes_.at(k + k / plan_.slots());
  const uint16_t size = std::max(wanted, min_size(ipv6, config_.vlan.has_value()));
  const auto bytes = static_cast<uint16_t>(size - kFcsBytes);
  m->data_len = bytes;
  m->pkt_len = bytes;
  const auto ip_bytes = static_cast<uint16_t>(bytes - link_bytes_);
  const Payload payload = Payload::make(config_.trial, k, tsc);
  uint8_t* at = put_link(m, ipv6 ? kEtherTypeIpv6 : kEtherTypeIpv4);
  if (ipv6) {
    put_ipv6(at, k, ip_bytes, payload);
  } else {
    put_ipv4(at, k, ip_bytes, payload);
  }
}

uint8_t* FrameBuilder::put_link(rte_mbuf* m, uint16_t ether_type) const noexcept {
  uint8_t* at = rte_pktmbuf_mtod(m, uint8_t*);
  const uint16_t outer = config_.vlan ? kEtherTypeVlan : ether_type;
  at = put(at, EthHeader{config_.destination_mac, config_.source_mac, Be16::from_host(outer)});
  if (config_.vlan)
    at = put(at, VlanHeader{Be16::from_host(*config_.vlan), Be16::from_host(ether_type)});
  return at;
}

void FrameBuilder::put_ipv4(uint8_t* at, uint64_t k, uint16_t ip_bytes,
                            const Payload& payload) const noexcept {
  const auto flow = plan_.ipv4(k);
  Ipv4Header ip{};
  ip.version_ihl = 0x45;
  ip.total_length = Be16::from_host(ip_bytes);
  ip.id = Be16::from_host(static_cast<uint16_t>(k));
  ip.ttl = config_.ttl;
  ip.protocol = kProtoUdp;
  ip.src = flow.source;
  ip.dst = flow.destination;
  ip.checksum = internet_checksum(octets(ip));
  const UdpHeader udp{
      {Be16::from_host(flow.source_port), Be16::from_host(config_.destination_port)},
      Be16::from_host(static_cast<uint16_t>(ip_bytes - sizeof ip)),
      {}};
  put(put(put(at, ip), udp), payload);
}

void FrameBuilder::put_ipv6(uint8_t* at, uint64_t k, uint16_t ip_bytes,
                            const Payload& payload) const noexcept {
  const auto flow = plan_.ipv6(k);
  Ipv6Header ip{};
  ip.version_class_label = Be32::from_host(0x60000000U);
  const auto payload_bytes = static_cast<uint16_t>(ip_bytes - sizeof ip);
  ip.payload_length = Be16::from_host(payload_bytes);
  ip.next_header = kProtoUdp;
  ip.hop_limit = config_.ttl;
  ip.src = flow.source;
  ip.dst = flow.destination;
  struct {
    UdpHeader udp;
    Payload payload;
  } body{{{Be16::from_host(flow.source_port), Be16::from_host(config_.destination_port)},
          Be16::from_host(payload_bytes),
          {}},
         payload};
  // The rest of the datagram is zeros; the length is added to the pseudo header's by hand, as the
  // sum below has that of the body only.
  const uint16_t over_body =
      transport_checksum(flow.source, flow.destination, kProtoUdp, octets(body)).host();
  uint32_t sum = static_cast<uint16_t>(~over_body);
  sum += static_cast<uint16_t>(payload_bytes - sizeof body);
  sum = (sum & 0xffffU) + (sum >> 16U);
  const auto checksum = static_cast<uint16_t>(~sum);
  body.udp.checksum = Be16::from_host(checksum == 0 ? 0xffff : checksum);
  put(put(at, ip), body);
}

std::optional<Payload> read_payload(const rte_mbuf* m, uint32_t trial) noexcept {
  const auto eth = read_at<EthHeader>(m, 0);
  if (!eth) return std::nullopt;
  uint16_t type = eth->ether_type.host();
  uint32_t offset = sizeof(EthHeader);
  if (type == kEtherTypeVlan) {
    const auto vlan = read_at<VlanHeader>(m, offset);
    if (!vlan) return std::nullopt;
    type = vlan->ether_type.host();
    offset += sizeof(VlanHeader);
  }
  if (type == kEtherTypeIpv4) {
    const auto ip = read_at<Ipv4Header>(m, offset);
    if (!ip || ip->protocol != kProtoUdp) return std::nullopt;
    offset += (ip->version_ihl & 0xfU) * 4U;
  } else if (type == kEtherTypeIpv6) {
    const auto ip = read_at<Ipv6Header>(m, offset);
    if (!ip || ip->next_header != kProtoUdp) return std::nullopt;
    offset += sizeof(Ipv6Header);
  } else {
    return std::nullopt;
  }
  const auto payload = read_at<Payload>(m, offset + sizeof(UdpHeader));
  if (!payload || payload->magic.host() != Payload::kMagic || payload->trial.host() != trial)
    return std::nullopt;
  return payload;
}

}  // namespace dstfwd::gen
