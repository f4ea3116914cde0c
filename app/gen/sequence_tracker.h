// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "app/gen/flow_plan.h"

namespace dstfwd::gen {

struct SequenceCounts {
  uint64_t unique = 0;      // packets that came, each counted once
  uint64_t duplicates = 0;  // came again
  uint64_t reordered = 0;   // of the unique: came after a later one of their flow (RFC 4737, 3.3)
  uint64_t max_extent = 0;  // of the reordered: packets of all flows between, at most
  uint64_t too_late = 0;    // beyond the window: new or not cannot be told
};

// Judges every packet that comes, by its sequence number: a bit a packet of the last kWindow, so
// that loss (sent - unique) and duplicates are counted exactly, and for order the highest number of
// every flow. One thread. 32 MB, and 16 bytes a slot.
class SequenceTracker {
 public:
  // Later packets than this many sequence numbers (at 10 Mpps, 26 s) are too late.
  static constexpr uint64_t kWindow = uint64_t{1} << 28U;

  explicit SequenceTracker(const FlowPlan& plan);

  // Precondition: sequence < 2^48.
  void received(uint64_t sequence) noexcept;
  const SequenceCounts& counts() const noexcept { return counts_; }

 private:
  // Sequence number + 1 of the latest packets of a slot's flow and of the flow before; 0: none.
  struct Slot {
    uint64_t latest = 0;
    uint64_t before = 0;
  };
  void advance(uint64_t sequence) noexcept;
  void judge_order(uint64_t sequence) noexcept;
  void note_order(uint64_t sequence, uint64_t& latest) noexcept;

  FlowPlan plan_;
  std::vector<uint64_t> seen_;
  std::vector<Slot> slots_;
  uint64_t end_ = 0;  // the highest sequence number + 1
  SequenceCounts counts_;
};

}  // namespace dstfwd::gen
