// SPDX-License-Identifier: BSD-3-Clause
// The cached destinations of one family: the entries in their arena, the flow table that names
// them, and their way in and out.
//
// Invariants
//   1. A published entry's live mark is set before it is published, and cleared by whoever unlinked
//      it, before it is retired. Between, only the sweep changes it, and never from or to dead.
//   2. An entry's index is its slot's in the flow table. The slot is free again only by way of
//      retire(), the collector and vacate(): even one that was never published waits for a grace
//      period, since the sweep may be reading its entry.
// Threads
//   lookup, insert, kill: forwarding lcores, each with its own Producer. kill also: the sweep, with
//   the collector thread's Producer. defer: the sweep. destroy, vacate, cut_port: the collector's
//   thread.
// Ordering
//   (A) the live mark's release store in insert() publishes the entry's contents to
//   (B) the acquire load in live_mark(), which the sweep makes (or of what defer() made of it: a
//       read-modify-write goes on with the release sequence).
//   The flow table orders the same for lookups.
#pragma once

#include <memory>

#include "dstgc/collector.h"
#include "fwd/dst_entry.h"
#include "fwd/flow_table.h"
#include "fwd/next_hop.h"
#include "fwd/reuse_meter.h"

namespace dstfwd {

struct DstCacheConfig {
  uint32_t entries = 0;  // at least 1; for that many flows: FlowTable::entries_for
  uint32_t first = 0;    // the arena's index of the first entry
  int numa_node = -1;    // -1: any
  TableKernel kernel = FlowTable::best();
};

// Of the live marks: of an entry that is none, and of one that the sweep has not looked at. What
// others mean is the sweep's affair (aging.h).
inline constexpr uint8_t kDeadMark = 0;
inline constexpr uint8_t kFreshMark = 1;

// What a miss would like to have remembered.
struct Destination {
  NextHopIndex hop;
  dstgc::PortIndex port;        // that the next hop names
  uint64_t version;             // of the router's state when it was asked
  EntryIndex child = kNoEntry;  // with a counted reference, which insert() takes over
};

template <typename Family>
class alignas(2 * dstgc::kCacheLine) DstCache {
 public:
  using Key = typename Family::Key;
  using Entry = typename Family::Entry;

  static Result<std::unique_ptr<DstCache>> create(const DstCacheConfig& config,
                                                  const KeyedHash& hash, NextHopTable& next_hops);
  // The collector's hooks need the cache, and the cache the collector: before any other call, by
  // the control thread. Throws std::bad_alloc only.
  void attach(dstgc::Collector& collector);

  // Hashes the keys, and, unless entries are near, prefetches what find_burst() reads first.
  void hash(std::span<const Key> keys, FlowHash* hashes) const noexcept;
  // Finds entries that have the tags: see FlowTable::find_burst. Of a found entry, all lines are
  // being prefetched; the caller compares keys. At most kMaxBurst.
  uint64_t find_burst(std::span<const FlowHash> hashes, EntryIndex* found) const noexcept;

  // Of a flow whose place in the table has changed: its entry at the old one, or kNoEntry.
  EntryIndex find_left(const FlowHash& hash, const Key& key) const noexcept {
    return table_.find_left(hash, [&](EntryIndex index) { return entry(index).key == key; });
  }
  // The entry that has the key, should another have its tag.
  EntryIndex find(const FlowHash& hash, const Key& key) const noexcept {
    return table_.find(hash, [&](EntryIndex index) { return entry(index).key == key; });
  }

  // Entries by index, for loops over many.
  class Entries {
   public:
    Entry& operator[](EntryIndex index) const noexcept {
      return *reinterpret_cast<Entry*>(biased_ + uintptr_t{to_u32(index)} * sizeof(Entry));
    }

   private:
    friend class DstCache;
    explicit Entries(uintptr_t biased) noexcept : biased_(biased) {}
    uintptr_t biased_;  // where index 0 would be
  };
  Entries entries() const noexcept {
    return Entries(reinterpret_cast<uintptr_t>(entries_) - uintptr_t{first()} * sizeof(Entry));
  }

  struct Inserted {
    EntryIndex index;  // kNoEntry: both buckets are full
    bool is_new;       // false: someone has just inserted the flow
    bool has_moved;    // in place of an entry that was left behind; its counts go on
  };
  // Of an entry for a flow that has none, fetches the lines that insert() will write. Quick once
  // find_burst() has looked for the flow.
  void prefetch_insert(const dstgc::Producer& producer, const FlowHash& hash) const noexcept;
  Inserted insert(dstgc::Producer& producer, const Key& key, const FlowHash& hash,
                  const Destination& destination, uint32_t tick) noexcept;

