// SPDX-License-Identifier: BSD-3-Clause
// What a router has to say to a packet's source, whichever family the packet is of; icmp.h and
// icmp6.h put it into types and codes.
#pragma once

#include "fwd/wire.h"

namespace dstfwd {

enum class IcmpCause : uint8_t {
  kTtlExpired,         // in transit
  kReassemblyTimeout,  // a fragment of a packet to us did not come
  kNoRoute,
  kUnreachable,          // the neighbour does not answer, or an `unreachable` route
  kProhibited,           // by an administrator
  kProtocolUnreachable,  // to us; IPv6: value is the offset of the next-header field that names it
  kPortUnreachable,      // to us
  kTooBig,               // value: the MTU of the way out, bytes of IP packet
  kBadHeader,            // value: the offset of the octet that is wrong
  kBeyondScope,          // IPv6 only: a link-local source and a destination farther away
  kBadOption             // IPv6 only: an option that asked for it; value: its offset
};

struct IcmpReport {
  IcmpCause cause;
  uint32_t value = 0;
};

// The first eight bytes of ICMP (RFC 792) and ICMPv6 (RFC 4443).
struct IcmpHeader {
  uint8_t type;
  uint8_t code;
  Be16 checksum;
  Be32 rest;  // MTU, pointer, or identifier and sequence number
};
static_assert(sizeof(IcmpHeader) == 8);

inline constexpr uint8_t kOwnTtl = 64;  // of packets that we make, both families

}  // namespace dstfwd
