// SPDX-License-Identifier: BSD-3-Clause
// A forwarding lcore's end of its inject ring: what comes down from the control thread (slow_io.h).
//
// Theory of operations
//   Frames that the router made itself are sent at once, and counted as `originated`, not as tx.
//   Packets whose wait for a neighbour is over go back to the worker, which routes them as if they
//   had just come, but for rx.
// Threads
//   One lcore.
// Ordering
//   The ring's dequeue (acquire) pairs with the control thread's enqueue (release).
// Cost
//   Two loads a turn while the ring is empty.
#pragma once

#include <rte_ring.h>

#include <span>

#include "dstgc/ring_count.h"
#include "fwd/flow_table.h"
#include "fwd/lcore_counters.h"
#include "fwd/punt.h"
#include "fwd/router_view.h"

namespace dstfwd {

class Injector {
 public:
  // tx_queue: the lcore's own, on every port. ring: of rte_mbuf pointers, this lcore its only
  // consumer.
  Injector(rte_ring* ring, PuntField field, const RouterView& view, uint16_t tx_queue,
           LcoreCounters& counters) noexcept
      : ring_(ring), field_(field), view_(&view), tx_queue_(tx_queue), counters_(&counters) {}

  // Takes at most kMaxBurst off the ring. Returns how many of them are in `held`, now the caller's;
  // each was counted as unheld.
  unsigned take(std::span<rte_mbuf*, kMaxBurst> held) noexcept {
    return dstgc::ring_count(ring_) == 0 ? 0 : take_some(held);
  }

 private:
  unsigned take_some(std::span<rte_mbuf*, kMaxBurst> held) noexcept;
  void originate(rte_mbuf** frames, unsigned n) noexcept;

  rte_ring* ring_;
  PuntField field_;
  const RouterView* view_;
  uint16_t tx_queue_;
  LcoreCounters* counters_;
};

}  // namespace dstfwd
