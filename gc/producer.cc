// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/producer.h"

#include <rte_ring_elem.h>

#include "dstgc/legacy_list.h"
#include "dstgc/ring_count.h"

namespace dstgc {

static_assert(sizeof(EntryIndex) == sizeof(uint32_t), "rings and stocks hold bare indices");

Result<std::unique_ptr<Producer>> Producer::create(const Setup& setup, uint32_t intake_entries,
                                                   int numa_node) {
  Result<Memory> memory = Memory::map(
      static_cast<size_t>(rte_ring_get_memsize_elem(sizeof(uint32_t), intake_entries)), numa_node);
  if (!memory) return memory.error();
  std::unique_ptr<Producer> producer(new Producer(setup, std::move(*memory)));
  if (rte_ring_init(producer->intake(), "dstgc_intake", intake_entries,
                    RING_F_SP_ENQ | RING_F_SC_DEQ) != 0)
    return Error{"intake: " + std::to_string(intake_entries) + " entries are no power of two"};
  return producer;
}

Producer::Producer(const Setup& setup, Memory intake) noexcept
    : setup_(setup), intake_(std::move(intake)), stocks_(setup.pools->size()) {
  for (Stock& stock : stocks_) stock.free.resize(setup.stock_entries);
}

EntryIndex Producer::allocate(PoolId pool) noexcept {
  const auto at = static_cast<size_t>(pool);
  Stock& stock = stocks_[at];
  if (stock.count == 0) {
    stock.count = (*setup_.pools)[at].take(stock.free);
    if (stock.count == 0) {
      add(refused_, 1);
      return kNoEntry;
    }
  }
  const EntryIndex index = stock.free[--stock.count];
  // Its count's line is the collector's last: that of one to come is fetched meanwhile.
  const EntryIndex ahead = upcoming(pool, kAhead);
  if (ahead != kNoEntry) prefetch(ahead);
  adopt(pool, index);
  return index;
}

void Producer::adopt(PoolId pool, EntryIndex index) noexcept {
  add(created_, 1);
  add(stocks_[static_cast<size_t>(pool)].created, 1);
  setup_.refs.open(index);
}

void Producer::give_back(PoolId pool, EntryIndex index) noexcept {
  const auto at = static_cast<size_t>(pool);
  Stock& stock = stocks_[at];
  setup_.refs.close(index);
  add(created_, ~uint64_t{0});
  add(stock.created, ~uint64_t{0});
  if (stock.count < stock.free.size()) {
    stock.free[stock.count++] = index;
  } else {
    (*setup_.pools)[at].put(std::span(&index, 1));
  }
}

unsigned Producer::enqueue(std::span<const EntryIndex> entries) noexcept {
  return rte_ring_sp_enqueue_burst_elem(intake(), entries.data(), sizeof(uint32_t),
                                        static_cast<unsigned>(entries.size()), nullptr);
}

void Producer::retire(std::span<const EntryIndex> entries) noexcept {
  add(retired_, entries.size());
  if (setup_.legacy != nullptr) [[unlikely]] {
    add(double_retired_, setup_.legacy->add(entries));
    return;
  }
  if (spill_head_ != kEnd) [[unlikely]]
    flush_spill();
  const unsigned taken = spill_head_ == kEnd ? enqueue(entries) : 0;
  if (taken < entries.size()) [[unlikely]]
    spill(entries.subspan(taken));
}

void Producer::spill(std::span<const EntryIndex> entries) noexcept {
  for (EntryIndex entry : entries) {
    if (!setup_.refs.mark_spilled(entry)) {
      add(double_retired_, 1);
      continue;
    }
    const uint32_t index = to_u32(entry);
    setup_.links[index] = kEnd;
    (spill_head_ == kEnd ? spill_head_ : setup_.links[spill_tail_]) = index;
    spill_tail_ = index;
    add(spilled_, 1);
  }
}

// At most a burst, so that no call grows with the list.
void Producer::flush_spill() noexcept {
  for (unsigned n = 0; n < 32 && spill_head_ != kEnd; ++n) {
    const EntryIndex entry{spill_head_};
    if (ring_count(intake()) == intake()->capacity) return;
    const uint32_t next = setup_.links[spill_head_];  // read while the entry is still ours
    setup_.refs.clear_spilled(entry);
    enqueue(std::span(&entry, 1));  // the room can only grow: it is the one producer
    spill_head_ = next;
  }
}

void Producer::online() noexcept {
  if (!online_) setup_.grace->online(setup_.reader);
  online_ = true;
}

void Producer::offline() noexcept {
  if (online_) setup_.grace->offline(setup_.reader);
  online_ = false;
}

void Producer::return_stocks() noexcept {
  for (size_t at = 0; at < stocks_.size(); ++at) {
    Stock& stock = stocks_[at];
    if (stock.count != 0) (*setup_.pools)[at].put({stock.free.data(), stock.count});
    stock.count = 0;
  }
}

uint64_t Producer::created(PoolId pool) const noexcept {
  return stocks_[static_cast<size_t>(pool)].created.load(std::memory_order_relaxed);
}

}  // namespace dstgc
