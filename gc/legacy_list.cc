// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/legacy_list.h"

namespace dstgc {

size_t LegacyList::add(std::span<const EntryIndex> entries) noexcept {
  size_t again = 0;
  rte_spinlock_lock(&lock_);
  for (EntryIndex entry : entries) {
    if (refs_.mark_dead(entry)) {
      append(entry);
    } else {
      ++again;
    }
  }
  rte_spinlock_unlock(&lock_);
  return again;
}

void LegacyList::adopt(EntryIndex entry) noexcept {
  rte_spinlock_lock(&lock_);
  append(entry);
  rte_spinlock_unlock(&lock_);
}

void LegacyList::append(EntryIndex entry) noexcept {
  const uint32_t index = to_u32(entry);
  links_[index] = kEnd;
  (head_ == kEnd ? head_ : links_[tail_]) = index;
  tail_ = index;
  size_.fetch_add(1, std::memory_order_relaxed);
}

void LegacyList::unlink(uint32_t previous, uint32_t at, uint32_t next) noexcept {
  (previous == kEnd ? head_ : links_[previous]) = next;
  if (tail_ == at) tail_ = previous;
  size_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace dstgc
