// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

namespace dstfwd::gen {

// The highest rate that passes, by halving (RFC 2544, 26.1): the maximum first, then the middle
// between the highest that passed and the lowest that failed, until they are closer than
// precision x maximum. A pure class: the caller runs the trials.
class ThroughputSearch {
 public:
  // 0 < max; 0 < precision < 1.
  ThroughputSearch(double max, double precision) noexcept : failed_(max), step_(max * precision) {}

  // The rate to try; none when the search is over.
  std::optional<double> next() const noexcept {
    if (first_) return failed_;
    if (done_ || failed_ - passed_ <= step_) return std::nullopt;
    return (failed_ + passed_) / 2;
  }
  // What became of next().
  void report(bool passed) noexcept {
    const auto rate = next();
    if (!rate) return;
    if (passed) {
      passed_ = *rate;
      done_ = first_;
    } else {
      failed_ = *rate;
    }
    first_ = false;
  }
  // The highest rate that passed; 0: none did.
  double found() const noexcept { return passed_; }

 private:
  double passed_ = 0;
  double failed_;
  double step_;
  bool first_ = true;
  bool done_ = false;
};

}  // namespace dstfwd::gen
