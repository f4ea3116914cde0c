// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/injector.h"

#include <rte_ethdev.h>

namespace dstfwd {

unsigned Injector::take_some(std::span<rte_mbuf*, kMaxBurst> held) noexcept {
  rte_mbuf* packets[kMaxBurst];
  const unsigned n =
      rte_ring_sc_dequeue_burst(ring_, reinterpret_cast<void**>(packets), kMaxBurst, nullptr);
  unsigned held_count = 0;
  unsigned own = 0;  // what the router made is moved to the front
  for (unsigned i = 0; i < n; ++i) {
    rte_mbuf* m = packets[i];
    if (field_.of(m).kind == PuntKind::kHeld) {
      held[held_count++] = m;
    } else {
      packets[own++] = m;
    }
  }
  counters_->unheld.add(held_count);
  for (unsigned begin = 0; begin < own;) {
    unsigned end = begin + 1;
    while (end < own && packets[end]->port == packets[begin]->port) ++end;
    originate(&packets[begin], end - begin);
    begin = end;
  }
  return held_count;
}

// All by the port of the first.
void Injector::originate(rte_mbuf** frames, unsigned n) noexcept {
  const uint16_t port = frames[0]->port;
  const bool up = view_->ports[port].up.load(std::memory_order_relaxed);
  const unsigned sent =
      up ? rte_eth_tx_burst(port, tx_queue_, frames, static_cast<uint16_t>(n)) : 0;
  counters_->originated.add(n);
  counters_->originated_dropped.add(n - sent);
  rte_pktmbuf_free_bulk(frames + sent, n - sent);
}

}  // namespace dstfwd
