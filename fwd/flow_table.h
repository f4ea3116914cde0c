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
//   The first bucket is one of those in use (table_region.h); the second lies some buckets beside
//   it, in the same block, so that either leads to the other however many were in use when the
//   entry was made. A tag says in which of them it is.
//   A slot is free, taken, or has a live entry's tag. Who makes an entry takes a free slot, fills
//   the entry of that number, and publishes it by storing the tag. Unlinked, the slot stays taken:
//   the entry may still be read, or referenced. It is free again once its entry was reclaimed.
//   Lookups run over a burst: the caller prefetches first buckets as it hashes, then tags are
//   compared (SIMD) and entries prefetched; what was not found and may lie in its second bucket is
//   looked for there. What was found decides no branch before all of the burst was looked for: no
//   CPU foresees it where known and new flows mix. Prefetches of entries that may be far away end
//   in the L2 cache: a core has some 24 places for lines on their way to its L1 cache, fewer where
//   a second thread shares them, and twice as many to its L2; a burst wants 64. Those of first
//   buckets end in the L1: read from the L2 they would want such places when the entries have them
//   all. Whether the entry has the key is for the caller to compare: one lookup in a thousand meets
//   another flow's tag.
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
//   6. Who is the first of an entry in a second bucket follows from that bucket and the hash.
//
// Threads
//   find_burst, find, claim, publish, abandon, unlink: any thread that is an online reader (or the
//   collector's). vacate: the collector's. region's changes, load: the sweep's.
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
#include "fwd/table_region.h"

namespace dstfwd {

inline constexpr unsigned kMaxBurst = 64;  // packets; the most that one call takes

struct alignas(dstgc::kCacheLine) FlowBucket {
  static constexpr unsigned kSlots = 30;
  static constexpr uint32_t kAllSlots = (1U << kSlots) - 1;
  // Values of a slot that are no tag.
  static constexpr uint16_t kFree = 0;
  static constexpr uint16_t kTaken = 1;
  static constexpr uint16_t kTakenAway = 2;  // by a flow whose second bucket this is
  static constexpr unsigned kAwayBits = 2;   // a group
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
  TableRegion::Now region;
  uint32_t first;
  uint32_t block_mask;  // buckets of a block, less one; 0: there are no second buckets
  uintptr_t entries;
  unsigned entry_shift;

  // Of a flow's two buckets, the other one. Precondition: there are second buckets.
  [[gnu::always_inline]] uint32_t other(uint32_t bucket, const FlowHash& hash) const noexcept {
    const uint64_t random = hash.secondary / FlowHash::kGroups;  // less than 2^28
    return bucket ^ (1 + static_cast<uint32_t>((random * block_mask) >> 28U));
  }
};
static_assert(FlowHash::kGroups == 16);

enum class TableKernel : uint8_t { kScalar, kSse42, kAvx2, kAvx512 };
using FindKernel = uint64_t (*)(const FlowProbe&, const FlowHash*, unsigned, bool near,
                                EntryIndex*) noexcept;

class FlowTable {
 public:
  static constexpr uint32_t kMaxEntries = 1U << 31U;

  // Buckets of a block, at most: the two of a flow are anywhere in it. In blocks of 512, 21 entries
  // in a million of a full table find no room, of 256: 27, of 64: 88 (simulated).
  static constexpr uint32_t kMaxBlock = 512;

  // Of how many entries one has room for `flows` flows: 8 for 7, in whole blocks.
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

  // What find_burst() reads first.
  void prefetch(const FlowHash* hashes, size_t n) const noexcept;
  // found[i]: the first entry with the tag of hashes[i], or kNoEntry; its line is being prefetched:
  // into the L1 cache where entries are `near`, that is, in the L2 already. n <= kMaxBurst. Quick
  // only for what was prefetched some time ago, or is near. Returns a bit each that was found.
  uint64_t find_burst(const FlowHash* hashes, unsigned n, EntryIndex* found,
                      bool near = false) const noexcept {
    return kernel_(probe(), hashes, n, near, found);
  }

  // The entry with the tag for which has_key(index) is true, or kNoEntry.
  template <typename HasKey>
  EntryIndex find(const FlowHash& hash, HasKey&& has_key) const noexcept {
    return find_from(region_.now().at(hash), hash, has_key);
  }
  // The same, where the flow was before it changed its place; kNoEntry also if it has not.
  template <typename HasKey>
  EntryIndex find_left(const FlowHash& hash, HasKey&& has_key) const noexcept {
    if (!region_.is_moving()) [[likely]]
      return dstgc::kNoEntry;
    const TableRegion::Now now = region_.now();
    if (!now.has_moved(hash)) return dstgc::kNoEntry;
    return find_from(TableRegion::Now::among(now.buckets, hash), hash, has_key);
  }
  // The flow's entry is where it is looked for.
  bool is_placed(const FlowHash& hash, EntryIndex index) const noexcept;

