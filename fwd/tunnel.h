// SPDX-License-Identifier: BSD-3-Clause
// A tunnel as it is configured: IP in IP (RFC 2003, RFC 2473, RFC 4213), from one of the router's
// own addresses to another router's. Plain values; any thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "fwd/family.h"

namespace dstfwd {

// By the names of ip-tunnel(8).
enum class TunnelMode : uint8_t {
  kIpip,    // IPv4 in IPv4 (RFC 2003)
  kIpip6,   // IPv4 in IPv6 (RFC 2473)
  kIp6ip6,  // IPv6 in IPv6 (RFC 2473)
  kSit      // IPv6 in IPv4 (RFC 4213)
};
std::string_view name(TunnelMode mode) noexcept;
// Nothing: no mode has that name.
std::optional<TunnelMode> parse_tunnel_mode(std::string_view text) noexcept;

constexpr bool outer_is_ipv6(TunnelMode mode) noexcept {
  return mode == TunnelMode::kIpip6 || mode == TunnelMode::kIp6ip6;
}
constexpr bool inner_is_ipv6(TunnelMode mode) noexcept {
  return mode == TunnelMode::kIp6ip6 || mode == TunnelMode::kSit;
}
// The protocol number that the outer header has.
constexpr uint8_t protocol_of(TunnelMode mode) noexcept {
  return inner_is_ipv6(mode) ? kProtoIpv6 : kProtoIpip;
}
constexpr TunnelMode tunnel_mode(bool inner_ipv6, bool outer_ipv6) noexcept {
  if (outer_ipv6) return inner_ipv6 ? TunnelMode::kIp6ip6 : TunnelMode::kIpip6;
  return inner_ipv6 ? TunnelMode::kSit : TunnelMode::kIpip;
}

// An address of either family; an IPv4 one has the first four bytes, and the others are zero.
struct TunnelAddress {
  std::array<uint8_t, 16> bytes{};

  template <typename Address>
  static TunnelAddress of(const Address& address) noexcept {
    TunnelAddress made;
    std::memcpy(made.bytes.data(), &address, sizeof(address));
    return made;
  }
  template <typename Family>
  typename Family::Address as() const noexcept {
    typename Family::Address address;
    std::memcpy(&address, bytes.data(), sizeof(address));
    return address;
  }
  // NOLINTNEXTLINE(modernize-use-nullptr): of clang-tidy 14, about what the compiler writes
  friend auto operator<=>(const TunnelAddress&, const TunnelAddress&) noexcept = default;
};

inline constexpr uint8_t kTunnelTtl = 64;

struct Tunnel {
  TunnelMode mode = TunnelMode::kIpip;
  uint8_t ttl = kTunnelTtl;  // of outer headers (IPv6: hop limit), 1 to 255
  TunnelAddress local;       // ours
  TunnelAddress remote;      // where packets are sent to, and come from

  // NOLINTNEXTLINE(modernize-use-nullptr): as above
  friend auto operator<=>(const Tunnel&, const Tunnel&) noexcept = default;
};

// "tunnel ipip local 192.0.2.1 remote 203.0.113.2"; with "ttl N" where it is not the usual one.
std::string to_text(const Tunnel& tunnel);

// What keys the outer packets' flow.
template <typename Outer>
typename Outer::Key outer_key(const Tunnel& tunnel) noexcept {
  typename Outer::Key key{};
  key.kind = FlowKind::kWhole;
  key.protocol = protocol_of(tunnel.mode);
  key.src = tunnel.local.as<Outer>();
  key.dst = tunnel.remote.as<Outer>();
  return key;
}

}  // namespace dstfwd
