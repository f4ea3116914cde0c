// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   A flow's hash names two buckets of one cache line each: 30 tags of 16 bits, and how many flows
//   that have it as their first bucket lie in their second, a count for each of 16 groups of flows.
//   The table holds no indices: an entry's index is the number of its slot. So a flow costs little
//   more than two bytes here, and the lines that a lookup reads before the entry's own stay in the
//   CPU's caches for as many flows as they can.
//   A flow lies in its first bucket unless that is almost full and the second has more room, and
//   never moves: readers cannot miss a key that is under way. With 8 slots for 7 flows, 6 % of a
//   full table lie in second buckets, so that a hit reads one bucket; when no flow of a first
//   bucket and of the same group lies in its second, a miss ends there, as nine of ten do. Both
//   full: the flow is not cached.
//   A slot is free, taken, or has a live entry's tag. Who makes an entry takes a free slot, fills
//   the entry of that number, and publishes it by storing the tag. Unlinked, the slot stays taken:
//   the entry may still be read, or referenced. It is free again once its entry was reclaimed.
//   Lookups run over a burst: the caller prefetches first buckets as it hashes, then tags are
//   compared (SIMD) and entries prefetched; what was not found and may lie in its second bucket is
//   looked for there. Prefetches of what may be far away end in the L2 cache: a core has some 24
//   places for lines on their way to its L1 cache, fewer where a second thread shares them, and
//   twice as many to its L2; a burst wants 64. Whether the entry has the key is for the caller to
//   compare: one lookup in a thousand meets another flow's tag.
//
// Invariants
//   1. A slot goes from free to taken, to a tag, to taken, to free; or from taken back to free.
//   2. It is freed only after a grace period that began when it was unlinked: whoever read its tag
//      in this epoch names the entry that he read.
//   3. Exactly one unlink() of a published entry returns true.
//   4. Two threads that insert one flow at once may leave two entries. The one that is found first
//      wins; the other is met no more, and ages out.
//   5. A bucket's `away` is raised before an entry is published in its second bucket, and lowered
//      after it was unlinked there.
//
// Threads
//   find_burst, find, claim, publish, abandon, unlink: any thread that is an online reader (or the
//   collector's). vacate: the collector's.
//
// Ordering
//   (A) publish's release store publishes what the caller wrote into the entry;
//   (B) the acquire load of the tag in find and the scalar kernel, and unlink's compare-and-swap,
//       pair with it. The vector kernels' plain loads are as good: x86 keeps loads in order, and
//       their caller calls them through a pointer, which no compiler moves loads across. In find
//       the vector comparison is only a hint which tag to load.
//   (C) vacate's release store pairs with (D), claim's acquiring compare-and-swap: what reclaiming
//       wrote comes before the entry's next life.
//
// Cost: see docs/benchmarks.md and tests/bench/fwd/lookup_bench.cc.
#pragma once

#include <rte_prefetch.h>

#include <atomic>
#include <bit>

#include "dstgc/memory.h"
#include "fwd/flow_hash.h"

namespace dstfwd {

inline constexpr unsigned kMaxBurst = 64;  // packets; the most that one call takes

struct alignas(dstgc::kCacheLine) FlowBucket {
  static constexpr unsigned kSlots = 30;
  static constexpr uint32_t kAllSlots = (1U << kSlots) - 1;
  // Values of a slot that are no tag.
  static constexpr uint16_t kFree = 0;
  static constexpr uint16_t kTaken = 1;
  static constexpr unsigned kAwayBits = 2;  // a group
  static constexpr unsigned kAwayMax = (1U << kAwayBits) - 1;

  std::atomic<uint16_t> tags[kSlots];
  std::atomic<uint32_t> away;  // counts, of the groups

  [[gnu::always_inline]] unsigned away_of(const FlowHash& hash) const noexcept {
    return away.load(std::memory_order_relaxed) >> kAwayBits * hash.group() & kAwayMax;
  }
  // One more of its group lies away. False: no more may.
  bool count_away(const FlowHash& hash) noexcept;
  void uncount_away(const FlowHash& hash) noexcept;

 private:
  static uint32_t one_away(const FlowHash& hash) noexcept { return 1U << kAwayBits * hash.group(); }
};
static_assert(sizeof(FlowBucket) == dstgc::kCacheLine);
static_assert(FlowBucket::kAwayBits * FlowHash::kGroups == 32);

// What a lookup kernel reads. The entry of slot i begins at entries + (i << entry_shift), where
// entry_shift is 6 or 7; its index is first + i.
struct FlowProbe {
  const FlowBucket* buckets;
  uint32_t bucket_count;
  uint32_t first;
  uintptr_t entries;
  unsigned entry_shift;

  uint32_t at(uint32_t hash) const noexcept {
    return static_cast<uint32_t>((uint64_t{hash} * bucket_count) >> 32U);
  }
};

enum class TableKernel : uint8_t { kScalar, kSse42, kAvx2, kAvx512 };
using FindKernel = void (*)(const FlowProbe&, const FlowHash*, unsigned, bool near,
                            EntryIndex*) noexcept;

class FlowTable {
 public:
  static constexpr uint32_t kMaxEntries = 1U << 31U;

  // Of how many entries one has room for `flows` flows: 8 for 7, in whole buckets, two at least.
  static uint64_t entries_for(uint64_t flows) noexcept;
  // entries: 1 to kMaxEntries, of the indices from `first` on. numa_node -1: any. Precondition:
  // supported(kernel).
  static Result<FlowTable> create(uint64_t entries, uint32_t first = 0, int numa_node = -1,
                                  TableKernel kernel = best());

