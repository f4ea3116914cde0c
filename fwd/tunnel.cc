// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tunnel.h"

#include "fwd/address_text.h"

namespace dstfwd {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"ipip", "ipip6", "ip6ip6", "sit"};

std::string address_text(const Tunnel& tunnel, const TunnelAddress& address) {
  return outer_is_ipv6(tunnel.mode) ? to_text(address.as<Ipv6>()) : to_text(address.as<Ipv4>());
}

}  // namespace

std::string_view name(TunnelMode mode) noexcept {
  return kNames[static_cast<size_t>(mode)];
}

std::optional<TunnelMode> parse_tunnel_mode(std::string_view text) noexcept {
  const auto* const found = std::ranges::find(kNames, text);
  if (found == kNames.end()) return {};
  return static_cast<TunnelMode>(found - kNames.begin());
}

std::string to_text(const Tunnel& tunnel) {
  std::string text = "tunnel " + std::string(name(tunnel.mode)) + " local " +
                     address_text(tunnel, tunnel.local) + " remote " +
                     address_text(tunnel, tunnel.remote);
  if (tunnel.ttl != kTunnelTtl) text += " ttl " + std::to_string(tunnel.ttl);
  return text;
}

}  // namespace dstfwd
