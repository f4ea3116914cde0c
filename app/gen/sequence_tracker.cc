// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/sequence_tracker.h"

#include <algorithm>

namespace dstfwd::gen {
namespace {

constexpr uint64_t kWords = SequenceTracker::kWindow / 64;

}  // namespace

SequenceTracker::SequenceTracker(const FlowPlan& plan)
    : plan_(plan), seen_(kWords), slots_(plan.slots()) {}

void SequenceTracker::received(uint64_t sequence) noexcept {
  if (sequence >= end_) {
    advance(sequence);
  } else if (end_ - sequence > kWindow - 64) {  // the newest word may reach 63 further
    ++counts_.too_late;
    return;
  }
  uint64_t& word = seen_[sequence / 64 % kWords];
  const uint64_t bit = uint64_t{1} << (sequence % 64);
  if ((word & bit) != 0) {
    ++counts_.duplicates;
    return;
  }
  word |= bit;
  ++counts_.unique;
  judge_order(sequence);
}

// Forgets what falls out of the window: the bits of the numbers from end_ to the new one.
void SequenceTracker::advance(uint64_t sequence) noexcept {
  if (sequence - end_ >= kWindow) {
    std::fill(seen_.begin(), seen_.end(), 0);
  } else {
    // Whole words; the one that end_ is in was cleared when its first number came.
    for (uint64_t word = (end_ + 63) / 64; word <= sequence / 64; ++word) seen_[word % kWords] = 0;
  }
  end_ = sequence + 1;
}

void SequenceTracker::judge_order(uint64_t sequence) noexcept {
  Slot& slot = slots_[plan_.slot(sequence)];
  if (slot.latest == 0) {
    slot.latest = sequence + 1;
    return;
  }
  const uint64_t flow = plan_.incarnation(sequence);
  const uint64_t current = plan_.incarnation(slot.latest - 1);
  if (flow == current) {
    note_order(sequence, slot.latest);
  } else if (flow > current) {
    slot = {sequence + 1, slot.latest};
  } else if (slot.before == 0 || plan_.incarnation(slot.before - 1) < flow) {
    slot.before = sequence + 1;
  } else {
    note_order(sequence, slot.before);
  }
}

void SequenceTracker::note_order(uint64_t sequence, uint64_t& latest) noexcept {
  if (sequence + 1 > latest) {
    latest = sequence + 1;
    return;
  }
  ++counts_.reordered;
  counts_.max_extent = std::max(counts_.max_extent, latest - 1 - sequence);
}

}  // namespace dstfwd::gen
