// SPDX-License-Identifier: BSD-3-Clause
// ICMP (RFC 792, as RFC 1122 and 1812 amend it): the messages that a router sends. Pure: bytes in,
// bytes out; whole IPv4 packets, without the link's header.
#pragma once

#include "fwd/icmp_report.h"

namespace dstfwd {

struct Icmp4 {
  using Address = Ipv4Address;
  // A message with its quotation is at most so long (RFC 1812 4.3.2.3), options not counted.
  static constexpr size_t kMaxErrorBytes = 576;

  // RFC 1812 4.3.2.7, RFC 1122 3.2.2: never about an ICMP error, a multicast or broadcast (of the
  // link, too: `link_group`), a later fragment, or to a source that is not one host.
  // `packet`: the IPv4 packet from its header on, at least its first kMaxErrorBytes.
  // Directed broadcasts are not known here; who knows the connected prefixes must leave them out.
  static bool may_report(Bytes packet, const IcmpReport& report, bool link_group) noexcept;

  // The message about `packet`, which may_report() allowed, from `src` to the packet's source,
  // quoting as much of it as fits (RFC 1812 4.3.2.3). Type of service as received, with precedence
  // internetwork control (4.3.2.5); TTL 64; `id` is the IP header's. Returns its size, 0 when `out`
  // is too small or IPv4 has no such report.
  static size_t build_error(std::span<uint8_t> out, Bytes packet, const Address& src,
                            const IcmpReport& report, uint16_t id) noexcept;

  // An echo request with a right checksum, whole (not a fragment).
  static bool is_echo_request(Bytes packet) noexcept;
  // Its answer (RFC 1122 3.2.2.6), from `src`: the same data, type of service, identifier and
  // sequence number. `options`: whole words to put behind the header (copy_echoed_options()).
  static size_t build_echo_reply(std::span<uint8_t> out, Bytes request, const Address& src,
                                 uint16_t id, Bytes options = {}) noexcept;

  // The answer to a timestamp request (RFC 792, RFC 1812 4.3.3.8), whole and with a right checksum;
  // 0: it is none. The time is milliseconds since midnight UT.
  static size_t build_timestamp_reply(std::span<uint8_t> out, Bytes request, const Address& src,
                                      uint16_t id, uint32_t now_ms) noexcept;
};

}  // namespace dstfwd
