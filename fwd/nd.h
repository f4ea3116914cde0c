// SPDX-License-Identifier: BSD-3-Clause
// IPv6 neighbour discovery messages (RFC 4861), as far as a router sends or takes them. Pure: bytes
// in, bytes out; whole IPv6 packets, without the link's header.
#pragma once

#include <optional>

#include "fwd/wire.h"

namespace dstfwd {

inline constexpr uint8_t kIcmp6RouterSolicit = 133;
inline constexpr uint8_t kIcmp6RouterAdvert = 134;
inline constexpr uint8_t kIcmp6NeighbourSolicit = 135;
inline constexpr uint8_t kIcmp6NeighbourAdvert = 136;
inline constexpr uint8_t kIcmp6Redirect = 137;
inline constexpr uint8_t kNdHopLimit = 255;  // proves that the sender is on the link

struct NdMessage {
  uint8_t type = 0;  // one of the first four above
  Ipv6Address src;
  Ipv6Address dst;
  Ipv6Address target;         // of NS and NA
  bool from_router = false;   // NA: R
  bool solicited = false;     // NA: S
  bool override_old = false;  // NA: O
  // The option that the type has a use for: source of NS, RS and RA, target of NA.
  std::optional<MacAddress> link_layer;

  // RFC 4862 5.4.3: the sender wants `target` for itself and has no address yet.
  bool is_dad_probe() const noexcept;
};

// A whole IPv6 packet. Nothing: not one of the four, or one that RFC 4861 6.1 and 7.1 say must be
// discarded silently (hop limit, checksum, code, length, options of length 0, targets and sources).
std::optional<NdMessage> parse_nd(Bytes packet) noexcept;

// Neighbour solicitation for `target`: to its solicited-node group, or to `dst` when given (to
// probe a neighbour that was reachable). With an unspecified `src`: a DAD probe, without option.
size_t build_neighbour_solicit(std::span<uint8_t> out, const Ipv6Address& src,
                               const Ipv6Address& target, const MacAddress& own_mac,
                               const Ipv6Address* dst = nullptr) noexcept;

// The answer of a router (R) to `solicit` for our address `solicit.target`; to all nodes and
// without S when the asker has no address (RFC 4861 7.2.4). `override_old`: O, clear while the
// address is tentative (RFC 4429).
size_t build_neighbour_advert(std::span<uint8_t> out, const NdMessage& solicit,
                              const MacAddress& own_mac, bool override_old) noexcept;
// Unsolicited, to all nodes (RFC 4861 7.2.6): our mapping is new, or is defended.
size_t build_neighbour_announcement(std::span<uint8_t> out, const Ipv6Address& own,
                                    const MacAddress& own_mac) noexcept;

// What a router advertisement says of one prefix: on link, autonomous, lifetimes of RFC 4861 6.2.1.
struct NdPrefix {
  Ipv6Address prefix;
  uint8_t length = 64;
};
// A router advertisement (RFC 4861 6.2.3), to `dst` (all nodes, or the asker). lifetime_s 0: the
// router ceases to be one. mtu 0: no such option. `src` must be link-local.
size_t build_router_advert(std::span<uint8_t> out, const Ipv6Address& src, const Ipv6Address& dst,
                           const MacAddress& own_mac, uint16_t lifetime_s, uint32_t mtu,
                           std::span<const NdPrefix> prefixes) noexcept;

}  // namespace dstfwd
