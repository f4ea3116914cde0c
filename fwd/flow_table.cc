// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_table.h"

#include <algorithm>

#include "fwd/cpu_flags.h"
#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

FindKernel kernel_of(TableKernel kernel) noexcept {
  switch (kernel) {
    case TableKernel::kAvx512:
      return find_avx512;
    case TableKernel::kAvx2:
      return find_avx2;
    case TableKernel::kSse42:
      return find_sse42;
    case TableKernel::kScalar:
      break;
  }
  return find_scalar;
}

// Of a full table (8 slots for 7 flows), 6 % lie in second buckets and 16 entries in a million find
// no room, of one that is 70 % full 1 % and none; from 28 used slots on: 5 % and 211 in a million;
// from 25: 8 % and none in 5 million, and 2.4 % at 70 % (simulated, 200000 buckets).
constexpr unsigned kPrefersFirst = 27;

}  // namespace

bool FlowBucket::count_away(const FlowHash& hash) noexcept {
  uint32_t seen = away.load(std::memory_order_relaxed);
  do {
    if ((seen >> kAwayBits * hash.group() & kAwayMax) == kAwayMax) return false;
  } while (!away.compare_exchange_weak(seen, seen + one_away(hash), std::memory_order_relaxed,
                                       std::memory_order_relaxed));
  return true;
}

void FlowBucket::uncount_away(const FlowHash& hash) noexcept {
  away.fetch_sub(one_away(hash), std::memory_order_relaxed);
}

FlowTable::FlowTable(dstgc::Memory memory, uint32_t entries, uint32_t first,
                     FindKernel kernel) noexcept
    : memory_(std::move(memory)), entries_(entries), probe_{}, kernel_(kernel) {
  constexpr uint32_t kSlots = FlowBucket::kSlots;
  probe_.buckets = buckets();
  probe_.bucket_count = entries / kSlots + (entries % kSlots != 0 ? 1 : 0);
  probe_.first = first;
  // Fresh pages are zero, which is free. What is beyond the last entry is never free.
  for (uint32_t i = entries; i < probe_.bucket_count * uint64_t{kSlots}; ++i)
    buckets()[i / kSlots].tags[i % kSlots].store(FlowBucket::kTaken, std::memory_order_relaxed);
}

uint64_t FlowTable::entries_for(uint64_t flows) noexcept {
  constexpr uint64_t kSlots = FlowBucket::kSlots;
  if (flows == 0) return 0;
  const uint64_t buckets = (flows + flows / 7 + 1 + kSlots - 1) / kSlots;
  return std::max<uint64_t>(buckets, 2) * kSlots;
}

Result<FlowTable> FlowTable::create(uint64_t entries, uint32_t first, int numa_node,
                                    TableKernel kernel) {
  if (entries == 0 || entries > kMaxEntries) {
    return Error{"flow table: " + std::to_string(entries) + " entries, must be 1 to 2^31"};
  }
  const uint64_t buckets = (entries + FlowBucket::kSlots - 1) / FlowBucket::kSlots;
  Result<dstgc::Memory> memory = dstgc::Memory::map(buckets * sizeof(FlowBucket), numa_node);
  if (!memory) return Error{"flow table: " + memory.error().message};
  return FlowTable(std::move(*memory), static_cast<uint32_t>(entries), first, kernel_of(kernel));
}

bool FlowTable::supported(TableKernel kernel) noexcept {
  switch (kernel) {
    case TableKernel::kAvx512:
      return cpu_has(RTE_CPUFLAG_AVX512F) && cpu_has(RTE_CPUFLAG_AVX512BW);
    case TableKernel::kAvx2:
      return cpu_has(RTE_CPUFLAG_AVX2);
    case TableKernel::kSse42:
      return cpu_has(RTE_CPUFLAG_SSE4_2);
    case TableKernel::kScalar:
      break;
  }
  return true;
}

