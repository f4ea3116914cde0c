// SPDX-License-Identifier: BSD-3-Clause
// The way over IPv6 extension headers, for the slow path. (The forwarding path has its own, which
// knows mbufs and is in a hurry.)
#pragma once

#include "fwd/headers.h"
#include "fwd/wire.h"

namespace dstfwd {

// What lies behind an IPv6 header's extension headers.
struct Ipv6Payload {
  uint8_t protocol = 0;         // the first header that is not an extension, or kProtoFragment
  size_t offset = 0;            // of that header, from the IPv6 header's start
  size_t field_offset = 0;      // of the next-header field that names it
  bool later_fragment = false;  // stopped at a fragment header with an offset
  bool complete = true;         // false: the headers go on beyond the bytes at hand
};

// One extension header (RFC 8200 4, RFC 4302), given its protocol number and first 8 bytes.
struct Ipv6Extension {
  uint8_t next = 0;
  size_t length = 0;  // bytes, at least 8; 0: not an extension header
};
constexpr Ipv6Extension ipv6_extension(uint8_t protocol,
                                       const std::array<uint8_t, 8>& head) noexcept {
  switch (protocol) {
    case kProtoHopByHop:
    case kProtoRouting:
    case kProtoDestinationOptions:
      return {head[0], (size_t{head[1]} + 1) * 8};
    case kProtoAuthentication:
      return {head[0], (size_t{head[1]} + 2) * 4};
    case kProtoFragment:
      return {head[0], head.size()};
    default:
      return {};
  }
}

// Walks over hop-by-hop, routing, destination, fragment and authentication headers. Before each,
// visit(protocol, offset) may stop the walk by returning false; at least 8 bytes are there then.
template <typename Visit>
Ipv6Payload walk_ipv6_headers(Bytes packet, Visit&& visit) noexcept {
  Ipv6Payload at;
  Ipv6Header ip;
  at.complete = read_at(packet, 0, ip);
  if (!at.complete) return at;
  at.protocol = ip.next_header;
  at.offset = sizeof(ip);
  at.field_offset = offsetof(Ipv6Header, next_header);
  while (true) {
    std::array<uint8_t, 8> head{};
    const bool have_head = read_at(packet, at.offset, head);
    const Ipv6Extension e = ipv6_extension(at.protocol, head);
    if (e.length == 0 || !have_head) {
      at.complete = e.length == 0 && at.offset < packet.size();
      return at;
    }
    at.later_fragment = at.protocol == kProtoFragment && ((head[2] << 8U | head[3]) & ~7U) != 0;
    if (at.later_fragment || !visit(at.protocol, at.offset)) return at;
    at.protocol = e.next;
    at.field_offset = at.offset;
    at.offset += e.length;
  }
}
inline Ipv6Payload find_ipv6_payload(Bytes packet) noexcept {
  return walk_ipv6_headers(packet, [](uint8_t, size_t) { return true; });
}

}  // namespace dstfwd
