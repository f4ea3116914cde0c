// SPDX-License-Identifier: BSD-3-Clause
// What rewriting does to packets of any kind: link headers, options, how many hops are left. One
// lcore.
#pragma once

#include <cstddef>

#include "fwd/ipv4_options.h"
#include "fwd/router_view.h"

namespace dstfwd {

// TTL less one, and the header checksum changed accordingly (RFC 1624, equation 3: for a TTL less
// one, 0x0100 more in ones' complement). Precondition: TTL > 0.
inline void decrement_hops(Ipv4Header& ip) noexcept {
  // TTL, protocol and checksum as one little-endian word: 1 less in its lowest byte, and 1 more in
  // its upper half, where the 0x0100 of network order is.
  auto* bytes = reinterpret_cast<uint8_t*>(&ip) + offsetof(Ipv4Header, ttl);
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  const bool carry = word >= 0xfffe0000U;
  word += 0xffffU;
  if (carry) [[unlikely]]
    word += 0x10000U;
  std::memcpy(bytes, &word, sizeof(word));
}
// Precondition: hop limit > 0.
inline void decrement_hops(Ipv6Header& ip) noexcept {
  --ip.hop_limit;
}

// Of the link that the hop leads to, bytes.
constexpr uint16_t link_header_bytes(const Adjacency& hop) noexcept {
  return sizeof(EthHeader) + (hop.vlan_tci == 0 ? 0 : sizeof(VlanHeader));
}
// Precondition: that many bytes are at `front`.
inline void write_link_header(uint8_t* front, const Adjacency& hop, uint16_t ether_type) noexcept {
  EthHeader eth{hop.dst, hop.src, Be16::from_host(ether_type)};
  if (hop.vlan_tci != 0) {
    const VlanHeader tag{Be16::from_host(hop.vlan_tci), Be16::from_host(ether_type)};
    std::memcpy(front + sizeof(eth), &tag, sizeof(tag));
    eth.ether_type = Be16::from_host(kEtherTypeVlan);
  }
  std::memcpy(front, &eth, sizeof(eth));
}

inline bool may_be_fragmented(const Ipv4Header& ip) noexcept {
  return (ip.fragment.host() & kIpv4DontFragment) == 0;
}
inline bool may_be_fragmented(const Ipv6Header&) noexcept {
  return false;  // RFC 8200 5
}

// Writes record route and timestamp options. Precondition: the whole header is contiguous.
inline void record(Ipv4Header& ip, const Adjacency& hop, const RouterView& view) noexcept {
  const auto is_own = [](const void* self, Ipv4Address address) {
    const RouterView& v = *static_cast<const RouterView*>(self);
    return (*v.next_hops)[v.fib4->lookup(address)].kind() == HopKind::kLocal;
  };
  const size_t length = (ip.version_ihl & 15U) * size_t{4};
  record_ipv4_options(
      {reinterpret_cast<uint8_t*>(&ip), length},
      {hop.own, view.ms_since_midnight.load(std::memory_order_relaxed), is_own, &view});
}
inline void record(Ipv6Header&, const Adjacency&, const RouterView&) noexcept {}

}  // namespace dstfwd
