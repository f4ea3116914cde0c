// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   One 32-bit word an entry, dense and apart from the entries, so that the collector's walk is
//   sequential. The top bit says dead, the rest counts references. The mark sits in the count's own
//   word: taking a reference and dying cannot miss each other (increment-if-not-zero, and
//   Linux' dst_hold_safe).
// Invariants
//   1. The dead bit is set once in an entry's life, and cleared only by its reclaim.
//   2. A dead entry's count only falls.
// Threads
//   acquire, release: any thread. mark_dead: whoever unlinked the entry. reset: the collector.
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

  RefTable() noexcept = default;
  // words: zeroed, one an entry; they outlive the table.
  explicit RefTable(std::atomic<uint32_t>* words) noexcept : words_(words) {}

  // Takes a reference. False, and nothing taken, when the entry is dead.
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
    return (words_[to_u32(index)].fetch_sub(1, std::memory_order_release) - 1) & ~kDead;  // (A)
  }

  // From now on acquire fails. False: it was dead already, so this kill is not the caller's.
  bool mark_dead(EntryIndex index) noexcept {
    return (words_[to_u32(index)].fetch_or(kDead, std::memory_order_relaxed) & kDead) == 0;
  }

  bool is_dead(EntryIndex index) const noexcept {
    return (words_[to_u32(index)].load(std::memory_order_relaxed) & kDead) != 0;
  }
  uint32_t count(EntryIndex index) const noexcept {
    return words_[to_u32(index)].load(std::memory_order_relaxed) & ~kDead;
  }
  // Dead and without references.
  bool idle(EntryIndex index) const noexcept {
    return words_[to_u32(index)].load(std::memory_order_acquire) == kDead;  // (B)
  }
  // Collector: the entry is free again.
  void reset(EntryIndex index) noexcept {
    words_[to_u32(index)].store(0, std::memory_order_relaxed);
  }
  const std::atomic<uint32_t>* words() const noexcept { return words_; }

 private:
  std::atomic<uint32_t>* words_ = nullptr;
};

}  // namespace dstgc
