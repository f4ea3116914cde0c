// SPDX-License-Identifier: BSD-3-Clause
// How long packets stay in the router, receive to transmit, measured on one packet in N.
//
// Theory of operations
//   The loop's own reads of the clock are used: where a read takes 30 ns (virtual machines), two
//   more a sample would cost 1 ns a packet at one sample in 64. received() stamps every N-th mbuf
//   with the time at which the turn began (or the port's own time stamp, fwd/hardware_clock.h); of
//   a turn's second queue with packets, with a read of its own. Just before a burst is given to a
//   transmit queue, leaving() notes which of it are stamped, sent() which of those the queue took,
//   and left_by(), the next read of the clock, when that was. A packet that waited for its
//   neighbour's address is recorded apart when it comes back (returned()) and stamped anew, so that
//   residence is the router's own time and never the neighbour's.
//   With a sample in some turns and none in others no branch that asks for one can be predicted,
//   and each mistake costs as much as ten packets' share of the rest. So the usual case, at most
//   one sample a turn, has none: a packet of each burst is handled as a sample under a mask
//   (branch_free.h), and what is no sample adds 0 to a count.
// Invariants
//   1. Every packet is stamped at most once; only every N-th is.
//   2. Between turns of the loop no stamped packet is with the lcore.
// Threads
//   All but the two histograms: the lcore.
// Cost (2.6 GHz AMD EPYC VM; docs/benchmarks.md)
//   A few ns a turn, and a histogram line.
#pragma once

#include <rte_cycles.h>

#include <algorithm>
#include <array>

#include "fwd/flow_table.h"
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

  // A turn of the loop begins.
  void turn(uint64_t now_tsc) noexcept {
    left_by(now_tsc);
    turn_tsc_ = now_tsc;
  }
  // A burst came from a port. clock: its own, or nullptr.
  void received(rte_mbuf* const* packets, unsigned n, const HardwareClock* clock) noexcept {
    if (n == 0 || one_in_ == 0) return;
    if (one_in_ >= kMaxBurst && clock == nullptr && turn_tsc_ != 0) [[likely]] {
      stamp_at_most_one(packets, n);
    } else if (n < until_next_) {
      until_next_ -= n;
    } else {
      stamp(packets, n, clock);
    }
    turn_tsc_ = 0;  // the next queue's packets come later
  }
  // A packet that was held for its neighbour is back on the lcore.
  void returned(rte_mbuf* m) noexcept {
    if (!stamp_.is_set(m)) return;
    const uint64_t now_tsc = rte_rdtsc();
    neighbour_wait_.record(since(stamp_.get(m), now_tsc));
    note(m, 0, now_tsc);
  }

  // A burst of at most kMaxLeaving is about to be given to a transmit queue ...
  void leaving(rte_mbuf* const* packets, unsigned n) noexcept {
    if (stamped_ > (one_in_ >= kMaxBurst ? 1U : 0U)) [[unlikely]]
      return collect(packets, n);
    const unsigned at = std::min(last_position_, n - 1);
    // The same mbuf without its stamp was dropped, and is another packet now.
    const bool same = packets[at] == last_stamped_;
    const uint64_t here =
        mask_if(static_cast<int>(same) & static_cast<int>(stamp_.is_set(packets[at])));
    const uint64_t last = reinterpret_cast<uintptr_t>(last_stamped_) & ~here;
    if (last != 0) [[unlikely]]
      collect(packets, n);
    leaving_at_ = at | static_cast<unsigned>(~here);
    packets[at]->ol_flags &= ~(stamp_.flag() & here);
    last_stamped_ = reinterpret_cast<const rte_mbuf*>(last);
  }
  // ... which took the first `taken` of it.
  void sent(unsigned taken) noexcept {
    if (leaving_ != 0) [[unlikely]]
      depart(taken);
    departed_tsc_[departed_ % kMaxLeaving] = last_tsc_;
    departed_ += leaving_at_ < taken ? 1 : 0;
    leaving_at_ = kNowhere;
  }
  // All packets of this turn were given to queues.
  void end_turn() noexcept {
    stamped_ = 0;
    last_stamped_ = nullptr;
  }
  // The first read of the clock since then: at the next turn at the latest.
  void left_by(uint64_t now_tsc) noexcept {
    if (departed_ > 1) [[unlikely]]
      return record(now_tsc);
    residence_.record_if(mask_if(departed_), since(departed_tsc_[0], now_tsc));
    departed_ = 0;
  }

  const LatencyHistogram& residence() const noexcept { return residence_; }
  const LatencyHistogram& neighbour_wait() const noexcept { return neighbour_wait_; }
  uint32_t one_in() const noexcept { return one_in_; }
  // From the next burst on. The lcore; or before it runs.
  void set_one_in(uint32_t one_in) noexcept { one_in_ = until_next_ = one_in; }

 private:
  static constexpr unsigned kNowhere = ~0U;
  struct Leaving {
    uint64_t tsc;
    unsigned position;
  };
  uint64_t since(uint64_t then_tsc, uint64_t now_tsc) const noexcept {
    return now_tsc > then_tsc ? scale_.to_ns(now_tsc - then_tsc) : 0;
  }
  void stamp(rte_mbuf* const* packets, unsigned n, const HardwareClock* clock) noexcept;
  void stamp_at_most_one(rte_mbuf* const* packets, unsigned n) noexcept {
    const uint64_t hit = mask_if(until_next_ <= n ? 1 : 0);
    const unsigned at = (until_next_ - 1) & static_cast<unsigned>(hit);
    rte_mbuf* const m = packets[at];
    stamp_.set_if(hit, m, turn_tsc_);
    last_stamped_ = select<const rte_mbuf>(hit, m, last_stamped_);
    last_position_ = static_cast<unsigned>(select(hit, at, last_position_));
    last_tsc_ = select(hit, turn_tsc_, last_tsc_);
    stamped_ += hit & 1U;
    until_next_ += (one_in_ & static_cast<unsigned>(hit)) - n;
  }
  void collect(rte_mbuf* const* packets, unsigned n) noexcept;
  void depart(unsigned taken) noexcept;
  void record(uint64_t now_tsc) noexcept;
  void note(rte_mbuf* m, unsigned position, uint64_t tsc) noexcept {
    stamp_.set(m, tsc);
    last_stamped_ = m;
    last_position_ = position;
    last_tsc_ = tsc;
    ++stamped_;
  }

  MbufStamp stamp_;
  TscScale scale_;
  uint32_t one_in_;
  uint32_t until_next_;    // the sample is the until_next_-th packet from now
  uint64_t turn_tsc_ = 0;  // 0: it is over for packets that come now
  unsigned stamped_ = 0;   // packets of this turn
  const rte_mbuf* last_stamped_ = nullptr;
  unsigned last_position_ = 0;      // in its burst
  uint64_t last_tsc_ = 0;           // its stamp: at hand, while the mbuf's second line is cold
  unsigned leaving_at_ = kNowhere;  // of the last stamped, in the burst that leaves
  unsigned leaving_ = 0;
  unsigned departed_ = 0;
  std::array<Leaving, kMaxLeaving> waiting_;
  std::array<uint64_t, kMaxLeaving> departed_tsc_{};  // stamps of what was sent
  LatencyHistogram residence_;
  LatencyHistogram neighbour_wait_;
};

}  // namespace dstfwd
