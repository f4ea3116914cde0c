// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/dataplane.h"
#include "app/latency.h"
#include "app/stats.h"

namespace dstfwd {

// What the dataplane has counted up to now. Counters are exact each; sums hold once lcores have
// stopped. Any thread; copies up to four histograms an lcore (some 100 us each). seconds: since the
// start.
Stats collect_stats(const LatencyBook& latency, double seconds);

// Of which --idle-exit and rates need no more: packets received by all workers.
uint64_t received(const Dataplane& dataplane) noexcept;

}  // namespace dstfwd
