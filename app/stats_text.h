// SPDX-License-Identifier: BSD-3-Clause
// Statistics for people: the commands show port|cache|gc|stats, and --stats-period.
#pragma once

#include <string>

#include "app/stats.h"

namespace dstfwd {

// Each ends in a newline. Counters that are 0 and say nothing by it are left out.
std::string port_text(const Stats& stats);
std::string cache_text(const Stats& stats);
std::string gc_text(const Stats& stats);
std::string stats_text(const Stats& stats);
std::string slow_path_text(const Stats& stats);

// A few lines: rates over the time between the two, and what is alive and dead now.
std::string period_text(const Stats& before, const Stats& now);

}  // namespace dstfwd
