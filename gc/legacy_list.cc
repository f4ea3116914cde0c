// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/legacy_list.h"

namespace dstgc {

void LegacyList::add(std::span<const EntryIndex> entries) noexcept {
  rte_spinlock_lock(&lock_);
  for (EntryIndex entry : entries) {
    refs_.mark_dead(entry);
    const uint32_t index = to_u32(entry);
    links_[index] = kEnd;
    (head_ == kEnd ? head_ : links_[tail_]) = index;
    tail_ = index;
  }
  size_.fetch_add(entries.size(), std::memory_order_relaxed);
  rte_spinlock_unlock(&lock_);
}

void LegacyList::unlink(uint32_t previous, uint32_t at, uint32_t next) noexcept {
  (previous == kEnd ? head_ : links_[previous]) = next;
  if (tail_ == at) tail_ = previous;
  size_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace dstgc