  static bool supported(TableKernel kernel) noexcept;
  static TableKernel best() noexcept;

  // Where the entries lie, for their prefetch. Before the first find_burst.
  void set_entries(uintptr_t entries, unsigned entry_shift) noexcept {
    probe_.entries = entries;
    probe_.entry_shift = entry_shift;
  }

  void prefetch(const FlowHash& hash) const noexcept {
    rte_prefetch1(&probe_.buckets[probe_.at(hash.primary)]);
  }
  // found[i]: the first entry with the tag of hashes[i], or kNoEntry; its line is being prefetched:
  // into the L1 cache where entries are `near`, that is, in the L2 already. n <= kMaxBurst. Quick
  // only for what was prefetched some time ago, or is near.
  void find_burst(const FlowHash* hashes, unsigned n, EntryIndex* found,
                  bool near = false) const noexcept {
    kernel_(probe_, hashes, n, near, found);
  }

  // The entry with the tag for which has_key(index) is true, or kNoEntry.
  template <typename HasKey>
  EntryIndex find(const FlowHash& hash, HasKey&& has_key) const noexcept {
    const uint32_t first = probe_.at(hash.primary);
    const EntryIndex found = find_in(first, hash.slot_tag(), has_key);
    if (found != dstgc::kNoEntry || probe_.buckets[first].away_of(hash) == 0) return found;
    return find_in(probe_.at(hash.secondary), hash.slot_tag(), has_key);
  }

  // The entry that claim() would take now, or kNoEntry.
  EntryIndex free_entry(const FlowHash& hash) const noexcept;
  // Takes a slot: the entry of that number is the caller's to fill, and to publish or to abandon.
  // kNoEntry: both buckets are full, or changed at each of some attempts; or the first is, and as
  // many of its flows of one group lie away as a count holds (of a million random ones, less than
  // one).
  EntryIndex claim(const FlowHash& hash) noexcept;
  // Precondition of both: claimed with this hash.
  void publish(const FlowHash& hash, EntryIndex index) noexcept {
    tag(index).store(hash.slot_tag(), std::memory_order_release);  // (A)
  }
  void abandon(const FlowHash& hash, EntryIndex index) noexcept { uncount_away(hash, index); }

  // True: this call took the entry out of the table, and it is the caller's to retire.
  bool unlink(const FlowHash& hash, EntryIndex index) noexcept;
  // The slot of an entry that was abandoned or unlinked, and then reclaimed, is free.
  void vacate(EntryIndex index) noexcept {
    tag(index).store(FlowBucket::kFree, std::memory_order_release);  // (C)
  }
  void prefetch_slot(EntryIndex index) const noexcept { __builtin_prefetch(&tag(index), 1); }

  const dstgc::Memory& memory() const noexcept { return memory_; }
  uint32_t entries() const noexcept { return entries_; }
  size_t bytes() const noexcept { return size_t{probe_.bucket_count} * sizeof(FlowBucket); }
  // Published entries; reads the whole table. For tests and diagnosis.
  uint64_t count() const noexcept;
  // Entries in second buckets. The same.
  uint64_t away() const noexcept;

 private:
  FlowTable(dstgc::Memory memory, uint32_t entries, uint32_t first, FindKernel kernel) noexcept;

  struct Room {
    uint32_t bucket;
    uint32_t free;  // a bit a slot
    unsigned used() const noexcept {
      return FlowBucket::kSlots - static_cast<unsigned>(std::popcount(free));
    }
  };
  // A bit each slot that has this value.
  static uint32_t slots_with(const FlowBucket& bucket, uint16_t value) noexcept;
  Room room(uint32_t hash) const noexcept;
  Room choose(const FlowHash& hash) const noexcept;
  // Of what lies in its first bucket they count nothing.
  bool count_away(const FlowHash& hash, EntryIndex index) noexcept;
  void uncount_away(const FlowHash& hash, EntryIndex index) noexcept;

  template <typename HasKey>
  EntryIndex find_in(uint32_t bucket, uint16_t tag, HasKey&& has_key) const noexcept {
    const FlowBucket& b = probe_.buckets[bucket];
    for (uint32_t hits = slots_with(b, tag); hits != 0; hits &= hits - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(hits));
      const EntryIndex index = index_of(bucket, slot);
      if (b.tags[slot].load(std::memory_order_acquire) == tag && has_key(index))
        return index;  // (B)
    }
    return dstgc::kNoEntry;
  }
  EntryIndex index_of(uint32_t bucket, unsigned slot) const noexcept {
    return EntryIndex{probe_.first + bucket * FlowBucket::kSlots + slot};
  }
  uint32_t bucket_of(EntryIndex index) const noexcept {
    return (to_u32(index) - probe_.first) / FlowBucket::kSlots;
  }
  std::atomic<uint16_t>& tag(EntryIndex index) const noexcept {
    return buckets()[bucket_of(index)].tags[(to_u32(index) - probe_.first) % FlowBucket::kSlots];
  }
  FlowBucket* buckets() const noexcept { return static_cast<FlowBucket*>(memory_.data()); }

  dstgc::Memory memory_;
  uint32_t entries_;
  FlowProbe probe_;
  FindKernel kernel_;
};

}  // namespace dstfwd
