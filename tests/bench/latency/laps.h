// SPDX-License-Identifier: BSD-3-Clause
// Laps: the window of a run in parts, between which the programs of other modes have theirs
// (tests/bench/turns.h). Each lap begins with a warm-up, in which what the others have left in the
// caches goes. A run of one lap does not stop.
#pragma once

#include <rte_cycles.h>

#include "tests/bench/latency/plan.h"
#include "tests/bench/turns.h"

namespace dstfwd::bench {

// Of each lap. Within a third of it each established flow has its packet; the rest is for a
// collector, which has to catch up with a clock that went on: in the first 100 ms after a stop laps
// of service had more gaps over 1 ms than others.
inline constexpr double kLapWarmup_s = 0.15;

// Of the TSC.
inline uint64_t ticks(double seconds) {
  return static_cast<uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
}
inline bool takes_turns(const Plan& plan) noexcept {
  return plan.laps > 1;
}

}  // namespace dstfwd::bench
