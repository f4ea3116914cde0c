// SPDX-License-Identifier: BSD-3-Clause
// Outer headers of tunnels, and what of them comes back to the inner packet. Pure: headers in,
// headers out; any thread.
//
// As RFC 2003 3.1, RFC 2473 6 and RFC 4213 3.5 have it; ECN by RFC 6040. The DSCP is copied (RFC
// 2983's uniform model, on entry only). IPv4 in IPv4 copies DF, IPv6 in IPv4 leaves it clear. No
// tunnel encapsulation limit option (RFC 2473 4.1.1) is sent: packets are not encapsulated twice.
#pragma once

#include "fwd/checksum.h"
#include "fwd/tunnel.h"

namespace dstfwd {

// What an outer header takes from the inner packet.
struct InnerPacket {
  uint32_t length = 0;  // bytes, header included
  uint8_t tos = 0;      // IPv6: the traffic class
  bool dont_fragment = false;
};

inline constexpr unsigned kClassShift = 20;  // in Ipv6Header::version_class_label

constexpr uint8_t tos_of(const Ipv4Header& ip) noexcept {
  return ip.tos;
}
constexpr uint8_t tos_of(const Ipv6Header& ip) noexcept {
  return static_cast<uint8_t>(ip.version_class_label.host() >> kClassShift);
}
inline InnerPacket inner_packet(const Ipv4Header& ip, uint32_t length) noexcept {
  return {length, ip.tos, (ip.fragment.host() & kIpv4DontFragment) != 0};
}
inline InnerPacket inner_packet(const Ipv6Header& ip, uint32_t length) noexcept {
  return {length, tos_of(ip), false};
}

// id: see RFC 6864; only for packets that may be fragmented. Precondition: inner and outer header
// have at most 65535 bytes.
inline void write_outer(Ipv4Header& outer, const Tunnel& tunnel, const InnerPacket& inner,
                        uint16_t id) noexcept {
  const uint16_t flags = inner.dont_fragment ? kIpv4DontFragment : 0;
  outer = {.version_ihl = 0x45,
           .tos = inner.tos,
           .total_length = Be16::from_host(static_cast<uint16_t>(sizeof(outer) + inner.length)),
           .id = Be16::from_host(inner.dont_fragment ? uint16_t{0} : id),
           .fragment = Be16::from_host(flags),
           .ttl = tunnel.ttl,
           .protocol = protocol_of(tunnel.mode),
           .checksum = {},
           .src = tunnel.local.as<Ipv4>(),
           .dst = tunnel.remote.as<Ipv4>()};
  outer.checksum = internet_checksum({reinterpret_cast<const uint8_t*>(&outer), sizeof(outer)});
}
// Precondition: the inner packet has at most 65535 bytes.
inline void write_outer(Ipv6Header& outer, const Tunnel& tunnel, const InnerPacket& inner,
                        uint16_t /*id*/) noexcept {
  outer = {.version_class_label = Be32::from_host(6U << 28U | uint32_t{inner.tos} << kClassShift),
           .payload_length = Be16::from_host(static_cast<uint16_t>(inner.length)),
           .next_header = protocol_of(tunnel.mode),
           .hop_limit = tunnel.ttl,
           .src = tunnel.local.as<Ipv6>(),
           .dst = tunnel.remote.as<Ipv6>()};
}

enum class Ecn : uint8_t { kNotEct = 0, kEct1 = 1, kEct0 = 2, kCe = 3 };  // RFC 3168
inline constexpr uint8_t kEcnMask = 3;
constexpr Ecn ecn_of(uint8_t tos) noexcept {
  return static_cast<Ecn>(tos & kEcnMask);
}

// What the inner packet has when it leaves the tunnel (RFC 6040, figure 4). Nothing: it is dropped,
// as congestion was marked on the way and the packet cannot say so.
constexpr std::optional<Ecn> combine_ecn(Ecn inner, Ecn outer) noexcept {
  if (inner == Ecn::kNotEct) {
    return outer == Ecn::kCe ? std::nullopt : std::optional(Ecn::kNotEct);
  }
  if (inner == Ecn::kCe || outer == Ecn::kCe) return Ecn::kCe;
  return outer == Ecn::kEct1 ? Ecn::kEct1 : inner;
}

// The header checksum is changed accordingly (RFC 1624): a wrong one stays wrong.
void set_ecn(Ipv4Header& ip, Ecn ecn) noexcept;
void set_ecn(Ipv6Header& ip, Ecn ecn) noexcept;

}  // namespace dstfwd
