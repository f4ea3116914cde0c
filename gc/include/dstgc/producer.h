// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   What one thread needs to make entries and to hand dead ones over: stocks of free indices, an
//   SP/SC rte_ring to the collector (its intake), and a list for what the full ring did not take
//   (the spill: linked through one word an entry, so it never overflows and never waits).
// Invariants
//   1. An entry is retired once, by whoever unlinked it, after no new reader can find it.
//   2. Nothing retired is lost: it is in the ring, on the spill list, or with the collector.
//   3. An entry is on a spill list once: its count's word says so (a second retire is counted).
// Threads
//   All calls but the counters: the producer's own thread. Counters: any thread.
// Ordering
//   The ring's own: enqueue (release) pairs with the collector's dequeue (acquire).
// Cost
//   retire: the ring's enqueue alone; allocate: a pop from an array. See docs/benchmarks.md.
#pragma once

#include <rte_ring.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dstgc/grace_period.h"
#include "dstgc/index_pool.h"
#include "dstgc/ref_table.h"
#include "dstgc/types.h"

namespace dstgc {

class LegacyList;

class alignas(2 * kCacheLine) Producer {
 public:
  struct Setup {
    uint32_t reader;  // its name in the grace period
    GracePeriod* grace;
    std::vector<IndexPool>* pools;
    RefTable refs;
    uint32_t* links;  // one word an entry: the spill list
    uint32_t stock_entries;
    LegacyList* legacy;  // legacy mode: takes what is retired
  };

  // intake_entries: a power of two.
  static Result<std::unique_ptr<Producer>> create(const Setup& setup, uint32_t intake_entries,
                                                  int numa_node);

  // A free index; kNoEntry when the pool has none.
  EntryIndex allocate(PoolId pool) noexcept;
  // An entry that its owner has placed (Hooks::vacate): lives from now on, without references.
  // Precondition: the index is the pool's and free, and no other thread takes it.
  void adopt(PoolId pool, EntryIndex index) noexcept;
  // Fetches what adopt() will write.
  void prefetch(EntryIndex index) const noexcept {
    __builtin_prefetch(setup_.refs.words() + to_u32(index), 1);
  }
  // How many others allocate() gives before the one whose lines are worth fetching now: more than a
  // fetch takes, when they are made one after the other.
  static constexpr uint32_t kAhead = 3;
  // What allocate() will give after `n` others; kNoEntry when the stock at hand has fewer. For the
  // owner's prefetches: a free entry's lines are with the collector that freed it, or nowhere near.
  EntryIndex upcoming(PoolId pool, uint32_t n) const noexcept {
    const Stock& stock = stocks_[static_cast<size_t>(pool)];
    return n < stock.count ? stock.free[stock.count - 1 - n] : kNoEntry;
  }
  // Takes back what allocate gave and was never published.
  void give_back(PoolId pool, EntryIndex index) noexcept;
  // Hands over entries that no new reader can find. Never waits, never fails.
  void retire(EntryIndex index) noexcept { retire(std::span(&index, 1)); }
  void retire(std::span<const EntryIndex> entries) noexcept;
  // The thread keeps nothing that it read: once a burst. Offline: only the spill is tried again.
  void quiescent() noexcept {
    if (online_) setup_.grace->quiescent(setup_.reader);
    if (spill_head_ != kEnd) [[unlikely]]
      flush_spill();
  }
  void online() noexcept;
  void offline() noexcept;
  // Returns the stocks' free indices to the pools: when the thread stops.
  void return_stocks() noexcept;

  // Its name in the grace period, which no other thread's producer has.
  uint32_t reader() const noexcept { return setup_.reader; }
  const Memory& intake_memory() const noexcept { return intake_; }
  uint64_t created() const noexcept { return created_.load(std::memory_order_relaxed); }
  uint64_t created(PoolId pool) const noexcept;
  uint64_t retired() const noexcept { return retired_.load(std::memory_order_relaxed); }
  uint64_t spilled() const noexcept { return spilled_.load(std::memory_order_relaxed); }
  uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  uint64_t double_retired() const noexcept {
    return double_retired_.load(std::memory_order_relaxed);
  }

 private:
  friend class Collector;
  static constexpr uint32_t kEnd = 0xffffffffU;
  // Neighbours in memory may be another thread's.
  struct alignas(2 * kCacheLine) Stock {
    std::vector<EntryIndex> free;
    uint32_t count = 0;
    std::atomic<uint64_t> created{0};
  };

  Producer(const Setup& setup, Memory intake) noexcept;
  rte_ring* intake() const noexcept { return static_cast<rte_ring*>(intake_.data()); }
  unsigned enqueue(std::span<const EntryIndex> entries) noexcept;
  void spill(std::span<const EntryIndex> entries) noexcept;
  void flush_spill() noexcept;
  // Single writer: a load and a store, no locked instruction.
  static void add(std::atomic<uint64_t>& counter, uint64_t n) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  Setup setup_;
  Memory intake_;
  std::vector<Stock> stocks_;
  bool online_ = false;
  uint32_t spill_head_ = kEnd;
  uint32_t spill_tail_ = kEnd;
  std::atomic<uint64_t> created_{0};
  std::atomic<uint64_t> retired_{0};
  std::atomic<uint64_t> spilled_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> double_retired_{0};
};

}  // namespace dstgc
