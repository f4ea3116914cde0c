// SPDX-License-Identifier: BSD-3-Clause
// What one lcore counts. One writer; any thread may read at any time: each value is exact, values
// of one moment are not taken together (sums hold once the lcore has stopped).
#pragma once

#include <atomic>

#include "dstgc/types.h"
#include "fwd/verdict.h"

namespace dstfwd {

// A counter with one writer: no locked instruction.
class Counter {
 public:
  void add(uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct alignas(2 * dstgc::kCacheLine) LcoreCounters {
  Counter rx;        // packets that the lcore took from its receive queues
  Counter rx_bytes;  // whole frames, without FCS
  Counter tx;        // packets that a transmit queue took
  Counter tx_bytes;
  std::array<Counter, kVerdictCount>
      verdicts;  // kForward stays 0: such packets end as tx or a drop

  // Of packets that were looked up in the cache: hits + misses.
  Counter hits;         // a live entry, of this flush generation, answered
  Counter misses;       // the FIB answered
  Counter inserted;     // of misses: an entry was made
  Counter bypassed;     // of misses: could have had an entry, but the arena, the buckets or the
                        // admission had no room
  Counter revalidated;  // of hits: the entry was of an older route generation, the FIB's answer the
                        // same
  Counter moved;        // of hits: the entry was made anew elsewhere in the flow table
  Counter flushed;      // entries of an older flush generation that were met and unlinked
  Counter replaced;     // entries whose route had changed that were met and unlinked

  // Of tunnels.
  Counter encapsulated;  // packets that were given an outer header, or should have been
  Counter decapsulated;  // packets that lost theirs; each is counted by how the inner one ends

  Counter polls;        // turns of the loop
  Counter empty_polls;  // turns that received nothing

  // Of the slow path (docs/architecture.md).
  Counter unheld;              // kHold packets whose wait is over
  Counter originated;          // frames that the router made itself
  Counter originated_dropped;  // of them: not taken by the transmit queue
  Counter fragments;           // frames that fragmented packets became
  Counter punt_full;           // packets for the control thread that its ring had no room for
  Counter errors_limited;      // and those that it was not handed: too many errors a second

  Counter& verdict(Verdict v) noexcept { return verdicts[static_cast<size_t>(v)]; }
  const Counter& verdict(Verdict v) const noexcept { return verdicts[static_cast<size_t>(v)]; }
};

}  // namespace dstfwd
