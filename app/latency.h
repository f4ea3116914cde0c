// SPDX-License-Identifier: BSD-3-Clause
// Latencies of all lcores, as values: copied, merged, taken away from each other, summed up.
//
// Theory of operations
//   Only lcores write their histograms. A reset, and an interval, is the difference of two copies
//   that the reader holds, so nothing is ever cleared under a writer.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/dataplane.h"
#include "app/stats.h"

namespace dstfwd {

// Of one lcore, or of several merged. What an lcore does not measure has none.
struct LatencyHistograms {
  HistogramSnapshot poll_gap;
  std::optional<HistogramSnapshot> residence, neighbour_wait;  // --latency-sample
  std::optional<HistogramSnapshot> gc_slice;                   // collection on forwarding lcores
  uint64_t stalls = 0;  // poll gaps of --stall-threshold or more

  void merge(const LatencyHistograms& other);
  // Leaves what came since `earlier`, a copy of the same lcore's.
  void subtract(const LatencyHistograms& earlier);
  LatencyFigures figures() const;
};

struct LcoreHistograms {
  unsigned lcore = 0;
  std::string role;  // "forward" or "gc"
  LatencyHistograms histograms;
};

// All at one moment, or of an interval. 224 KiB a histogram.
struct LatencySnapshot {
  double seconds = 0;  // at which it was taken, or the interval's length
  std::vector<LcoreHistograms> lcores;

  static LatencySnapshot take(const Dataplane& dataplane, double now_s);
  void subtract(const LatencySnapshot& earlier);
  LatencyHistograms forwarding() const;  // merged
};

// Sums up. The rest of what a report says is the configuration's.
LatencyReport latency_report(const LatencySnapshot& snapshot, const Dataplane& dataplane);

// What readers have seen so far. Any thread; seconds are those since the start.
class LatencyBook {
 public:
  // dataplane outlives it.
  explicit LatencyBook(const Dataplane& dataplane) : dataplane_(&dataplane) {}

  // Since the start, or the last reset.
  LatencySnapshot since_reset(double now_s) const;
  void reset(double now_s);
  const Dataplane& dataplane() const noexcept { return *dataplane_; }

 private:
  const Dataplane* dataplane_;
  mutable std::mutex lock_;
  std::optional<LatencySnapshot> reset_;  // as it was then
};

// Intervals: each reaches from the one before, the first from the start; a reset changes nothing.
// One thread.
class LatencyIntervals {
 public:
  LatencySnapshot next(const Dataplane& dataplane, double now_s);

 private:
  std::optional<LatencySnapshot> last_;
};

}  // namespace dstfwd
