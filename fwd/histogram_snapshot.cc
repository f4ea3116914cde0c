// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/histogram_snapshot.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dstfwd {

using Scale = HistogramScale;

HistogramSnapshot::HistogramSnapshot(std::vector<uint64_t> counts, uint64_t max_ns)
    : counts_(std::move(counts)), max_(max_ns) {
  counts_.resize(Scale::kCounts);
  total_ = std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
  // The writer went on between the two reads: max must fit the counts.
  max_ = total_ == 0 ? 0 : std::max(max_, Scale::lowest(last_index()));
}

uint64_t HistogramSnapshot::count_over(uint64_t ns) const noexcept {
  if (ns >= Scale::kHighest_ns) return 0;
  const auto first = static_cast<ptrdiff_t>(Scale::index_of(ns)) + 1;
  return std::accumulate(counts_.begin() + first, counts_.end(), uint64_t{0});
}

size_t HistogramSnapshot::index_at(uint64_t target) const noexcept {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 1 < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= target) break;
  }
  return i;
}

size_t HistogramSnapshot::last_index() const noexcept {
  size_t i = counts_.size() - 1;
  while (i > 0 && counts_[i] == 0) --i;
  return i;
}

uint64_t HistogramSnapshot::quantile(double q) const noexcept {
  if (total_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(total_));
  const auto target = std::clamp(static_cast<uint64_t>(wanted), uint64_t{1}, total_);
  if (target == total_) return max_;
  return std::min(Scale::highest(index_at(target)), max_);
}

uint64_t HistogramSnapshot::min() const noexcept {
  return total_ == 0 ? 0 : Scale::lowest(index_at(1));
}

double HistogramSnapshot::mean() const noexcept {
  if (total_ == 0) return 0;
  double sum = 0;
  for (size_t i = 0; i < counts_.size(); ++i)
    sum += static_cast<double>(counts_[i]) * static_cast<double>(Scale::median(i));
  return sum / static_cast<double>(total_);
}

double HistogramSnapshot::standard_deviation() const noexcept {
  if (total_ == 0) return 0;
  const double middle = mean();
  double sum = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    const double distance = static_cast<double>(Scale::median(i)) - middle;
    sum += static_cast<double>(counts_[i]) * distance * distance;
  }
  return std::sqrt(sum / static_cast<double>(total_));
}

void HistogramSnapshot::merge(const HistogramSnapshot& other) noexcept {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  max_ = std::max(max_, other.max_);
}

void HistogramSnapshot::subtract(const HistogramSnapshot& earlier) noexcept {
  for (size_t i = 0; i < counts_.size(); ++i)
    counts_[i] -= std::min(counts_[i], earlier.counts_[i]);
  total_ = std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
  if (total_ == 0)
    max_ = 0;
  else if (max_ == earlier.max_)
    max_ = std::min(max_, Scale::highest(last_index()));
}

}  // namespace dstfwd
