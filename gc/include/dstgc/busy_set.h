// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   Dead entries that are still referenced: one bit each, and one bit for each 4096 of them
//   that are not all clear, so that a walk reads the dense counts of the busy ones in address
//   order, skips the rest, and never touches an entry. A walk is a cursor, so it stops and resumes
//   anywhere. Ages: a coarse time of death an entry, and a lower bound of them a block; only the
//   block that seems oldest is ever looked at closely.
// Invariants
//   1. A summary bit is set when any bit of its block is (it may be set a walk longer).
//   2. A block's bound is no later than the death of any of its entries.
// Threads
//   The collector's.
// Cost
//   A walk: 4 bytes read an entry, sequential; see docs/benchmarks.md.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "dstgc/memory.h"
#include "dstgc/ref_table.h"
#include "dstgc/result.h"
#include "dstgc/types.h"

namespace dstgc {

// Which of the 64 entries from first are dead and without references, as a mask. A hint: it orders
// nothing, so RefTable::idle decides. Reads all 64 words.
uint64_t idle_mask(const RefTable& refs, uint32_t first) noexcept;

class BusySet {
 public:
  // Coarse time; wraps, so only differences mean something.
  using Stamp = uint32_t;

  // stamps: a word an entry, that may be shared with sets of other entries; outlives the set.
  static Result<BusySet> create(uint32_t capacity, Stamp* stamps, int numa_node);

  uint32_t size() const noexcept { return size_; }
  size_t bytes() const noexcept { return bitmap_memory_.size(); }
  const Memory& memory() const noexcept { return bitmap_memory_; }

  // Precondition: it is in no set that shares the stamps. died: when.
  void add(EntryIndex index, Stamp died) noexcept;
  // False: it was not in the set.
  bool remove(EntryIndex index) noexcept;

  // A walk: rewind, then slices until at_end.
  void rewind() noexcept { cursor_ = 0; }
  bool at_end() const noexcept { return cursor_ >= words_; }
  // Goes on for about `cost` entries (a word of the bitmap counts, too). For each word with busy
  // entries calls keep(first, bits), which says which of them stay. Returns how many it showed.
  template <typename Keep>
  uint32_t walk_slice(uint32_t cost, Keep&& keep) noexcept;

  // How long the oldest has been dead. Never too little; too much only while more than two blocks
  // have lost their oldest since, which later calls put right.
  Stamp oldest_age(Stamp now) noexcept;

 private:
  static constexpr uint32_t kBlockWords = 64;

  BusySet() = default;
  bool skip_empty_blocks() noexcept;
  Stamp tighten(uint32_t block, Stamp now) noexcept;

  Memory bitmap_memory_;
  uint64_t* bitmap_ = nullptr;
  Stamp* stamps_ = nullptr;
  std::vector<uint64_t> summary_;
  std::vector<Stamp> block_died_;
  uint32_t words_ = 0;
  uint32_t size_ = 0;
  uint32_t cursor_ = 0xffffffffU;
};

template <typename Keep>
uint32_t BusySet::walk_slice(uint32_t cost, Keep&& keep) noexcept {
  uint32_t shown = 0;
  for (uint32_t spent = 0; spent < cost && cursor_ < words_;) {
    if (cursor_ % kBlockWords == 0 && skip_empty_blocks()) {
      ++spent;
      continue;
    }
    const uint64_t bits = bitmap_[cursor_];
    if (bits != 0) {
      const auto n = static_cast<uint32_t>(std::popcount(bits));
      const uint64_t kept = keep(cursor_ * 64, bits);
      bitmap_[cursor_] = kept;
      size_ -= n - static_cast<uint32_t>(std::popcount(kept));
      shown += n;
      spent += n;
    }
    ++spent;
    ++cursor_;
  }
  return shown;
}

}  // namespace dstgc
