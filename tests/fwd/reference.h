// SPDX-License-Identifier: BSD-3-Clause
// What is to become of a frame up to the routing decision, decided the slow and obvious way: on a
// flat copy, one rule after the other, as the RFCs have them. Options of IPv4 and hop-by-hop
// options are judged by the checks that have their own tests.
#pragma once

#include "fwd/verdict.h"
#include "tests/fwd/packets.h"

namespace dstfwd::test {

struct Judged {
  Verdict verdict = Verdict::kForward;  // kForward: to be routed
  int version = 0;
  size_t l3 = 0;      // where the IP header begins
  size_t length = 0;  // of the IP packet
  Verdict unless_local = Verdict::kForward;
  bool discovery = false;  // neighbour discovery, should it be for us
  // The flow.
  int kind = 0;  // 0 ports or none, 1 fragment, 2 opaque
  unsigned protocol = 0;
  unsigned sport = 0, dport = 0;
};

Judged judge(const Octets& frame, MacAddress own, bool promiscuous = false);

// The frame as it must leave: new link header (with a tag if vlan is not 0), one hop less to live,
// and, for IPv4, the checksum computed anew from all of the header. Precondition: judge() said that
// it is to be routed, and it can be.
Octets forwarded(const Octets& frame, const Judged& judged, MacAddress dst, MacAddress src,
                 unsigned vlan = 0);

// Are they alike, whichever of its two zeroes an IPv4 header checksum is?
bool same_frame(const Octets& a, const Octets& b);

}  // namespace dstfwd::test
