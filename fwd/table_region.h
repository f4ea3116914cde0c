// SPDX-License-Identifier: BSD-3-Clause
// The part of a flow table that is in use: its first so many buckets.
//
// Theory of operations
//   A table has room for the most flows that there may be; those that live are often far fewer. In
//   a region of their own their tags lie close together, where a CPU's caches hold them, and so do
//   their entries. A flow's first bucket is chosen among the region's.
//   When the region is to have another size (table_fit.h), flows change over one by one, in the
//   order of FlowHash::spread: those below `moved` have their place in the next region. Entries do
//   not move: a flow whose entry was left behind gets another one at its next packet.
//
// Invariants
//   1. Both sizes are multiples of the block in which a flow's two buckets lie, and neither is 0
//      nor more than the table has: whatever mixture of old and new a reader sees, it names buckets
//      of the table. At worst it misses a flow, which gets another entry.
//
// Threads
//   begin, advance, finish, take_crowded: one, the sweep's. now, note_crowded: any.
// Ordering
//   All relaxed, by invariant 1.
// Cost
//   Three loads a burst of a line that is written when the size changes; two instructions more a
//   packet while it does.
#pragma once

#include <atomic>

#include "fwd/flow_hash.h"

namespace dstfwd {

class TableRegion {
 public:
  struct Now {
    uint32_t buckets;
    uint32_t next;   // the same, unless it changes
    uint32_t moved;  // flows whose spread is below are in the next one; 0: none

    bool is_moving() const noexcept { return moved != 0; }
    [[gnu::always_inline]] bool has_moved(const FlowHash& hash) const noexcept {
      return hash.spread < moved;
    }
    [[gnu::always_inline]] static uint32_t among(uint32_t buckets, const FlowHash& hash) noexcept {
      return static_cast<uint32_t>((uint64_t{hash.primary} * buckets) >> 32U);
    }
    // A flow's first bucket.
    [[gnu::always_inline]] uint32_t at(const FlowHash& hash) const noexcept {
      return among(has_moved(hash) ? next : buckets, hash);
    }
  };

  explicit TableRegion(uint32_t buckets) noexcept : buckets_(buckets), next_(buckets) {}
  // For a table's own move, while no other thread knows of it.
  TableRegion(const TableRegion& other) noexcept : TableRegion(other.now().buckets) {}
  TableRegion& operator=(const TableRegion& other) = delete;

  bool is_moving() const noexcept { return moved_.load(std::memory_order_relaxed) != 0; }
  Now now() const noexcept {
    return {buckets_.load(std::memory_order_relaxed), next_.load(std::memory_order_relaxed),
            moved_.load(std::memory_order_relaxed)};
  }

  // Some flow has found its buckets almost full.
  void note_crowded() noexcept {
    if (!crowded_.load(std::memory_order_relaxed)) crowded_.store(true, std::memory_order_relaxed);
  }
  // One has since the last call.
  bool take_crowded() noexcept {
    if (!crowded_.load(std::memory_order_relaxed)) return false;
    crowded_.store(false, std::memory_order_relaxed);
    return true;
  }

  // Precondition: !now().is_moving().
  void begin(uint32_t next) noexcept { next_.store(next, std::memory_order_relaxed); }
  void advance(uint32_t moved) noexcept { moved_.store(moved, std::memory_order_relaxed); }
  // What has not moved yet moves at once.
  void finish() noexcept {
    buckets_.store(next_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    moved_.store(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint32_t> buckets_;
  std::atomic<uint32_t> next_;
  std::atomic<uint32_t> moved_{0};
  std::atomic<bool> crowded_{false};
};

}  // namespace dstfwd
