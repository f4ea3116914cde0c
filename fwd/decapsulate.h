// SPDX-License-Identifier: BSD-3-Clause
// The end of a tunnel: what is for the router and came through one loses its outer header.
#pragma once

#include <rte_mbuf.h>

#include "fwd/flow_table.h"
#include "fwd/tunnel_ends.h"
#include "fwd/verdict.h"

namespace dstfwd {

// Of a packet that is for the router, in whatever state check_ip() was content with.
//   kForward: it is now a frame with the inner packet behind the link header that it came with,
//     to be classified as one that has just been received. The ECN field is what RFC 6040 wants.
//   kConsumeLocal: it came through none of these tunnels (RFC 2473 3.3, RFC 4213 3.6: both ends'
//     addresses must be a tunnel's), or it is a fragment, or has extension headers that are not for
//     a router in a hurry to judge. It is as it came.
//   Else a drop: kDropTunnel (ECN), kDropNoMemory (its headers cannot be brought together).
// Any thread that owns the mbuf.
template <typename Outer>
Verdict decapsulate(rte_mbuf* m, unsigned l3_offset, const TunnelEnds& ends) noexcept;

extern template Verdict decapsulate<Ipv4>(rte_mbuf*, unsigned, const TunnelEnds&) noexcept;
extern template Verdict decapsulate<Ipv6>(rte_mbuf*, unsigned, const TunnelEnds&) noexcept;

// Packets that came out of tunnels, from one stage of a burst to the next round. One lcore.
struct Unwrapped {
  unsigned count = 0;
  std::array<rte_mbuf*, kMaxBurst> packets;

  // Precondition: room; a round has at most kMaxBurst packets.
  void add(rte_mbuf* m) noexcept { packets[count++] = m; }
};

}  // namespace dstfwd
