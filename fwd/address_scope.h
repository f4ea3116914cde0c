// SPDX-License-Identifier: BSD-3-Clause
// Which addresses are what: the ranges that routing and the slow path treat apart.
#pragma once

#include <algorithm>

#include "fwd/types.h"

namespace dstfwd {

constexpr bool in_range(const Ipv4Address& a, uint32_t prefix, unsigned length) noexcept {
  return ((a.value.host() ^ prefix) >> (32U - length)) == 0;
}

constexpr bool is_unspecified(const Ipv4Address& a) noexcept {
  return a.value.raw == 0;
}
constexpr bool is_loopback(const Ipv4Address& a) noexcept {
  return in_range(a, 0x7f000000U, 8);
}
constexpr bool is_multicast(const Ipv4Address& a) noexcept {
  return in_range(a, 0xe0000000U, 4);
}
constexpr bool is_limited_broadcast(const Ipv4Address& a) noexcept {
  return a.value.raw == ~0U;
}
constexpr bool is_link_local(const Ipv4Address& a) noexcept {  // RFC 3927
  return in_range(a, 0xa9fe0000U, 16);
}
// RFC 1812 4.2.2.11, RFC 1122 3.2.1.3: may one host have this address? 0/8, 127/8, multicast and
// class E with the limited broadcast cannot be a source.
constexpr bool is_unicast(const Ipv4Address& a) noexcept {
  return !in_range(a, 0, 8) && !is_loopback(a) && a.value.host() < 0xe0000000U;
}

constexpr bool is_unspecified(const Ipv6Address& a) noexcept {
  return a == Ipv6Address{};
}
constexpr bool is_loopback(const Ipv6Address& a) noexcept {
  Ipv6Address one{};
  one.bytes[15] = 1;
  return a == one;
}
constexpr bool is_multicast(const Ipv6Address& a) noexcept {
  return a.bytes[0] == 0xff;
}
constexpr bool is_link_local(const Ipv6Address& a) noexcept {  // RFC 4291 2.5.6
  return a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0U) == 0x80;
}
constexpr bool is_unicast(const Ipv6Address& a) noexcept {
  return !is_unspecified(a) && !is_loopback(a) && !is_multicast(a);
}

// ff02::1:ffXX:XXXX, where a neighbour listens (RFC 4291 2.7.1).
constexpr Ipv6Address solicited_node(const Ipv6Address& a) noexcept {
  Ipv6Address group{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0}};
  std::copy_n(a.bytes.begin() + 13, 3, group.bytes.begin() + 13);
  return group;
}
inline constexpr Ipv6Address kAllNodes{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr Ipv6Address kAllRouters{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};

// 33:33 and the address' last four bytes (RFC 2464 7).
constexpr MacAddress multicast_mac(const Ipv6Address& group) noexcept {
  MacAddress mac{{0x33, 0x33}};
  std::copy_n(group.bytes.begin() + 12, 4, mac.bytes.begin() + 2);
  return mac;
}
inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// fe80::/64 with the modified EUI-64 of the MAC (RFC 2464 4, RFC 4291 appendix A).
constexpr Ipv6Address link_local_address(const MacAddress& mac) noexcept {
  const auto& m = mac.bytes;
  return {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(m[0] ^ 2U), m[1], m[2], 0xff, 0xfe,
           m[3], m[4], m[5]}};
}

}  // namespace dstfwd
