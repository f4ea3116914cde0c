// SPDX-License-Identifier: BSD-3-Clause
// Rewriting into a tunnel: the packet gets an outer header (encapsulation.h) and goes where the
// outer packets go (outer_dst.h). One lcore.
//
// A tunnel takes packets of its way's MTU less the outer header. What is larger:
//   IPv4 with DF, and IPv6 above 1280 bytes: dropped, and the source is told the tunnel's MTU, for
//     IPv6 at least 1280 (RFC 2003 5.1, RFC 2473 7.1 (a), 7.2 (a)).
//   IPv4 without DF: fragmented first, and each fragment encapsulated, as Linux does. RFC 2003
//     leaves that open. So the destination puts them together, and not the tunnel's far end, which
//     would have to keep state for all of its traffic (RFC 4459 3.4).
//   IPv6 of up to 1280 bytes: encapsulated, and the outer packet is fragmented (RFC 2473 7.1 (b)).
// The packet's hop limit is one less, once, as on any way. Outer packets that would go into a
// tunnel again, or for which there is no route, are kDropTunnel: so a tunnel whose far end is
// routed into itself does not loop.
#pragma once

#include "fwd/rewrite.h"

namespace dstfwd {

// Takes the batch's packet i, whose next hop is `hop`, of kind kTunnel.
template <typename Inner>
void rewrite_into_tunnel(const Batch<Inner>& batch, size_t i, const Adjacency& hop,
                         const RewriteContext& context) noexcept;

extern template void rewrite_into_tunnel(const Batch<Ipv4>&, size_t, const Adjacency&,
                                         const RewriteContext&) noexcept;
extern template void rewrite_into_tunnel(const Batch<Ipv6>&, size_t, const Adjacency&,
                                         const RewriteContext&) noexcept;

}  // namespace dstfwd
