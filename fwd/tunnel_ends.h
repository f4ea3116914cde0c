// SPDX-License-Identifier: BSD-3-Clause
// Which tunnels end here, for lcores that decapsulate: an immutable list in the order of its keys.
#pragma once

#include <vector>

#include "fwd/tunnel.h"

namespace dstfwd {

// Filled by the control thread, then read by any lcore.
class TunnelEnds {
 public:
  explicit TunnelEnds(const std::vector<Tunnel>& tunnels = {}) {
    ends_.reserve(tunnels.size());
    for (const Tunnel& t : tunnels) ends_.push_back({t.mode, t.local, t.remote});
    std::ranges::sort(ends_);
  }

  // Is it a packet of a tunnel? `protocol`: what the outer header names.
  template <typename Outer>
  bool has(uint8_t protocol, const typename Outer::Address& local,
           const typename Outer::Address& remote) const noexcept {
    constexpr bool kOuterIpv6 = std::is_same_v<Outer, Ipv6>;
    const End wanted{tunnel_mode(protocol == kProtoIpv6, kOuterIpv6), TunnelAddress::of(local),
                     TunnelAddress::of(remote)};
    return std::binary_search(ends_.begin(), ends_.end(), wanted);
  }
  size_t size() const noexcept { return ends_.size(); }

 private:
  struct End {
    TunnelMode mode;
    TunnelAddress local;
    TunnelAddress remote;
    // NOLINTNEXTLINE(modernize-use-nullptr): of clang-tidy 14, about what the compiler writes
    friend auto operator<=>(const End&, const End&) noexcept = default;
  };
  std::vector<End> ends_;
};

}  // namespace dstfwd
