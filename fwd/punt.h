// SPDX-License-Identifier: BSD-3-Clause
// What travels with a packet between forwarding lcores and the slow path, in a dynamic field of the
// mbuf (rte_mbuf_dyn.h): the lcore writes it before it puts the mbuf on its punt ring, the control
// thread before it puts one on an inject ring; the ring orders the two.
#pragma once

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "fwd/types.h"
#include "fwd/verdict.h"

namespace dstfwd {

// The packet itself is as it was received, from its link header on.
enum class PuntKind : uint8_t {
  // To the control thread.
  kLocal,  // addressed to the router
  kArp,
  kNd,     // ICMPv6 of link scope, or to a group that the router listens to
  kError,  // dropped; its source may want to know
  kHold,   // waits for the link-layer address of `hop`, or of its destination (glean)
  // To a lcore.
  kOriginated,  // a whole frame that the router made: to be sent out of mbuf->port
  kHeld         // the wait is over: back to rewrite, by `hop`
};

struct PuntInfo {
  EntryIndex entry = kNoEntry;         // kHold: its dst, with a counted reference
  NextHopIndex hop = kNoRouteHop;      // that the packet would have gone by
  Verdict reason = Verdict::kForward;  // how the lcore counted it
  PuntKind kind = PuntKind::kLocal;
  // kError for kDropMtu: what the way out takes, bytes; 0: the MTU of `hop`.
  // kHold: the tunnel that the packet goes into, which waits for its outer packets' `hop`, plus
  // one; 0: none.
  uint16_t detail = 0;
};
static_assert(sizeof(PuntInfo) == 12 && alignof(PuntInfo) == 4);

// Where the field is. Made once, after EAL and before the lcores run; then copied to all.
class PuntField {
 public:
  // Main thread. Registering it again gives the same place.
  static Result<PuntField> create();

  PuntInfo& of(rte_mbuf* packet) const noexcept {
    return *RTE_MBUF_DYNFIELD(packet, offset_, PuntInfo*);
  }

 private:
  explicit PuntField(int offset) noexcept : offset_(offset) {}
  int offset_;
};

}  // namespace dstfwd
