// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   One 32-bit word an entry, dense and apart from the entries, so that the collector's walk is
//   sequential. The top bit says dead, the next that the entry waits on a spill list, the rest
//   counts references. The mark sits in the count's own word: taking a reference and dying cannot
//   miss each other (increment-if-not-zero, and Linux' dst_hold_safe). A free entry's word reads
//   dead, too, so a stale name gets no reference and a second retire is seen.
// Invariants
//   1. The dead bit is set once in an entry's life, and cleared only when it is allocated again.
//   2. A dead entry's count only falls.
//   3. An entry is on at most one spill list, and not reclaimed while it is there.
// Threads
//   acquire, release: any thread. mark_dead: whoever unlinked the entry. open: who allocates it.
//   close: the collector, or who allocated it and never published it. mark_spilled,
//   clear_spilled: a producer.
// Ordering
//   (A) release (release) pairs with (B) idle (acquire): what a holder did comes before the
//   destroy.
// Cost
//   One locked instruction on an unshared line.
#pragma once

#include <atomic>
#include <cstdint>

#include "dstgc/types.h"

namespace dstgc {

class RefTable {
 public:
  static constexpr uint32_t kDead = 0x80000000U;
  static constexpr uint32_t kSpilled = 0x40000000U;
  static constexpr uint32_t kCount = kSpilled - 1;

  RefTable() noexcept = default;
  // words: one an entry; they outlive the table. Zero is a live entry, kDead a free one.
  explicit RefTable(std::atomic<uint32_t>* words) noexcept : words_(words) {}

  // Takes a reference. False, and nothing taken, when the entry is dead or free. At most 2^30 - 1
  // at a time.
  bool acquire(EntryIndex index) noexcept {
    auto& word = words_[to_u32(index)];
    uint32_t seen = word.load(std::memory_order_relaxed);
    do {
      if ((seen & kDead) != 0) return false;
    } while (!word.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                         std::memory_order_relaxed));
    return true;
  }

  // Precondition: the caller holds a reference, which ends here. Returns how many remain.
  uint32_t release(EntryIndex index) noexcept {
    return (words_[to_u32(index)].fetch_sub(1, std::memory_order_release) - 1) & kCount;  // (A)
  }

  // From now on acquire fails. False: it was dead already, so this kill is not the caller's.
  bool mark_dead(EntryIndex index) noexcept {
    return (words_[to_u32(index)].fetch_or(kDead, std::memory_order_relaxed) & kDead) == 0;
  }

  bool is_dead(EntryIndex index) const noexcept {
    return (words_[to_u32(index)].load(std::memory_order_relaxed) & kDead) != 0;
  }
  uint32_t count(EntryIndex index) const noexcept {
    return words_[to_u32(index)].load(std::memory_order_relaxed) & kCount;
  }
  // Dead, without references, on no spill list.
  bool idle(EntryIndex index) const noexcept {
    return words_[to_u32(index)].load(std::memory_order_acquire) == kDead;  // (B)
  }

  // Free to live, without references; and back.
  void open(EntryIndex index) noexcept {
    words_[to_u32(index)].store(0, std::memory_order_relaxed);
  }
  void close(EntryIndex index) noexcept {
    words_[to_u32(index)].store(kDead, std::memory_order_relaxed);
  }

  // False: it is on a spill list already.
  bool mark_spilled(EntryIndex index) noexcept {
    return (words_[to_u32(index)].fetch_or(kSpilled, std::memory_order_relaxed) & kSpilled) == 0;
  }
  void clear_spilled(EntryIndex index) noexcept {
    words_[to_u32(index)].fetch_and(~kSpilled, std::memory_order_relaxed);
  }
  const std::atomic<uint32_t>* words() const noexcept { return words_; }

 private:
  std::atomic<uint32_t>* words_ = nullptr;
};

}  // namespace dstgc