  // Takes a reference on an entry met in this epoch; false: it is dead.
  bool hold(EntryIndex index) noexcept { return collector_->refs().acquire(index); }

  // True: this call unlinked the entry and retired it.
  bool kill(dstgc::Producer& producer, EntryIndex index, const FlowHash& hash) noexcept;

  // A child whose last parent is being destroyed: nothing leads to it any more, so it is unlinked
  // and retired, and follows its parent. The collector's thread. Another lcore may take a reference
  // meanwhile: then the entry stays busy for as long, and the next change of routes finds it dead.
  void kill_if_last(dstgc::Producer& producer, EntryIndex index) noexcept;

  // Hooks of the collector (dst_hooks.h), for an entry of this cache.
  dstgc::Child destroy(dstgc::Producer& producer, EntryIndex index) noexcept;
  void cut_port(dstgc::Producer& producer, EntryIndex index) noexcept;
  void prefetch_slot(EntryIndex index) const noexcept { table_.prefetch_slot(index); }
  void vacate(EntryIndex index) noexcept { table_.vacate(index); }

  Entry& entry(EntryIndex index) const noexcept { return entries_[to_u32(index) - config_.first]; }
  uint8_t live_mark(EntryIndex index) const noexcept {
    return live_[to_u32(index) - config_.first].load(std::memory_order_acquire);  // (B)
  }
  bool is_live(EntryIndex index) const noexcept { return live_mark(index) != kDeadMark; }
  // Another mark for an entry, unless it is dead by now. Precondition: not kDeadMark.
  void defer(EntryIndex index, uint8_t mark) noexcept {
    std::atomic<uint8_t>& live = live_[to_u32(index) - config_.first];
    uint8_t seen = live.load(std::memory_order_relaxed);
    // Relaxed: (A)'s release sequence goes on.
    if (seen != kDeadMark)
      live.compare_exchange_strong(seen, mark, std::memory_order_relaxed,
                                   std::memory_order_relaxed);
  }
  const KeyedHash& hash() const noexcept { return hash_; }
  FlowHash hash_of(const Key& key) const noexcept { return hash_(key); }
  dstgc::Pressure pressure() const noexcept { return collector_->pressure(Family::kPool); }
  // For the sweep, which fits the table to what lives. An entry is placed where it is looked for.
  FlowTable& table() noexcept { return table_; }
  const FlowTable& table() const noexcept { return table_; }
  bool is_placed(EntryIndex index, const FlowHash& hash) const noexcept {
    return table_.is_placed(hash, index);
  }
  // Few of the entries that ended were used again.
  bool reuse_is_low() const noexcept { return reuse_.is_low(); }
  // Live entries are so few that the L2 cache of a CPU has them; at first there are none. A hint
  // for how to prefetch, relaxed.
  bool is_near() const noexcept { return near_.load(std::memory_order_relaxed); }
  // How many the sweep has met in a round. Its thread.
  void note_live(uint32_t live) noexcept;

  uint32_t first() const noexcept { return config_.first; }
  uint32_t capacity() const noexcept { return config_.entries; }
  // That the cache needs itself: entries, flow table, live marks.
  size_t bytes() const noexcept;
  std::vector<dstgc::MemoryPlace> places() const {
    return {{"entries", &entries_memory_},
            {"live marks", &live_memory_},
            {"flow table", &table_.memory()}};
  }
  // Live entries; reads all marks. For tests and diagnosis.
  uint64_t count() const noexcept;

 private:
  DstCache(const DstCacheConfig& config, const KeyedHash& hash, NextHopTable& next_hops,
           FlowTable table, dstgc::Memory entries, dstgc::Memory live) noexcept;

  // Nothing was made that could have the child.
  Inserted refuse(EntryIndex existing, const Destination& destination) noexcept {
    if (destination.child != kNoEntry) collector_->refs().release(destination.child);
    return {existing, false, false};
  }
  void set_live(EntryIndex index, bool live) noexcept {
    live_[to_u32(index) - config_.first].store(live ? kFreshMark : kDeadMark,
                                               std::memory_order_release);  // (A)
  }

  DstCacheConfig config_;
  KeyedHash hash_;
  NextHopTable* next_hops_;
  dstgc::Collector* collector_ = nullptr;
  FlowTable table_;
  dstgc::Memory entries_memory_;
  dstgc::Memory live_memory_;
  Entry* entries_;
  std::atomic<uint8_t>* live_;
  std::atomic<bool> near_{true};  // written by the sweep, seldom
  ReuseMeter reuse_;              // written by the collector's thread
};

extern template class DstCache<Ipv4>;
extern template class DstCache<Ipv6>;

}  // namespace dstfwd
