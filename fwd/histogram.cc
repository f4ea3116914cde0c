// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/histogram.h"

namespace dstfwd {

HistogramSnapshot LatencyHistogram::snapshot() const {
  std::vector<uint64_t> counts(HistogramScale::kCounts);
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = (*counts_)[i].get();
  return {std::move(counts), max_.load(std::memory_order_relaxed)};
}

}  // namespace dstfwd
