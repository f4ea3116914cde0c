// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   A flow's hash names two buckets of one cache line each: eight 64-bit slots {tag, index}. An
//   entry lies in its first bucket unless that is almost full and the second has more room, and
//   never moves: readers cannot miss a key that is under way, and every change is one
//   compare-and-swap of one slot. With 1.6 slots an entry, 5 % of a full table lie in second
//   buckets, so that a hit reads one bucket. Both full: the flow is not cached.
//   A bucket counts the entries that have it as their first and lie in their second: by marks, one
//   bit of each slot, whatever else that holds. Without a mark a miss ends at the first bucket, so
//   that a flow that is not cached costs one line. Eight marks mean too many to count, and stay.
//   Lookups run over a burst: the caller prefetches first buckets as it hashes, then tags are
//   compared (SIMD) and entries prefetched; what was not found and may lie in its second bucket is
//   looked for there. Whether the entry has the key is for the caller to compare: a tag of 31 bits
//   that agrees by chance is rare.
//
// Invariants
//   1. But for its mark, a slot is 0 (empty) or holds the tag and the index of one published entry.
//   2. An index is in at most one slot. It can be inserted again only after a grace period that
//      began when it was unlinked: whoever read a slot in this epoch names the entry that he read.
//   3. Exactly one unlink() of a published entry returns true.
//   4. Two threads that insert one flow at once may leave two entries. The one that is found first
//      wins; the other is met no more, and ages out.
//   5. An entry is marked before it is published in its second bucket, and unmarked after it is
//      unlinked there. (Eight marks, one of which goes just as a ninth entry comes: find_burst may
//      then miss that one, while find() still has it.)
//
// Threads
//   find_burst, insert, unlink: any thread that is an online reader (or the collector's).
//
// Ordering
//   (A) insert's release compare-and-swap publishes what the caller wrote into the entry;
//   (B) the acquire load of the slot in find, insert and unlink pairs with it. The SIMD comparison
//       before it is only a hint which slot to load.
//
// Cost: see docs/benchmarks.md and fwd/bench/lookup_bench.cc.
#pragma once

#include <rte_prefetch.h>

#include <atomic>

#include "dstgc/memory.h"
#include "fwd/flow_hash.h"

namespace dstfwd {

inline constexpr unsigned kMaxBurst = 64;  // packets; the most that one call takes

struct alignas(dstgc::kCacheLine) FlowBucket {
  static constexpr unsigned kSlots = 8;
  std::atomic<uint64_t> slots[kSlots];
};
static_assert(sizeof(FlowBucket) == dstgc::kCacheLine);

// A slot: tag of 32 bits, mark, index of 31 bits.
inline constexpr uint64_t kSlotMark = uint64_t{1} << 31U;

constexpr uint64_t flow_slot(uint32_t tag, EntryIndex index) noexcept {
  return uint64_t{tag} << 32U | to_u32(index);
}
constexpr uint32_t slot_tag(uint64_t slot) noexcept {
  return static_cast<uint32_t>(slot >> 32U);
}
constexpr EntryIndex slot_index(uint64_t slot) noexcept {
  return EntryIndex{static_cast<uint32_t>(slot & (kSlotMark - 1))};
}

// What a lookup kernel reads. The entry of index i begins at entries + (i << entry_shift), where
// entry_shift is 6 or 7.
struct FlowProbe {
  const FlowBucket* buckets;
  uint64_t bucket_count;
  uintptr_t entries;
  unsigned entry_shift;

  const FlowBucket& bucket(uint32_t hash) const noexcept {
    return buckets[(uint64_t{hash} * bucket_count) >> 32U];
  }
};

enum class TableKernel : uint8_t { kScalar, kSse42, kAvx2, kAvx512 };
using FindKernel = void (*)(const FlowProbe&, const FlowHash*, unsigned, EntryIndex*) noexcept;

struct FlowInsert {
  enum class Outcome : uint8_t { kInserted, kExists, kFull };
  Outcome outcome;
  EntryIndex existing;  // kExists: the entry that has the key
};

class FlowTable {
 public:
  // Buckets for `entries` entries: 1.6 slots each.
  static uint64_t buckets_for(uint64_t entries) noexcept;
  // bucket_count: 1 to 2^32. numa_node -1: any. Precondition: supported(kernel).
  static Result<FlowTable> create(uint64_t bucket_count, int numa_node = -1,
                                  TableKernel kernel = best());

