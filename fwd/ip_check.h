// SPDX-License-Identifier: BSD-3-Clause
// What a router must check of an IP header before it forwards (RFC 1812 5.2.2, 5.3.7, RFC 8200 3),
// against the frame as it is, however many segments it has.
//
// A packet may be unfit to be forwarded and yet be for the router itself (its TTL is 1, it came by
// a group MAC, an address is link-local): `unless_local` then says how it ends when its destination
// turns out not to be one of our addresses.
#pragma once

#include "fwd/family.h"
#include "fwd/frame.h"

namespace dstfwd {

template <typename Family>
struct Checked {
  typename Family::Key key;
  uint32_t length = 0;  // of the IP packet; the frame may be longer (padding)
  Verdict unless_local = Verdict::kForward;
  bool records = false;  // has options that a router writes to (ipv4_options.h)
};

// kForward: the packet goes on, with `out` filled and its first header (IPv4: with options)
// contiguous; or how it ends. Any thread that owns the mbuf.
Verdict check_ip(rte_mbuf* m, const LinkContext& link, const Frame& frame,
                 Checked<Ipv4>& out) noexcept;
Verdict check_ip(rte_mbuf* m, const LinkContext& link, const Frame& frame,
                 Checked<Ipv6>& out) noexcept;

// How a packet to one of our addresses ends: kConsumeNd for neighbour discovery, else
// kConsumeLocal. Precondition: check_ip() was content with the packet.
template <typename Family>
Verdict local_verdict(const rte_mbuf* m, unsigned l3_offset) noexcept;
template <>
Verdict local_verdict<Ipv4>(const rte_mbuf* m, unsigned l3_offset) noexcept;
template <>
Verdict local_verdict<Ipv6>(const rte_mbuf* m, unsigned l3_offset) noexcept;

// Sum of a header's 16-bit words is 0xffff or, as RFC 1071 has it, minus zero.
// Precondition: 4 * words bytes at `header`, at least one of them not zero.
bool ipv4_checksum_good(const uint8_t* header, unsigned words) noexcept;

}  // namespace dstfwd
