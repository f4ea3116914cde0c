// SPDX-License-Identifier: BSD-3-Clause
// How long packets stay in the router, receive to transmit, measured on one packet in N.
//
// Theory of operations
//   received() stamps every N-th mbuf with the time at which the lcore took it (or the port's own
//   time stamp, fwd/hardware_clock.h). Just before a burst is given to a transmit queue, leaving()
//   notes which of it are stamped; sent() records those that the queue took. A packet that waited
//   for its neighbour's address is recorded apart when it comes back (returned()) and stamped anew,
//   so that residence is the router's own time and never the neighbour's.
// Invariants
//   1. Every packet is stamped at most once; only every N-th is.
//   2. Between turns of the loop no stamped packet is with the lcore: a turn without one costs a
//      subtraction a burst received, and a comparison a burst sent.
// Threads
//   All but the two histograms: the lcore.
// Cost (2.6 GHz AMD EPYC VM; docs/latency.md)
//   Two TSC reads and two histogram lines a sample.
#pragma once

#include <rte_cycles.h>

#include <array>

#include "fwd/hardware_clock.h"
#include "fwd/histogram.h"
#include "fwd/mbuf_stamp.h"
#include "fwd/tsc_scale.h"

namespace dstfwd {

class ResidenceMeter {
 public:
  static constexpr unsigned kMaxLeaving = 256;  // packets given to a transmit queue at once

  // one_in: 0 samples nothing.
  ResidenceMeter(MbufStamp stamp, TscScale scale, uint32_t one_in)
      : stamp_(stamp), scale_(scale), one_in_(one_in), until_next_(one_in) {}

  // A burst came from a port. clock: its own, or nullptr.
  void received(rte_mbuf* const* packets, unsigned n, const HardwareClock* clock) noexcept {
    if (n < until_next_ || one_in_ == 0) [[likely]] {
      until_next_ -= n;
      return;
    }
    stamp(packets, n, clock);
  }
  // A packet that was held for its neighbour is back on the lcore.
  void returned(rte_mbuf* m) noexcept {
    if (!stamp_.is_set(m)) return;
    const uint64_t now_tsc = rte_rdtsc();
    neighbour_wait_.record(since(stamp_.get(m), now_tsc));
    stamp_.set(m, now_tsc);
    stamped_ = true;
  }

  // A burst of at most kMaxLeaving is about to be given to a transmit queue ...
  void leaving(rte_mbuf* const* packets, unsigned n) noexcept {
    if (stamped_) [[unlikely]]
      collect(packets, n);
  }
  // ... which took the first `taken` of it.
  void sent(unsigned taken) noexcept {
    if (leaving_ != 0) [[unlikely]]
      record(taken);
  }
  // The turn of the loop is over.
  void end_turn() noexcept { stamped_ = false; }

  const LatencyHistogram& residence() const noexcept { return residence_; }
  const LatencyHistogram& neighbour_wait() const noexcept { return neighbour_wait_; }
  uint32_t one_in() const noexcept { return one_in_; }

 private:
  struct Leaving {
    uint64_t tsc;
    unsigned position;
  };
  uint64_t since(uint64_t then_tsc, uint64_t now_tsc) const noexcept {
    return now_tsc > then_tsc ? scale_.to_ns(now_tsc - then_tsc) : 0;
  }
  void stamp(rte_mbuf* const* packets, unsigned n, const HardwareClock* clock) noexcept;
  void collect(rte_mbuf* const* packets, unsigned n) noexcept;
  void record(unsigned taken) noexcept;

  MbufStamp stamp_;
  TscScale scale_;
  uint32_t one_in_;
  uint32_t until_next_;   // the sample is the until_next_-th packet from now
  bool stamped_ = false;  // there is a stamped packet in this turn
  unsigned leaving_ = 0;
  std::array<Leaving, kMaxLeaving> waiting_;
  LatencyHistogram residence_;
  LatencyHistogram neighbour_wait_;
};

}  // namespace dstfwd