  static bool supported(TableKernel kernel) noexcept;
  static TableKernel best() noexcept;

  // Where the entries lie, for their prefetch. Before the first find_burst.
  void set_entries(uintptr_t entries, unsigned entry_shift) noexcept {
    probe_.entries = entries;
    probe_.entry_shift = entry_shift;
  }

  void prefetch(const FlowHash& hash) const noexcept {
    rte_prefetch0(&probe_.bucket(hash.primary));
  }
  // found[i]: the first entry with the tag of hashes[i], or kNoEntry; its line is being prefetched.
  // n <= kMaxBurst. Quick only for what was prefetched some time ago.
  void find_burst(const FlowHash* hashes, unsigned n, EntryIndex* found) const noexcept {
    kernel_(probe_, hashes, n, found);
  }

  // The entry with the tag for which has_key(index) is true, or kNoEntry.
  template <typename HasKey>
  EntryIndex find(const FlowHash& hash, HasKey&& has_key) const noexcept {
    for (const FlowBucket* bucket :
         {&probe_.bucket(hash.primary), &probe_.bucket(hash.secondary)}) {
      for (const auto& slot : bucket->slots) {
        const uint64_t value = slot.load(std::memory_order_acquire);  // (B)
        if (slot_tag(value) == hash.tag && has_key(slot_index(value))) return slot_index(value);
      }
    }
    return dstgc::kNoEntry;
  }

  // Is there room for another entry? It may be gone by the time of insert().
  bool has_room(const FlowHash& hash) noexcept { return free_place(hash).slot != nullptr; }

  // Publishes `index`, less than 2^31, unless an entry has the key already. The number of attempts
  // is bounded.
  template <typename HasKey>
  FlowInsert insert(const FlowHash& hash, EntryIndex index, HasKey&& has_key) noexcept;

  // True: this call took the entry out of the table, and it is the caller's to retire.
  bool unlink(const FlowHash& hash, EntryIndex index) noexcept;

  const dstgc::Memory& memory() const noexcept { return memory_; }
  uint64_t bucket_count() const noexcept { return probe_.bucket_count; }
  size_t bytes() const noexcept { return probe_.bucket_count * sizeof(FlowBucket); }
  // Of all slots; reads the whole table. For tests and diagnosis.
  uint64_t count() const noexcept { return count_with(~kSlotMark); }
  // Entries in second buckets, as far as the marks know. The same.
  uint64_t marks() const noexcept { return count_with(kSlotMark); }

 private:
  FlowTable(dstgc::Memory memory, uint64_t bucket_count, FindKernel kernel) noexcept;

  struct Place {
    std::atomic<uint64_t>* slot;
    bool in_second;
  };
  uint64_t count_with(uint64_t bits) const noexcept;
  Place free_place(const FlowHash& hash) noexcept;
  static void mark(FlowBucket& first) noexcept;
  static void unmark(FlowBucket& first) noexcept;
  FlowBucket& bucket(uint32_t hash) noexcept {
    return const_cast<FlowBucket&>(probe_.bucket(hash));
  }

  dstgc::Memory memory_;
  FlowProbe probe_;
  FindKernel kernel_;
};

template <typename HasKey>
FlowInsert FlowTable::insert(const FlowHash& hash, EntryIndex index, HasKey&& has_key) noexcept {
  // Each failure means that another thread changed that slot: after some, give way to it.
  constexpr unsigned kAttempts = 4;
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    const EntryIndex existing = find(hash, has_key);
    if (existing != dstgc::kNoEntry) return {FlowInsert::Outcome::kExists, existing};
    const Place place = free_place(hash);
    if (place.slot == nullptr) break;
    if (place.in_second) mark(bucket(hash.primary));
    uint64_t empty = place.slot->load(std::memory_order_relaxed) & kSlotMark;
    if (place.slot->compare_exchange_strong(empty, flow_slot(hash.tag, index) | empty,
                                            std::memory_order_release,
                                            std::memory_order_relaxed)) {  // (A)
      return {FlowInsert::Outcome::kInserted, index};
    }
    if (place.in_second) unmark(bucket(hash.primary));
  }
  return {FlowInsert::Outcome::kFull, dstgc::kNoEntry};
}

}  // namespace dstfwd