  // The entry that claim() would take now, or kNoEntry.
  EntryIndex free_entry(const FlowHash& hash) const noexcept;
  // Takes a slot: the entry of that number is the caller's to fill, and to publish or to abandon.
  // kNoEntry: both buckets are full, or changed at each of some attempts; or the first is, and as
  // many of its flows of one group lie away as a count holds (of a million random ones, less than
  // one).
  EntryIndex claim(const FlowHash& hash) noexcept;
  // Precondition of both: claimed with this hash.
  void publish(const FlowHash& hash, EntryIndex index) noexcept {
    const bool is_away = tag(index).load(std::memory_order_relaxed) == FlowBucket::kTakenAway;
    tag(index).store(is_away ? hash.away_tag() : hash.slot_tag(),
                     std::memory_order_release);  // (A)
  }
  void abandon(const FlowHash& hash, EntryIndex index) noexcept {
    if (tag(index).load(std::memory_order_relaxed) == FlowBucket::kTakenAway)
      uncount_away(hash, index);
  }

  // True: this call took the entry out of the table, and it is the caller's to retire.
  bool unlink(const FlowHash& hash, EntryIndex index) noexcept;
  // The slot of an entry that was abandoned or unlinked, and then reclaimed, is free.
  void vacate(EntryIndex index) noexcept {
    tag(index).store(FlowBucket::kFree, std::memory_order_release);  // (C)
  }
  void prefetch_slot(EntryIndex index) const noexcept { __builtin_prefetch(&tag(index), 1); }

  // The buckets in use: sizes are multiples of block(), at most buckets().
  TableRegion& region() noexcept { return region_; }
  const TableRegion& region() const noexcept { return region_; }
  uint32_t buckets() const noexcept { return bucket_count_; }
  uint32_t block() const noexcept { return probe_.block_mask + 1; }
  // The share of the region's slots that are not free, of a sample.
  double load() const noexcept;

  const dstgc::Memory& memory() const noexcept { return memory_; }
  uint32_t entries() const noexcept { return entries_; }
  size_t bytes() const noexcept { return size_t{bucket_count_} * sizeof(FlowBucket); }
  // Published entries; reads the whole table. For tests and diagnosis.
  uint64_t count() const noexcept;
  // Entries in second buckets. The same.
  uint64_t away() const noexcept;

 private:
  FlowTable(dstgc::Memory memory, uint32_t entries, uint32_t first, FindKernel kernel) noexcept;

  struct Room {
    uint32_t bucket;
    uint32_t free;  // a bit a slot
    bool is_away;   // this is the second bucket
    unsigned used() const noexcept {
      return FlowBucket::kSlots - static_cast<unsigned>(std::popcount(free));
    }
    unsigned slot() const noexcept { return static_cast<unsigned>(std::countr_zero(free)); }
  };
  // A bit each slot that has this value.
  static uint32_t slots_with(const FlowBucket& bucket, uint16_t value) noexcept;
  Room room(uint32_t bucket, bool is_away) const noexcept;
  Room choose(const FlowHash& hash) const noexcept;
  // Of an entry in its second bucket.
  void uncount_away(const FlowHash& hash, EntryIndex index) noexcept {
    buckets_at(probe_.other(bucket_of(index), hash)).uncount_away(hash);
  }

  FlowProbe probe() const noexcept {
    FlowProbe probe = probe_;
    probe.region = region_.now();
    return probe;
  }
  template <typename HasKey>
  EntryIndex find_from(uint32_t first, const FlowHash& hash, HasKey&& has_key) const noexcept {
    const EntryIndex found = find_in(first, hash.slot_tag(), has_key);
    if (found != dstgc::kNoEntry || probe_.buckets[first].away_of(hash) == 0) return found;
    return find_in(probe_.other(first, hash), hash.away_tag(), has_key);
  }
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
    return buckets_at(bucket_of(index)).tags[(to_u32(index) - probe_.first) % FlowBucket::kSlots];
  }
  FlowBucket& buckets_at(uint32_t bucket) const noexcept {
    return static_cast<FlowBucket*>(memory_.data())[bucket];
  }

  dstgc::Memory memory_;
  uint32_t entries_;
  uint32_t bucket_count_;
  FlowProbe probe_;  // but for the region
  FindKernel kernel_;
  TableRegion region_;
};

}  // namespace dstfwd
