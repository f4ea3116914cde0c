// SPDX-License-Identifier: BSD-3-Clause
// How much of a flow table is in use: as much as fits its live flows (table_region.h).
//
// Theory of operations
//   At first all of it is. When for some seconds each round of the sweep has met so few live
//   entries that half of the region or less would do, flows change over to a smaller one; when
//   entries find their buckets almost full, and a sample of the region says so too, to a larger
//   one. Each flow costs its lcore the making of an entry: so to a smaller one at a pace of so many
//   flows a second, but to a larger one at once, since new flows are waiting for room, and are as
//   many as those that change over. Flows that have packets meanwhile take their counts along. A
//   second later one round of the sweep looks at all entries and unlinks those that were left
//   behind. A region whose tags a CPU's second-level cache has anyway is not made smaller.
//
// Threads
//   The sweep's.
// Cost
//   A step with nothing to do: two loads. What the region's size is worth: docs/benchmarks.md.
#pragma once

#include "fwd/flow_table.h"

namespace dstfwd {

class TableFit {
 public:
  // Live entries for so many slots of a region, when it is chosen; when it is too small.
  static constexpr double kGoodLoad = 0.70;
  static constexpr double kHighLoad = 0.85;
  static constexpr double kCalm_s = 20;            // for so long fewer buckets would have done
  static constexpr uint32_t kLeastBuckets = 2048;  // 128 KB of tags
  static constexpr uint32_t kGrowTimes = 4;
  // Pace of a change to a smaller one, in flows a second; and how long it takes at least and at
  // most.
  static constexpr double kShrinkPace_s = 25000;
  static constexpr double kLeastTime_s = 0.1;
  static constexpr double kMostTime_s = 10;
  static constexpr double kRest_s = 1;            // before those that had no packets are looked for
  static constexpr double kLongestStep_s = 0.01;  // after a stop a change goes on as before

  explicit TableFit(uint64_t tsc_hz) noexcept : tsc_hz_(static_cast<double>(tsc_hz)) {}

  // What is due by now. True: flows have changed over, and all entries are to be looked at next.
  bool step(FlowTable& table, uint64_t now_tsc) noexcept;
  // A round of the sweep has met so many live entries. calm: under no pressure.
  void end_round(FlowTable& table, uint32_t live, bool calm, uint64_t now_tsc) noexcept;
  // All entries have been looked at since step() returned true.
  void settle(FlowTable& table) noexcept;

  // Entries that are not placed (FlowTable::is_placed) are to be unlinked.
  bool is_settling() const noexcept { return state_ == State::kSettling; }
  uint32_t changes() const noexcept { return changes_; }

 private:
  enum class State : uint8_t { kStill, kMoving, kResting, kSettling };

  void begin(FlowTable& table, uint64_t buckets, double duration_s, uint64_t now_tsc) noexcept;
  void grow_if_crowded(FlowTable& table, uint64_t now_tsc) noexcept;

  double tsc_hz_;
  State state_ = State::kStill;
  bool is_calm_ = false;
  uint32_t changes_ = 0;
  uint64_t calm_since_tsc_ = 0;
  uint64_t seen_tsc_ = 0;  // up to when the change has gone on
  double tsc_of_all_ = 0;  // that it takes
  double passed_tsc_ = 0;  // of it
};

}  // namespace dstfwd
