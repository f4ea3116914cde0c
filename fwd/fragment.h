// SPDX-License-Identifier: BSD-3-Clause
// Fragmentation of a frame that is ready to be sent, with rte_ip_frag: of IPv4 in transit (RFC 791
// 3.2, RFC 1812 4.2.2.7), and of what the router itself sends in IPv6 (RFC 8200 4.5). Fit for a
// forwarding lcore: the payload is not copied.
#pragma once

#include <rte_mbuf.h>

#include <span>

#include "fwd/types.h"

namespace dstfwd {

// `headers` gives an mbuf with at least RTE_PKTMBUF_HEADROOM + 60 bytes a fragment, `payload`
// (rte_pktmbuf_pool_create with data room 0 will do) one or more.
struct FragmentPools {
  rte_mempool* headers = nullptr;
  rte_mempool* payload = nullptr;
};

// RFC 791: every link takes 68 bytes, and a 65535 byte packet at that has so many pieces at most.
inline constexpr unsigned kMaxFragments = 64;

// Splits an Ethernet frame of `l2_bytes` header (any tags included) and an IPv4 packet without DF
// into frames whose packets have at most `mtu` bytes, each with the same link header. The frame's
// TTL and addresses are final. Returns how many are in `out`; then `frame` is gone. 0: it cannot be
// done (no mbufs, more than `out` takes, mtu below 68 or too small for the options), and `frame` is
// still the caller's.
unsigned fragment_ipv4(rte_mbuf* frame, uint16_t l2_bytes, uint16_t mtu, const FragmentPools& pools,
                       std::span<rte_mbuf*> out) noexcept;

// The same for an IPv6 packet of our own without extension headers; `id` should not be used again
// soon between the two addresses.
unsigned fragment_ipv6(rte_mbuf* frame, uint16_t l2_bytes, uint16_t mtu, uint32_t id,
                       const FragmentPools& pools, std::span<rte_mbuf*> out) noexcept;

}  // namespace dstfwd
