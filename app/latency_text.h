// SPDX-License-Identifier: BSD-3-Clause
// Latencies for people: `show latency` and a line of --stats-period.
#pragma once

#include <string>

#include "app/stats.h"

namespace dstfwd {

// A table: a row an lcore, and one for all that forward, of each thing that was measured.
std::string latency_text(const LatencyReport& report);

// One line.
std::string latency_period_text(const LatencyReport& interval);

}  // namespace dstfwd
