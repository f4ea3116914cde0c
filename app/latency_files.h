// SPDX-License-Identifier: BSD-3-Clause
// Latencies as files for HdrHistogram's plotters.
#pragma once

#include <string>
#include <vector>

#include "app/latency.h"

namespace dstfwd {

// PREFIX-poll_gap.hgrm, PREFIX-residence.hgrm, PREFIX-neighbour_wait.hgrm and PREFIX-gc_slice.hgrm
// of all forwarding lcores; for each lcore N, PREFIX-lcoreN-poll_gap.hgrm and so on. In
// microseconds. What was not measured has no file. Returns the names of those written; the error
// names the one that could not be.
Result<std::vector<std::string>> write_latency_files(const LatencySnapshot& snapshot,
                                                     const std::string& prefix);

// Whether files of that prefix can be made. The error is as above.
Status check_latency_prefix(const std::string& prefix);

}  // namespace dstfwd
