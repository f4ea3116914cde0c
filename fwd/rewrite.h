// SPDX-License-Identifier: BSD-3-Clause
// The last stage before the transmit queue: a packet with its next hop becomes a frame with a new
// link header and one hop less to live, or ends with the verdict that the next hop has for it.
// In place: nothing but the headers is written. One lcore.
#pragma once

#include <cstddef>

#include "fwd/batch.h"
#include "fwd/disposal.h"
#include "fwd/fragment.h"
#include "fwd/tx_buffers.h"

namespace dstfwd {

// TTL less one, and the header checksum changed accordingly (RFC 1624, equation 3: for a TTL less
// one, 0x0100 more in ones' complement). Precondition: TTL > 0.
inline void decrement_hops(Ipv4Header& ip) noexcept {
  // TTL, protocol and checksum as one little-endian word: 1 less in its lowest byte, and 1 more in
  // its upper half, where the 0x0100 of network order is.
  auto* bytes = reinterpret_cast<uint8_t*>(&ip) + offsetof(Ipv4Header, ttl);
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  const bool carry = word >= 0xfffe0000U;
  word += 0xffffU;
  if (carry) [[unlikely]]
    word += 0x10000U;
  std::memcpy(bytes, &word, sizeof(word));
}
// Precondition: hop limit > 0.
inline void decrement_hops(Ipv6Header& ip) noexcept {
  --ip.hop_limit;
}

struct RewriteContext {
  const RouterView* view;
  TxBuffers* tx;
  Disposal* disposal;
  FragmentPools fragments{};  // none: what is too large for the way out is dropped
};

// Empties the batch: each packet goes to `tx` or `disposal`. IPv4 packets that are too large for
// the way out are fragmented where they may be (RFC 791), record route and timestamp options are
// written. Precondition: hops and entries are filled in.
template <typename Family>
void rewrite(Batch<Family>& batch, const RewriteContext& context) noexcept;

// How a packet aside ends, given the FIB's answer to its destination.
template <typename Family>
Verdict verdict_aside(const rte_mbuf* m, unsigned l3_offset, Verdict unless_local,
                      HopKind answer) noexcept;

}  // namespace dstfwd
