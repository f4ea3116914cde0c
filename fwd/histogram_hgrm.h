// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "fwd/histogram_snapshot.h"

namespace dstfwd {

// The percentile distribution as text, in the form of HdrHistogram's outputPercentileDistribution
// (5 ticks a half distance), which its plotters read as .hgrm: columns Value, Percentile,
// TotalCount, 1/(1-Percentile); then mean, deviation, maximum and total. Values are in ns divided
// by ns_per_unit (1000: microseconds).
std::string to_hgrm(const HistogramSnapshot& snapshot, double ns_per_unit = 1.0);

}  // namespace dstfwd
