// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>

#include <array>
#include <cstdint>
#include <span>

#include "dstgc/memory.h"
#include "dstgc/result.h"
#include "dstgc/ring_count.h"
#include "dstgc/types.h"

namespace dstgc {

// The free indices of one class of entries: rte_rings (MP/MC) in memory of its own, several, since
// a ring's slots are a power of two and one would take up to twice the memory. Producers and the
// collector take and return them in bulk through stocks, so that its lines are touched once a few
// hundred entries. Any thread.
class IndexPool {
 public:
  static constexpr size_t kMaxRings = 4;

  // Holds first to first + count - 1. count: 1 to 2^30 - 1.
  static Result<IndexPool> create(uint32_t first, uint32_t count, int numa_node);
  // Of the same indices, but holds none: their owner places entries itself (Hooks::vacate).
  static IndexPool placed(uint32_t first, uint32_t count) noexcept {
    return IndexPool(Memory(), first, count);
  }

  // How many indices it got: up to taken.size(), fewer when the pool runs dry.
  unsigned take(std::span<EntryIndex> taken) noexcept;
  // Precondition: each was taken from here and is free; not of placed().
  void put(std::span<const EntryIndex> free) noexcept;
  // Free ones; while others take or put, what was true a moment ago.
  unsigned available() const noexcept;

  bool owns(EntryIndex index) const noexcept { return to_u32(index) - first_ < count_; }
  uint32_t count() const noexcept { return count_; }
  const Memory& memory() const noexcept { return memory_; }
  size_t bytes() const noexcept { return memory_.size(); }

 private:
  IndexPool(Memory memory, uint32_t first, uint32_t count) noexcept
      : memory_(std::move(memory)), first_(first), count_(count) {}

  Memory memory_;
  std::array<rte_ring*, kMaxRings> rings_{};
  size_t ring_count_ = 0;
  uint32_t first_;
  uint32_t count_;
};

}  // namespace dstgc
