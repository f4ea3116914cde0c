// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   The way before Linux' 2007 fix, kept to be measured against: dead entries in one list in
//   arrival order under one spinlock, which a walk holds from the first entry to the last.
// Invariants
//   1. An entry that a walk may free was retired before the grace period of the walk before began.
// Threads
//   add: any producer. walk: one forwarding lcore.
// Ordering
//   The spinlock's.
// Cost
//   One random cache miss an entry and walk: seconds at 10 M entries.
#pragma once

#include <rte_spinlock.h>

#include <cstdint>
#include <span>

#include "dstgc/grace_period.h"
#include "dstgc/ref_table.h"
#include "dstgc/types.h"

namespace dstgc {

class LegacyList {
 public:
  LegacyList(uint32_t* links, RefTable refs, GracePeriod& grace) noexcept
      : links_(links), refs_(refs), grace_(&grace) {
    rte_spinlock_init(&lock_);
  }

  // Marks them dead. Returns how many were so already: retired twice, and left out.
  size_t add(std::span<const EntryIndex> entries) noexcept;
  // One that is marked already, by whoever calls.
  void adopt(EntryIndex entry) noexcept;

  struct Walked {
    bool ran;  // false: the grace period has not passed
    uint64_t freed;
    uint64_t delayed;
  };
  // Calls reclaim(EntryIndex) for each entry that nobody references, under the lock.
  // all: grace periods are not asked for (shutdown).
  template <typename Reclaim>
  Walked walk(bool all, Reclaim&& reclaim) noexcept {
    rte_spinlock_lock(&lock_);
    Walked walked{all || grace_->passed(token_), 0, 0};
    if (walked.ran) {
      const uint32_t stop = all ? kEnd : boundary_;
      uint32_t previous = kEnd;
      for (uint32_t at = head_; at != kEnd && !(stop == kEnd && !all);) {
        const uint32_t next = links_[at];
        const bool last = at == stop;
        if (refs_.idle(EntryIndex{at})) {
          unlink(previous, at, next);
          reclaim(EntryIndex{at});
          ++walked.freed;
        } else {
          previous = at;
          ++walked.delayed;
        }
        if (last) break;
        at = next;
      }
      boundary_ = tail_;
      token_ = grace_->start();
    }
    rte_spinlock_unlock(&lock_);
    return walked;
  }
  uint64_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kEnd = 0xffffffffU;
  void append(EntryIndex entry) noexcept;
  void unlink(uint32_t previous, uint32_t at, uint32_t next) noexcept;

  rte_spinlock_t lock_;
  uint32_t* links_;
  RefTable refs_;
  GracePeriod* grace_;
  uint32_t head_ = kEnd;
  uint32_t tail_ = kEnd;
  uint32_t boundary_ = kEnd;  // the last entry that token_ covers
  GracePeriod::Token token_ = 0;
  std::atomic<uint64_t> size_{0};
};

}  // namespace dstgc
