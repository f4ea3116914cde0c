// SPDX-License-Identifier: BSD-3-Clause
// The burst lookup of the flow table, for several instruction sets: each kernel has a source file
// compiled for its set (fwd/meson.build), and is called only after the CPU was asked for it.
// find_with() is a template over a type of that file alone, so that no code for one set can be
// linked in another's place.
#pragma once

#include <rte_prefetch.h>

#include "fwd/flow_table.h"

namespace dstfwd {

void find_scalar(const FlowProbe&, const FlowHash*, unsigned n, EntryIndex* found) noexcept;
void find_sse42(const FlowProbe&, const FlowHash*, unsigned n, EntryIndex* found) noexcept;
void find_avx2(const FlowProbe&, const FlowHash*, unsigned n, EntryIndex* found) noexcept;
void find_avx512(const FlowProbe&, const FlowHash*, unsigned n, EntryIndex* found) noexcept;

// Isa::tags(bucket, tag): a bit a 32-bit half slot; the odd ones say which slots have the tag.
template <typename Isa>
[[gnu::always_inline]] inline EntryIndex match_bucket(const FlowBucket& bucket,
                                                      uint32_t tag) noexcept {
  const uint32_t hits = Isa::tags(bucket, tag) & 0xaaaaU;
  if (hits == 0) return dstgc::kNoEntry;
  const auto& slot = bucket.slots[static_cast<unsigned>(__builtin_ctz(hits)) / 2];
  const uint64_t value = slot.load(std::memory_order_acquire);  // (B) of flow_table.h
  // Unlinked, or even used anew, since the vector was read.
  return slot_tag(value) == tag ? slot_index(value) : dstgc::kNoEntry;
}

template <typename Isa>
[[gnu::always_inline]] inline void find_with(const FlowProbe& probe, const FlowHash* hashes,
                                             unsigned n, EntryIndex* found) noexcept {
  const FlowBucket* buckets[kMaxBurst];
  for (unsigned i = 0; i < n; ++i) {
    buckets[i] = &probe.bucket(hashes[i].primary);
    rte_prefetch0(buckets[i]);
  }
  uint8_t rest[kMaxBurst];
  unsigned rest_count = 0;
  for (unsigned i = 0; i < n; ++i) {
    const EntryIndex index = match_bucket<Isa>(*buckets[i], hashes[i].tag);
    found[i] = index;
    if (index != dstgc::kNoEntry) [[likely]] {
      rte_prefetch0(
          reinterpret_cast<void*>(probe.entries + (uintptr_t{to_u32(index)} << probe.entry_shift)));
    } else {
      buckets[rest_count] = &probe.bucket(hashes[i].secondary);
      rte_prefetch0(buckets[rest_count]);
      rest[rest_count++] = static_cast<uint8_t>(i);
    }
  }
  for (unsigned r = 0; r < rest_count; ++r) {
    const EntryIndex index = match_bucket<Isa>(*buckets[r], hashes[rest[r]].tag);
    found[rest[r]] = index;
    if (index == dstgc::kNoEntry) continue;
    rte_prefetch0(
        reinterpret_cast<void*>(probe.entries + (uintptr_t{to_u32(index)} << probe.entry_shift)));
  }
}

}  // namespace dstfwd
