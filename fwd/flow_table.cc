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

uint32_t buckets_of(uint64_t entries) noexcept {
  return static_cast<uint32_t>((entries + FlowBucket::kSlots - 1) / FlowBucket::kSlots);
}

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
    : memory_(std::move(memory)),
      entries_(entries),
      bucket_count_(buckets_of(entries)),
      probe_{},
      kernel_(kernel),
      region_(bucket_count_) {
  constexpr uint32_t kSlots = FlowBucket::kSlots;
  probe_.buckets = &buckets_at(0);
  probe_.block_mask = std::min(kMaxBlock, 1U << std::countr_zero(bucket_count_)) - 1;
  probe_.first = first;
  // Fresh pages are zero, which is free. What is beyond the last entry is never free.
  for (uint32_t i = entries; i < bucket_count_ * uint64_t{kSlots}; ++i)
    buckets_at(i / kSlots).tags[i % kSlots].store(FlowBucket::kTaken, std::memory_order_relaxed);
}

// In blocks as large as is no great waste: one, of a small table.
uint64_t FlowTable::entries_for(uint64_t flows) noexcept {
  constexpr uint64_t kSlots = FlowBucket::kSlots;
  constexpr uint64_t kOneBlock = 64;
  if (flows == 0) return 0;
  const uint64_t buckets = std::max<uint64_t>((flows + flows / 7 + 1 + kSlots - 1) / kSlots, 2);
  if (buckets <= kOneBlock) return std::bit_ceil(buckets) * kSlots;
  const uint64_t block = std::clamp<uint64_t>(std::bit_floor(buckets) / 4, kOneBlock, kMaxBlock);
  return (buckets + block - 1) / block * block * kSlots;
}

Result<FlowTable> FlowTable::create(uint64_t entries, uint32_t first, int numa_node,
                                    TableKernel kernel) {
  if (entries == 0 || entries > kMaxEntries) {
    return Error{"flow table: " + std::to_string(entries) + " entries, must be 1 to 2^31"};
  }
  Result<dstgc::Memory> memory =
      dstgc::Memory::map(size_t{buckets_of(entries)} * sizeof(FlowBucket), numa_node);
  if (!memory) return Error{"flow table: " + memory.error().message};
  return FlowTable(std::move(*memory), static_cast<uint32_t>(entries), first, kernel_of(kernel));
}

bool FlowTable::supported(TableKernel kernel) noexcept {
  switch (kernel) {
    case TableKernel::kAvx512:
      return cpu_has(RTE_CPUFLAG_AVX512F) && cpu_has(RTE_CPUFLAG_AVX512BW) &&
             cpu_has(RTE_CPUFLAG_BMI1);
    case TableKernel::kAvx2:
      return cpu_has(RTE_CPUFLAG_AVX2) && cpu_has(RTE_CPUFLAG_BMI1);
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

void FlowTable::prefetch(const FlowHash* hashes, size_t n) const noexcept {
  const FlowProbe local = probe();
  if (local.region.is_moving()) [[unlikely]] {
    for (size_t i = 0; i < n; ++i) rte_prefetch0(&local.buckets[local.region.at(hashes[i])]);
    return;
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i)
    rte_prefetch0(&local.buckets[TableRegion::Now::among(local.region.buckets, hashes[i])]);
}

bool FlowTable::is_placed(const FlowHash& hash, EntryIndex index) const noexcept {
  const uint32_t first = region_.now().at(hash);
  const bool is_away = tag(index).load(std::memory_order_relaxed) == hash.away_tag();
  return bucket_of(index) == (is_away ? probe_.other(first, hash) : first);
}

// Inlined, as is choose(): a Room that is returned goes by way of memory, and waits there.
[[gnu::always_inline]] inline auto FlowTable::room(uint32_t bucket, bool is_away) const noexcept
    -> Room {
  return {bucket, slots_with(probe_.buckets[bucket], FlowBucket::kFree), is_away};
}

[[gnu::always_inline]] inline auto FlowTable::choose(const FlowHash& hash) const noexcept -> Room {
  const Room first = room(region_.now().at(hash), false);
  if (first.used() < kPrefersFirst || probe_.block_mask == 0) return first;
  if (probe_.buckets[first.bucket].away_of(hash) == FlowBucket::kAwayMax) return first;
  const Room second = room(probe_.other(first.bucket, hash), true);
  return second.used() < first.used() ? second : first;
}

EntryIndex FlowTable::free_entry(const FlowHash& hash) const noexcept {
  const Room room = choose(hash);
  return room.free != 0 ? index_of(room.bucket, room.slot()) : dstgc::kNoEntry;
}

EntryIndex FlowTable::claim(const FlowHash& hash) noexcept {
  // Each failure means that another thread has just taken that slot: after some, give way to it.
  constexpr unsigned kAttempts = 8;
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    const Room room = choose(hash);
    if (room.used() >= kPrefersFirst && region_.now().next != bucket_count_) region_.note_crowded();
    if (room.free == 0) break;
    const EntryIndex index = index_of(room.bucket, room.slot());
    if (room.is_away && !buckets_at(probe_.other(room.bucket, hash)).count_away(hash)) break;
    uint16_t free = FlowBucket::kFree;
    const uint16_t taken = room.is_away ? FlowBucket::kTakenAway : FlowBucket::kTaken;
    if (tag(index).compare_exchange_strong(free, taken, std::memory_order_acquire,
                                           std::memory_order_relaxed))  // (D)
      return index;
    if (room.is_away) uncount_away(hash, index);
  }
  return dstgc::kNoEntry;
}

bool FlowTable::unlink(const FlowHash& hash, EntryIndex index) noexcept {
  uint16_t own = hash.slot_tag();
  const bool is_away = tag(index).load(std::memory_order_relaxed) == hash.away_tag();
  if (is_away) own = hash.away_tag();
  if (!tag(index).compare_exchange_strong(own, FlowBucket::kTaken, std::memory_order_acq_rel,
                                          std::memory_order_relaxed))  // (B)
    return false;
  if (is_away) uncount_away(hash, index);
  return true;
}

double FlowTable::load() const noexcept {
  constexpr uint32_t kSample = 64;
  const uint32_t buckets = region_.now().next;
  const uint32_t sample = std::min(kSample, buckets);
  uint32_t used = 0;
  for (uint32_t i = 0; i < sample; ++i) {
    const auto bucket = static_cast<uint32_t>(uint64_t{buckets} * i / sample);
    used += room(bucket, false).used();
  }
  return static_cast<double>(used) / (sample * FlowBucket::kSlots);
}

uint64_t FlowTable::count() const noexcept {
  uint64_t count = 0;
  for (const FlowBucket& bucket : std::span(probe_.buckets, bucket_count_))
    count += static_cast<uint64_t>(std::ranges::count_if(bucket.tags, [](const auto& tag) {
      return tag.load(std::memory_order_relaxed) >= FlowHash::kAwayTag;
    }));
  return count;
}

uint64_t FlowTable::away() const noexcept {
  uint64_t away = 0;
  for (const FlowBucket& bucket : std::span(probe_.buckets, bucket_count_))
    for (uint32_t counts = bucket.away.load(std::memory_order_relaxed); counts != 0;
         counts >>= FlowBucket::kAwayBits)
      away += counts & FlowBucket::kAwayMax;
  return away;
}

}  // namespace dstfwd
