// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ethdev.h>

#include "app/gen/frame_builder.h"
#include "app/gen/sequence_tracker.h"
#include "fwd/histogram.h"
#include "fwd/tsc_scale.h"

namespace dstfwd::gen {

struct ReceiverConfig {
  uint16_t port = 0;
  uint16_t queue = 0;
  uint32_t trial = 0;
  uint64_t first_measured = 0;  // latency of earlier frames (the warm-up's) is not recorded
  bool judge = true;            // false: replayed frames, which are only counted
};

struct ReceiverCounters {
  Counter received;        // frames of the trial
  Counter received_bytes;  // with FCS
  Counter foreign;         // frames of nobody's trial
};

// Takes frames back and judges them. Latency is from the intended time of sending to the return of
// the receive burst. step: one lcore; counters and latency: any thread; order: when step is over.
class Receiver {
 public:
  Receiver(const ReceiverConfig& config, const FlowPlan& plan, TscScale scale)
      : config_(config), scale_(scale), tracker_(plan) {}

  // One burst; how many frames it had.
  unsigned step() noexcept;

  const ReceiverCounters& counters() const noexcept { return counters_; }
  const LatencyHistogram& latency() const noexcept { return latency_; }
  const SequenceCounts& order() const noexcept { return tracker_.counts(); }

 private:
  static constexpr uint16_t kBurst = 64;
  void judge(const rte_mbuf* m, uint64_t now_tsc) noexcept;

  ReceiverConfig config_;
  TscScale scale_;
  SequenceTracker tracker_;
  ReceiverCounters counters_;
  LatencyHistogram latency_;
};

}  // namespace dstfwd::gen
