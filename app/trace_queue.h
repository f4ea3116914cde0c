// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <memory>
#include <string>

#include "dstgc/walk_trace.h"
#include "fwd/types.h"

namespace dstfwd {

// A collector's trace, on its way from the lcore that walks to the control thread that prints: no
// lcore logs. put: the collector's thread, one at a time. take: the control thread.
class TraceQueue {
 public:
  static constexpr unsigned kTraces = 1024;

  // number: of the collector, which no other queue has.
  static Result<TraceQueue> create(size_t number) {
    const std::string name = "gc_trace" + std::to_string(number);
    rte_ring* ring = rte_ring_create_elem(name.c_str(), sizeof(dstgc::WalkTrace), kTraces,
                                          SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (ring == nullptr) return Error{"the collector's trace: EAL has too little memory"};
    return TraceQueue(ring);
  }

  // What the queue has no room for is lost.
  void put(const dstgc::WalkTrace& trace) noexcept {
    rte_ring_sp_enqueue_elem(ring_.get(), const_cast<dstgc::WalkTrace*>(&trace), sizeof(trace));
  }
  bool take(dstgc::WalkTrace& trace) noexcept {
    return rte_ring_sc_dequeue_elem(ring_.get(), &trace, sizeof(trace)) == 0;
  }

 private:
  struct Deleter {
    void operator()(rte_ring* ring) const noexcept { rte_ring_free(ring); }
  };
  explicit TraceQueue(rte_ring* ring) noexcept : ring_(ring) {}
  std::unique_ptr<rte_ring, Deleter> ring_;
};

}  // namespace dstfwd
