// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "fwd/histogram_scale.h"

namespace dstfwd {

// The counts of a LatencyHistogram at one moment, of several merged, or of an interval. A value
// (224 KiB); for control threads. What it tells of a value is exact to 3 significant digits.
class HistogramSnapshot {
 public:
  HistogramSnapshot() : counts_(HistogramScale::kCounts) {}
  // counts: kCounts of them. max_ns: 0 when nothing was recorded.
  HistogramSnapshot(std::vector<uint64_t> counts, uint64_t max_ns);

  uint64_t count() const noexcept { return total_; }
  uint64_t count_at(size_t index) const noexcept { return counts_[index]; }
  // Values whose whole count lies above ns.
  uint64_t count_over(uint64_t ns) const noexcept;

  // The least value that at least the fraction q (0 to 1, clamped) of all values do not exceed;
  // 0 when empty. Precision as above, never more than max().
  uint64_t quantile(double q) const noexcept;
  uint64_t min() const noexcept;
  uint64_t max() const noexcept { return max_; }
  double mean() const noexcept;
  double standard_deviation() const noexcept;

  void merge(const HistogramSnapshot& other) noexcept;
  // Leaves what was recorded since `earlier`, a snapshot of the same histogram or histograms. max()
  // is then exact if it grew since, else known to 3 digits.
  void subtract(const HistogramSnapshot& earlier) noexcept;

 private:
  // Index of the first count at which `target` values are reached. Precondition: 0 < target <=
  // total.
  size_t index_at(uint64_t target) const noexcept;
  size_t last_index() const noexcept;  // Precondition: not empty

  std::vector<uint64_t> counts_;
  uint64_t total_ = 0;
  uint64_t max_ = 0;
};

}  // namespace dstfwd
