// SPDX-License-Identifier: BSD-3-Clause
// The chain of IPv6 headers behind the first (RFC 8200 4), walked as far as a router needs to know
// a flow. It does not act on what it walks over.
#pragma once

#include <rte_mbuf.h>

#include "fwd/flow_key.h"

namespace dstfwd {

struct Ipv6Upper {
  uint8_t protocol =
      kProtoNoNextHeader;  // of the upper layer, or of the header where the walk ended
  FlowKind kind = FlowKind::kOpaque;
  uint32_t offset = 0;  // from the IPv6 header; of the upper layer's first byte when kind is kWhole
};

// Walks over hop-by-hop and destination options, routing, authentication and atomic fragment
// headers (RFC 6946), at most kMaxExtensions of them, within the `length` bytes of the packet.
// kFragment: protocol is what the fragment header names, so that it is the same in all fragments of
// a packet. kOpaque: the chain is cut short or too long. `first`: the IPv6 header's own field.
inline constexpr unsigned kMaxExtensions = 8;
Ipv6Upper find_upper(const rte_mbuf* m, unsigned l3_offset, uint32_t length,
                     uint8_t first) noexcept;

}  // namespace dstfwd