TableKernel FlowTable::best() noexcept {
#if defined(__SANITIZE_THREAD__)
  return TableKernel::kScalar;  // the others read slots by vectors, which TSan takes for races
#else
  for (TableKernel kernel : {TableKernel::kAvx512, TableKernel::kAvx2, TableKernel::kSse42}) {
    if (supported(kernel)) return kernel;
  }
  return TableKernel::kScalar;
#endif
}

uint32_t FlowTable::slots_with(const FlowBucket& bucket, uint16_t value) noexcept {
#if defined(__SANITIZE_THREAD__)
  return slots_one_by_one(bucket, value);
#else
  return slots_by_sse2(bucket, value) & FlowBucket::kAllSlots;
#endif
}

auto FlowTable::room(uint32_t hash) const noexcept -> Room {
  const uint32_t bucket = probe_.at(hash);
  return {bucket, slots_with(probe_.buckets[bucket], FlowBucket::kFree)};
}

auto FlowTable::choose(const FlowHash& hash) const noexcept -> Room {
  const Room first = room(hash.primary);
  if (first.used() < kPrefersFirst) return first;
  if (probe_.buckets[first.bucket].away_of(hash) == FlowBucket::kAwayMax) return first;
  const Room second = room(hash.secondary);
  return second.used() < first.used() ? second : first;
}

EntryIndex FlowTable::free_entry(const FlowHash& hash) const noexcept {
  const Room room = choose(hash);
  if (room.free == 0) return dstgc::kNoEntry;
  return index_of(room.bucket, static_cast<unsigned>(std::countr_zero(room.free)));
}

EntryIndex FlowTable::claim(const FlowHash& hash) noexcept {
  // Each failure means that another thread has just taken that slot: after some, give way to it.
  constexpr unsigned kAttempts = 8;
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    const EntryIndex index = free_entry(hash);
    if (index == dstgc::kNoEntry || !count_away(hash, index)) break;
    uint16_t free = FlowBucket::kFree;
    if (tag(index).compare_exchange_strong(free, FlowBucket::kTaken, std::memory_order_acquire,
                                           std::memory_order_relaxed))  // (D)
      return index;
    uncount_away(hash, index);
  }
  return dstgc::kNoEntry;
}

bool FlowTable::count_away(const FlowHash& hash, EntryIndex index) noexcept {
  const uint32_t first = probe_.at(hash.primary);
  return bucket_of(index) == first || buckets()[first].count_away(hash);
}

void FlowTable::uncount_away(const FlowHash& hash, EntryIndex index) noexcept {
  const uint32_t first = probe_.at(hash.primary);
  if (bucket_of(index) != first) buckets()[first].uncount_away(hash);
}

bool FlowTable::unlink(const FlowHash& hash, EntryIndex index) noexcept {
  uint16_t own = hash.slot_tag();
  if (!tag(index).compare_exchange_strong(own, FlowBucket::kTaken, std::memory_order_acq_rel,
                                          std::memory_order_relaxed))  // (B)
    return false;
  uncount_away(hash, index);
  return true;
}

uint64_t FlowTable::count() const noexcept {
  uint64_t count = 0;
  for (const FlowBucket& bucket : std::span(probe_.buckets, probe_.bucket_count))
    count += static_cast<uint64_t>(std::ranges::count_if(bucket.tags, [](const auto& tag) {
      return tag.load(std::memory_order_relaxed) > FlowBucket::kTaken;
    }));
  return count;
}

uint64_t FlowTable::away() const noexcept {
  uint64_t away = 0;
  for (const FlowBucket& bucket : std::span(probe_.buckets, probe_.bucket_count))
    for (uint32_t counts = bucket.away.load(std::memory_order_relaxed); counts != 0;
         counts >>= FlowBucket::kAwayBits)
      away += counts & FlowBucket::kAwayMax;
  return away;
}

}  // namespace dstfwd
