// SPDX-License-Identifier: BSD-3-Clause
// Names lcores that do not poll, after the kernel's soft-lockup watchdog.
//
// Theory of operations
//   check() reads each lcore's progress word. One whose turn began threshold or longer ago is
//   stalled: reported at once with the stage it is in, and again when it has polled, with the
//   length that the lcore itself measured. Called every half threshold, a stall is named within
//   two thresholds. A stall that begins and ends between two checks has no stage: the lcore's own
//   count (PollMeter::stalls) has it all the same, and unnamed() tells how many those are.
// Invariants
//   1. A stall is reported once as begun, and once as ended.
// Threads
//   One, the control thread. It only reads what lcores publish.
// Ordering
//   Progress words are relaxed: see fwd/progress.h.
#pragma once

#include <functional>
#include <vector>

#include "fwd/poll_meter.h"

namespace dstfwd {

struct Stall {
  unsigned lcore;
  Stage stage;      // where it was when last seen
  uint64_t for_ns;  // so far, or in all
  bool ended;
};

class StallWatch {
 public:
  using Report = std::function<void(const Stall&)>;

  // threshold_ns > 0.
  StallWatch(TscScale scale, uint64_t threshold_ns) : scale_(scale), threshold_ns_(threshold_ns) {}

  // meter outlives the watch.
  void watch(unsigned lcore, const PollMeter& meter) { watched_.push_back({lcore, &meter}); }
  void check(uint64_t now_tsc, const Report& report);

  uint64_t threshold_ns() const noexcept { return threshold_ns_; }
  uint64_t named() const noexcept { return named_; }
  // Stalls that lcores counted and no check met.
  uint64_t unnamed() const noexcept;

 private:
  struct Watched {
    unsigned lcore;
    const PollMeter* meter;
    uint64_t stalled_since = 0;  // the turn reported as stalled; 0: none
    Stage stage = Stage::kOffline;
    uint64_t seen_ns = 0;
  };
  void end(Watched& watched, const Report& report) const;

  TscScale scale_;
  uint64_t threshold_ns_;
  uint64_t named_ = 0;
  std::vector<Watched> watched_;
};

}  // namespace dstfwd
