// SPDX-License-Identifier: BSD-3-Clause
// The last stage before the transmit queue: a packet with its next hop becomes a frame with a new
// link header and one hop less to live, or ends with the verdict that the next hop has for it.
// In place: nothing but the headers is written. One lcore.
#pragma once

#include "fwd/batch.h"
#include "fwd/decapsulate.h"
#include "fwd/disposal.h"
#include "fwd/fragment.h"
#include "fwd/outer_dst.h"
#include "fwd/rewrite_common.h"
#include "fwd/tx_buffers.h"

namespace dstfwd {

struct RewriteContext {
  const RouterView* view;
  TxBuffers* tx;
  Disposal* disposal;
  FragmentPools fragments{};       // none: what is too large for the way out is dropped
  OuterDst* outer = nullptr;       // none: what goes into a tunnel is dropped
  Unwrapped* unwrapped = nullptr;  // takes what comes out of tunnels; none: they are not known
};

// Empties the batch: each packet goes to `tx` or `disposal`. IPv4 packets that are too large for
// the way out are fragmented where they may be (RFC 791), record route and timestamp options are
// written; packets for the router that came through a tunnel go to `unwrapped`, which has room for
// all. Precondition: hops and entries are filled in.
template <typename Family>
void rewrite(Batch<Family>& batch, const RewriteContext& context) noexcept;

// Takes a packet out of its tunnel that is for the router. False: it is as it came, and ends with
// `verdict`.
template <typename Family>
bool unwrap(rte_mbuf* m, unsigned l3_offset, const RewriteContext& context,
            Verdict& verdict) noexcept;

// How a packet aside ends, given the FIB's answer to its destination.
template <typename Family>
Verdict verdict_aside(const rte_mbuf* m, unsigned l3_offset, Verdict unless_local,
                      HopKind answer) noexcept;

}  // namespace dstfwd
