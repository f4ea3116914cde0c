// SPDX-License-Identifier: BSD-3-Clause
// Latencies of one lcore, recorded while other threads read them.
//
// Theory of operations
//   One count a range of values (HistogramScale). The writer adds to a count by a load and a store,
//   no locked instruction. A reader copies the counts; a reset or an interval is the difference of
//   two copies (HistogramSnapshot::subtract), so nobody but the writer ever writes.
// Invariants
//   1. Every value recorded is in exactly one count; counts never fall.
//   2. A snapshot has every value recorded before it began, and none recorded after it ended.
// Threads
//   record: one thread. snapshot: any thread, at any time.
// Ordering
//   All relaxed: counts are independent of each other.
// Cost (2.6 GHz AMD EPYC VM; tests/fwd/histogram_bench.cc)
//   224 KiB a histogram, of which a steady load touches a few lines; record 1.1 ns.
#pragma once

#include <algorithm>
#include <memory>

#include "dstgc/types.h"
#include "fwd/branch_free.h"
#include "fwd/histogram_snapshot.h"
#include "fwd/lcore_counters.h"

namespace dstfwd {

class LatencyHistogram {
 public:
  LatencyHistogram() : counts_(std::make_unique<Counts>()) {}

  // Beyond 100 s a value counts as 100 s; max stays exact.
  void record(uint64_t ns) noexcept { record_if(~uint64_t{0}, ns); }
  // The same, without a branch, where the mask `wanted` (branch_free.h) is set.
  void record_if(uint64_t wanted, uint64_t ns) noexcept {
    const uint64_t kept = ns & wanted;
    if (kept > max_.load(std::memory_order_relaxed)) [[unlikely]]
      max_.store(kept, std::memory_order_relaxed);
    const uint64_t value = std::min(kept, HistogramScale::kHighest_ns);
    (*counts_)[HistogramScale::index_of(value)].add(wanted & 1U);
  }

  HistogramSnapshot snapshot() const;

 private:
  using Counts = std::array<Counter, HistogramScale::kCounts>;
  std::unique_ptr<Counts> counts_;
  std::atomic<uint64_t> max_{0};
};

}  // namespace dstfwd
