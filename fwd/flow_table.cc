// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_table.h"

#include <rte_cpuflags.h>

#include <algorithm>

#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

bool has(rte_cpu_flag_t flag) noexcept {
  return rte_cpu_get_flag_enabled(flag) > 0;
}

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

// Of a full table (1.6 slots an entry), 5 % lie in second buckets and 1 entry in 10000 finds no
// room; were the first bucket always taken while it has room: 2.4 % and 22 in 10000; from 6 used
// slots on: 9 % and 1 in 700000 (simulated, 2 M entries).
constexpr unsigned kPrefersFirst = 7;

struct Room {
  std::atomic<uint64_t>* slot = nullptr;  // a free one
  unsigned used = 0;
};
Room room(FlowBucket& bucket) noexcept {
  Room found;
  for (auto& slot : bucket.slots) {
    if ((slot.load(std::memory_order_relaxed) & ~kSlotMark) != 0) {
      ++found.used;
    } else if (found.slot == nullptr) {
      found.slot = &slot;
    }
  }
  return found;
}

}  // namespace

FlowTable::FlowTable(dstgc::Memory memory, uint64_t bucket_count, FindKernel kernel) noexcept
    : memory_(std::move(memory)),
      probe_{static_cast<const FlowBucket*>(memory_.data()), bucket_count, 0, 0},
      kernel_(kernel) {}

uint64_t FlowTable::buckets_for(uint64_t entries) noexcept {
  constexpr uint64_t kSlots = FlowBucket::kSlots;
  const uint64_t slots = entries + entries / 10 * 6 + 8;
  return std::max<uint64_t>((slots + kSlots - 1) / kSlots, 2);
}

Result<FlowTable> FlowTable::create(uint64_t bucket_count, int numa_node, TableKernel kernel) {
  if (bucket_count == 0 || bucket_count > uint64_t{1} << 32U) {
    return Error{"flow table: " + std::to_string(bucket_count) + " buckets, must be 1 to 2^32"};
  }
  // Fresh pages are zero, which is an empty slot.
  Result<dstgc::Memory> memory = dstgc::Memory::map(bucket_count * sizeof(FlowBucket), numa_node);
  if (!memory) return Error{"flow table: " + memory.error().message};
  return FlowTable(std::move(*memory), bucket_count, kernel_of(kernel));
}

bool FlowTable::supported(TableKernel kernel) noexcept {
  switch (kernel) {
    case TableKernel::kAvx512:
      return has(RTE_CPUFLAG_AVX512F) && has(RTE_CPUFLAG_AVX512BW);
    case TableKernel::kAvx2:
      return has(RTE_CPUFLAG_AVX2);
    case TableKernel::kSse42:
      return has(RTE_CPUFLAG_SSE4_2);
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

auto FlowTable::free_place(const FlowHash& hash) noexcept -> Place {
  const Room first = room(bucket(hash.primary));
  if (first.used < kPrefersFirst) return {first.slot, false};
  const Room second = room(bucket(hash.secondary));
  return second.used < first.used ? Place{second.slot, true} : Place{first.slot, false};
}

void FlowTable::mark(FlowBucket& first) noexcept {
  for (auto& slot : first.slots) {
    if ((slot.load(std::memory_order_relaxed) & kSlotMark) == 0 &&
        (slot.fetch_or(kSlotMark, std::memory_order_relaxed) & kSlotMark) == 0)
      return;
  }
}

void FlowTable::unmark(FlowBucket& first) noexcept {
  if (std::ranges::all_of(first.slots, [](const auto& slot) {
        return (slot.load(std::memory_order_relaxed) & kSlotMark) != 0;
      }))
    return;
  for (auto& slot : first.slots) {
    if ((slot.load(std::memory_order_relaxed) & kSlotMark) != 0 &&
        (slot.fetch_and(~kSlotMark, std::memory_order_relaxed) & kSlotMark) != 0)
      return;
  }
}

bool FlowTable::unlink(const FlowHash& hash, EntryIndex index) noexcept {
  const uint64_t own = flow_slot(hash.tag, index);
  FlowBucket& first = bucket(hash.primary);
  for (FlowBucket* b : {&first, &bucket(hash.secondary)}) {
    for (auto& slot : b->slots) {
      uint64_t seen = slot.load(std::memory_order_acquire);  // (B)
      // By invariant 2 no other slot has it: whoever finds it changed, but for its mark, lost to
      // another unlink().
      while ((seen & ~kSlotMark) == own) {
        if (!slot.compare_exchange_weak(seen, seen & kSlotMark, std::memory_order_acq_rel,
                                        std::memory_order_relaxed))
          continue;
        if (b != &first) unmark(first);
        return true;
      }
    }
  }
  return false;
}

uint64_t FlowTable::count_with(uint64_t bits) const noexcept {
  uint64_t count = 0;
  for (const FlowBucket& bucket : std::span(probe_.buckets, probe_.bucket_count))
    count += static_cast<uint64_t>(std::ranges::count_if(bucket.slots, [bits](const auto& slot) {
      return (slot.load(std::memory_order_relaxed) & bits) != 0;
    }));
  return count;
}

}  // namespace dstfwd
