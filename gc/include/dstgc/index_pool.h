// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>

#include <cstdint>
#include <span>

#include "dstgc/memory.h"
#include "dstgc/result.h"
#include "dstgc/ring_count.h"
#include "dstgc/types.h"

namespace dstgc {

// The free indices of one class of entries: a rte_ring (MP/MC) in memory of its own. Producers and
// the collector take and return them in bulk through stocks, so that its line is touched once a
// few hundred entries. Any thread.
class IndexPool {
 public:
  // Holds first to first + count - 1. count: 1 to 2^30 - 1.
  static Result<IndexPool> create(uint32_t first, uint32_t count, int numa_node);

  // How many indices it got: up to taken.size(), fewer when the pool runs dry.
  unsigned take(std::span<uint32_t> taken) noexcept;
  // Precondition: each was taken from here and is free.
  void put(std::span<const uint32_t> free) noexcept;
  unsigned available() const noexcept { return ring_count(ring()); }

  bool owns(EntryIndex index) const noexcept { return to_u32(index) - first_ < count_; }
  uint32_t count() const noexcept { return count_; }
  const Memory& memory() const noexcept { return memory_; }
  size_t bytes() const noexcept { return memory_.size(); }

 private:
  IndexPool(Memory memory, uint32_t first, uint32_t count) noexcept
      : memory_(std::move(memory)), first_(first), count_(count) {}
  rte_ring* ring() const noexcept { return static_cast<rte_ring*>(memory_.data()); }

  Memory memory_;
  uint32_t first_;
  uint32_t count_;
};

}  // namespace dstgc
