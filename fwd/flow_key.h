// SPDX-License-Identifier: BSD-3-Clause
// What makes a flow: the 5-tuple, as the cache stores and compares it.
//
// Ports are those of TCP, UDP, DCCP, SCTP and UDP-Lite; 0 for all other protocols (an ICMP echo's
// identifier does not make a flow). Every fragment, the first too, is keyed by addresses and
// protocol alone (FlowKind::kFragment): later fragments carry no ports, and were the first to have
// a flow of its own, a packet's fragments could take different ways and pass one another (RFC 6438
// section 3 says the same of load sharing). An unfragmented packet never shares their entry.
#pragma once

#include <emmintrin.h>

#include <type_traits>

#include "fwd/headers.h"

namespace dstfwd {

// What is known of what follows the IP headers.
enum class FlowKind : uint8_t {
  kWhole = 0,     // ports, or 0 where the protocol has none
  kFragment = 1,  // ports are 0
  kOpaque = 2     // headers that do not end within the packet or its first 8: ports are 0
};

// The order is that of the IPv4 header's bytes 8 to 23: a key is one 16-byte load and a mask.
struct alignas(16) FlowKey4 {
  FlowKind kind;  // in place of the TTL
  uint8_t protocol;
  uint16_t zero;  // in place of the header checksum
  Ipv4Address src;
  Ipv4Address dst;
  PortsHeader ports;
  friend bool operator==(const FlowKey4& a, const FlowKey4& b) noexcept {
    const __m128i x = _mm_load_si128(reinterpret_cast<const __m128i*>(&a));
    const __m128i y = _mm_load_si128(reinterpret_cast<const __m128i*>(&b));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) == 0xffff;
  }
};
static_assert(sizeof(FlowKey4) == 16 && std::has_unique_object_representations_v<FlowKey4>);

struct alignas(8) FlowKey6 {
  Ipv6Address src;
  Ipv6Address dst;
  PortsHeader ports;
  uint8_t protocol;  // of what follows the extension headers that were walked
  FlowKind kind;
  uint16_t zero;
  friend constexpr bool operator==(const FlowKey6& a, const FlowKey6& b) noexcept {
    const auto x = std::bit_cast<std::array<uint64_t, 5>>(a);
    const auto y = std::bit_cast<std::array<uint64_t, 5>>(b);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4])) == 0;
  }
};
static_assert(sizeof(FlowKey6) == 40 && std::has_unique_object_representations_v<FlowKey6>);

// Does the protocol begin with PortsHeader?
constexpr bool has_ports(uint8_t protocol) noexcept {
  return protocol == kProtoTcp || protocol == kProtoUdp || protocol == kProtoDccp ||
         protocol == kProtoSctp || protocol == kProtoUdpLite;
}

}  // namespace dstfwd
