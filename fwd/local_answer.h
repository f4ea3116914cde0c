// SPDX-License-Identifier: BSD-3-Clause
// What a router that offers no service answers to a packet for one of its addresses: an echo, a
// timestamp, a TCP reset, or a report that protocol or port are unreachable (RFC 1812 4.3.3,
// RFC 1122 3.2.2.1, RFC 4443, RFC 8200 4). Pure: bytes in, bytes out.
#pragma once

#include "fwd/icmp_report.h"

namespace dstfwd {

struct LocalAnswer {
  enum class Kind : uint8_t {
    kNone,    // nothing to say
    kPacket,  // `bytes` of `out` are an IP packet to the asker
    kReport   // make this report about it (Icmp4, Icmp6)
  };
  Kind kind = Kind::kNone;
  size_t bytes = 0;
  IcmpReport report{IcmpCause::kPortUnreachable};
};

struct LocalContext {
  uint16_t ip_id = 0;              // for IPv4 headers
  uint32_t ms_since_midnight = 0;  // UT, for timestamps
  // Is an address one of the router's? For prespecified timestamps.
  bool (*is_own)(const void* own, Ipv4Address address) = [](const void*, Ipv4Address) {
    return false;
  };
  const void* own = nullptr;
};

// `packet`: whole (reassembled), its IP header checked, from `src` of ours: its destination, or
// when that is an anycast address one of the arrival interface's. `out` should take a packet as
// long as `packet`; kNone when an answer does not fit.
LocalAnswer answer_local4(std::span<uint8_t> out, Bytes packet, const Ipv4Address& src,
                          const LocalContext& context) noexcept;
LocalAnswer answer_local6(std::span<uint8_t> out, Bytes packet, const Ipv6Address& src,
                          const LocalContext& context) noexcept;

}  // namespace dstfwd
