// SPDX-License-Identifier: BSD-3-Clause
// ICMPv6 (RFC 4443): the messages that a router sends. Pure: bytes in, bytes out; whole IPv6
// packets, without the link's header. The same names as icmp.h's Icmp4, so that templates take
// either.
#pragma once

#include "fwd/icmp_report.h"
#include "fwd/ipv6_walk.h"

namespace dstfwd {

struct Icmp6 {
  using Address = Ipv6Address;
  static constexpr size_t kMaxErrorBytes = 1280;  // RFC 4443 2.4 (c)

  // RFC 4443 2.4 (e): never about an ICMPv6 error or a redirect, nor about multicasts (of the
  // link, too: `link_group`) except for kTooBig and kBadOption, nor to a source that is not one
  // node. Later fragments are reported, as the RFC says: they are dropped like any packet.
  // `packet`: from the IPv6 header on, at least its first kMaxErrorBytes.
  static bool may_report(Bytes packet, const IcmpReport& report, bool link_group) noexcept;

  // The message about `packet`, which may_report() allowed, from `src` to the packet's source,
  // quoting as much of it as fits in 1280 bytes. kTooBig never names less than 1280 (RFC 8200 5).
  // `id` has no meaning in IPv6. Returns its size, 0 when `out` is too small.
  static size_t build_error(std::span<uint8_t> out, Bytes packet, const Address& src,
                            const IcmpReport& report, uint16_t id) noexcept;

  // An echo request with a right checksum, whole (not a fragment).
  static bool is_echo_request(Bytes packet) noexcept;
  // Its answer (RFC 4443 4.2) from `src`: the same data, traffic class, identifier and sequence
  // number; flow label 0.
  static size_t build_echo_reply(std::span<uint8_t> out, Bytes request, const Address& src,
                                 uint16_t id) noexcept;
};

}  // namespace dstfwd
