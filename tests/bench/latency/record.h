// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "fwd/histogram_snapshot.h"
#include "fwd/tsc_scale.h"
#include "fwd/types.h"
#include "tests/bench/latency/timeline.h"

namespace dstfwd::bench {

// count, how many are over 1 ms and over the budget of an inline step, quantiles and max in ns.
nlohmann::json summary(const HistogramSnapshot& snapshot);
// And the curve: [1 / (1 - quantile), ns] ten to a decade, as far as there are values.
nlohmann::json to_json(const HistogramSnapshot& snapshot);

// The window's parts: the longest gap of each in ns; and the gaps of 1 ms or more: [start in
// seconds since the window began, ns].
nlohmann::json to_json(const Timeline& timeline, TscScale scale);

// Writes PREFIX.json and, of each histogram, PREFIX_NAME.hgrm (in microseconds).
Status write_record(const std::string& prefix, const nlohmann::json& record,
                    const std::vector<std::pair<std::string, const HistogramSnapshot*>>& all);

}  // namespace dstfwd::bench
