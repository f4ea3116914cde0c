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

// The slot that has the tag, or 0. Isa::tags(bucket, tag): a bit a 32-bit half slot; the odd ones
// say which slots have the tag. Isa::signs(bucket): the halves' top bits; the even ones are marks.
template <typename Isa>
[[gnu::always_inline]] inline uint64_t match_bucket(const FlowBucket& bucket,
                                                    uint32_t tag) noexcept {
  const uint32_t hits = Isa::tags(bucket, tag) & 0xaaaaU;
  if (hits == 0) [[unlikely]]
    return 0;
  const auto slot = static_cast<unsigned>(__builtin_ctz(hits)) / 2;
  const uint64_t value = bucket.slots[slot].load(std::memory_order_acquire);  // (B) of flow_table.h
  // It may have been unlinked, or even used anew, since the vector was read.
  return slot_tag(value) == tag ? value : 0;
}

template <typename Isa, unsigned kShift>
[[gnu::always_inline]] inline void find_shifted(const FlowProbe& probe, const FlowHash* hashes,
                                                size_t n, EntryIndex* found) noexcept {
  const FlowProbe local = probe;
  const auto prefetch_entry = [&](EntryIndex index) {
    rte_prefetch0(reinterpret_cast<void*>(local.entries + (uintptr_t{to_u32(index)} << kShift)));
  };
  const FlowBucket* seconds[kMaxBurst];
  uint8_t rest[kMaxBurst];
  size_t rest_count = 0;
#pragma GCC unroll 2
  for (size_t i = 0; i < n; ++i) {
    const FlowBucket& first = local.bucket(hashes[i].primary);
    const uint64_t slot = match_bucket<Isa>(first, hashes[i].tag);
    if (slot != 0) [[likely]] {
      found[i] = slot_index(slot);
      prefetch_entry(slot_index(slot));
    } else if ((Isa::signs(first) & 0x5555U) == 0) {
      found[i] = dstgc::kNoEntry;
    } else {
      seconds[rest_count] = &local.bucket(hashes[i].secondary);
      rte_prefetch0(seconds[rest_count]);
      rest[rest_count++] = static_cast<uint8_t>(i);
    }
  }
  for (size_t r = 0; r < rest_count; ++r) {
    const size_t i = rest[r];
    const uint64_t slot = match_bucket<Isa>(*seconds[r], hashes[i].tag);
    found[i] = slot != 0 ? slot_index(slot) : dstgc::kNoEntry;
    if (slot != 0) prefetch_entry(slot_index(slot));
  }
}

template <typename Isa>
[[gnu::always_inline]] inline void find_with(const FlowProbe& probe, const FlowHash* hashes,
                                             unsigned n, EntryIndex* found) noexcept {
  // Entries of one line (IPv4) and of two.
  if (probe.entry_shift == 6) {
    find_shifted<Isa, 6>(probe, hashes, n, found);
  } else {
    find_shifted<Isa, 7>(probe, hashes, n, found);
  }
}

}  // namespace dstfwd
