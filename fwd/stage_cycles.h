// SPDX-License-Identifier: BSD-3-Clause
// Where an lcore's cycles go, by stage of the worker's loop; the manner of VPP's `show runtime`.
//
// Theory of operations
//   Each entry into a stage reads the TSC, and the time since the last reading is the stage's that
//   ends. What a turn took is published when it ends: by stage when it carried packets, else as one
//   sum, so that empty polls do not blur what a packet costs. A worker times its turns only while
//   it is told to (Worker::set_timing): it has each turn compiled twice, and the one without
//   timing has nothing of this in it.
// Threads
//   begin, enter, end: the lcore. snapshot: any thread.
// Ordering
//   Relaxed: each count is exact, counts of one moment are not taken together.
// Cost
//   A reading of the TSC a stage entered: 20 to 25 cycles, some 200 a turn; at full bursts of 32
//   that is 6 cycles a packet.
#pragma once

#include <rte_cycles.h>

#include <array>

#include "fwd/lcore_counters.h"
#include "fwd/progress.h"

namespace dstfwd {

inline constexpr size_t kStageCount = static_cast<size_t>(Stage::kCount);

// Cycles are the TSC's. Sums since the worker was made; a view since some moment is a difference.
struct StageCyclesSnapshot {
  struct Of {
    uint64_t entered = 0;  // how often
    uint64_t cycles = 0;
  };
  std::array<Of, kStageCount> stages{};  // by Stage; of turns that carried packets
  uint64_t packets = 0;                  // that these turns carried
  uint64_t turns = 0;
  uint64_t empty_turns = 0;
  uint64_t empty_cycles = 0;

  uint64_t cycles() const noexcept;  // of all stages
  StageCyclesSnapshot& operator+=(const StageCyclesSnapshot& other) noexcept;
  StageCyclesSnapshot& operator-=(const StageCyclesSnapshot& other) noexcept;
};

class alignas(2 * dstgc::kCacheLine) StageCycles {
 public:
  // A turn begins, in kRx.
  void begin(uint64_t now_tsc) noexcept {
    turn_ = {};
    stage_ = Stage::kRx;
    ++turn_[static_cast<size_t>(stage_)].entered;
    since_tsc_ = now_tsc;
  }
  // now_tsc: not before the last one of this turn.
  void enter(Stage stage, uint64_t now_tsc) noexcept {
    turn_[static_cast<size_t>(stage_)].cycles += now_tsc - since_tsc_;
    ++turn_[static_cast<size_t>(stage)].entered;
    stage_ = stage;
    since_tsc_ = now_tsc;
  }
  // The turn ends; it carried so many packets.
  void end(uint64_t packets, uint64_t now_tsc) noexcept;

  StageCyclesSnapshot snapshot() const noexcept;

 private:
  struct Published {
    Counter entered;
    Counter cycles;
  };
  std::array<Published, kStageCount> stages_;
  Counter packets_, turns_, empty_turns_, empty_cycles_;
  // Of this turn; the lcore's own.
  std::array<StageCyclesSnapshot::Of, kStageCount> turn_{};
  uint64_t since_tsc_ = 0;
  Stage stage_ = Stage::kOffline;
};

}  // namespace dstfwd
