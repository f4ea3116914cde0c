// SPDX-License-Identifier: BSD-3-Clause
// One trial: frames are sent for a time, and what comes back is judged.
//
// Threads
//   run() is the control thread's: it starts the sender and receiver on their lcores (on one lcore
//   they take turns), reports by periods, and returns when both are done.
// Invariants
//   1. sent == unique + lost, once the drain is over: a frame that comes later is the next trial's
//      foreign one.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "app/gen/capture.h"
#include "app/gen/frame_builder.h"
#include "app/gen/receiver.h"
#include "app/gen/replay_source.h"

namespace dstfwd::gen {

struct TrialConfig {
  double packets_per_s = 0;  // 0: as fast as possible
  double duration_s = 10;    // warm-up included
  double warmup_s = 0;
  double drain_s = 0.2;     // then only what the receive queue already has is taken
  uint64_t max_frames = 0;  // 0: what the duration gives
  double period_s = 0;      // of reports; 0: none
};

// What a trial runs over. Plain values of the test's or the program's set-up.
struct TrialLinks {
  uint16_t tx_port = 0;
  uint16_t rx_port = 0;
  rte_mempool* pool = nullptr;
  std::optional<unsigned> tx_lcore;  // none: the calling thread
  std::optional<unsigned> rx_lcore;  // none: the sender's, by turns
};

struct TrialTraffic {
  FrameConfig frames;
  FlowPlanConfig flows;
  SizeMix sizes;
  const Capture* capture = nullptr;  // replaces the frames above
  ReplayConfig replay;
};

struct TrialResult {
  double asked_pps = 0;
  double seconds = 0;  // of sending
  uint64_t sent = 0, sent_bytes = 0;
  uint64_t unsent = 0;  // due by the end, and never sent: the generator or the port was too slow
  uint64_t received = 0, received_bytes = 0;
  uint64_t foreign = 0;
  uint64_t latest_ns = 0;  // behind schedule at most
  uint64_t no_mbuf = 0;
  bool judged = true;  // false: a replay; then unique is received
  SequenceCounts order;
  HistogramSnapshot latency;

  uint64_t lost() const noexcept {
    const uint64_t came = judged ? order.unique : received;
    return sent > came ? sent - came : 0;
  }
  double loss() const noexcept {
    return sent == 0 ? 0 : static_cast<double>(lost()) / static_cast<double>(sent);
  }
  double sent_pps() const noexcept { return seconds > 0 ? static_cast<double>(sent) / seconds : 0; }
};

// During a trial: since its start, and of the period.
struct TrialPeriod {
  double seconds = 0;
  uint64_t sent = 0, received = 0;  // in the period
  HistogramSnapshot latency;
};

struct TrialWatch {
  std::function<void(const TrialPeriod&)> period;
  std::function<bool()> stop;  // true: end the trial early
  // true: nothing is under way any more, so the drain may end. Asked every 5 ms; may be empty.
  std::function<bool()> drained;
};

TrialResult run_trial(const TrialConfig& config, const TrialLinks& links,
                      const TrialTraffic& traffic, const TrialWatch& watch);

}  // namespace dstfwd::gen
