// SPDX-License-Identifier: BSD-3-Clause
// The burst lookup of the flow table, for several instruction sets: each kernel has a source file
// compiled for its set (fwd/meson.build), and is called only after the CPU was asked for it.
// find_with() is a template over a type of that file alone, so that no code for one set can be
// linked in another's place.
#pragma once

#include <emmintrin.h>
#include <rte_prefetch.h>

#include "fwd/flow_table.h"

namespace dstfwd {

void find_scalar(const FlowProbe&, const FlowHash*, unsigned n, bool near,
                 EntryIndex* found) noexcept;
void find_sse42(const FlowProbe&, const FlowHash*, unsigned n, bool near,
                EntryIndex* found) noexcept;
void find_avx2(const FlowProbe&, const FlowHash*, unsigned n, bool near,
               EntryIndex* found) noexcept;
void find_avx512(const FlowProbe&, const FlowHash*, unsigned n, bool near,
                 EntryIndex* found) noexcept;

// A bit each slot that has the value, and top bits that mean nothing. Of SSE2, which all have:
// inlined, so that each file has its own. In find_sse42 and where single flows are looked for.
[[gnu::always_inline]] inline uint32_t slots_by_sse2(const FlowBucket& bucket,
                                                     uint16_t value) noexcept {
  const auto* quarter = reinterpret_cast<const __m128i*>(&bucket);
  const __m128i wanted = _mm_set1_epi16(static_cast<int16_t>(value));
  const auto equal = [&](int i) { return _mm_cmpeq_epi16(_mm_load_si128(quarter + i), wanted); };
  const int low = _mm_movemask_epi8(_mm_packs_epi16(equal(0), equal(1)));
  const int high = _mm_movemask_epi8(_mm_packs_epi16(equal(2), equal(3)));
  return static_cast<uint32_t>(low) | static_cast<uint32_t>(high) << 16U;
}
// The same, by atomic loads: an acquire, (B) of flow_table.h.
[[gnu::always_inline]] inline uint32_t slots_one_by_one(const FlowBucket& bucket,
                                                        uint16_t value) noexcept {
  uint32_t slots = 0;
  for (unsigned i = 0; i < FlowBucket::kSlots; ++i)
    slots |= (bucket.tags[i].load(std::memory_order_acquire) == value ? 1U : 0U) << i;
  return slots;
}

// Isa::tags(bucket, tag): a bit each slot that has the tag, and top bits that mean nothing; an
// acquire load, (B) of flow_table.h. Returns the slot that has it, or kSlots. It may be unlinked by
// now, but it was there in this epoch.
template <typename Isa>
[[gnu::always_inline]] inline unsigned match_bucket(const FlowBucket& bucket,
                                                    uint16_t tag) noexcept {
  const uint32_t hits = Isa::tags(bucket, tag) & FlowBucket::kAllSlots;
  if (hits == 0) [[unlikely]]
    return FlowBucket::kSlots;
  return static_cast<unsigned>(__builtin_ctz(hits));
}

// kMoving: the region changes its size.
template <typename Isa, unsigned kShift, bool kNear, bool kMoving>
[[gnu::always_inline]] inline void find_shifted(const FlowProbe& probe, const FlowHash* hashes,
                                                size_t n, EntryIndex* found) noexcept {
  const FlowProbe local = probe;
  const auto first_of = [&](const FlowHash& hash) {
    return kMoving ? local.region.at(hash) : TableRegion::Now::among(local.region.buckets, hash);
  };
  const auto take = [&](uint32_t bucket, unsigned slot) {
    const uint32_t at = bucket * FlowBucket::kSlots + slot;
    const auto* entry = reinterpret_cast<void*>(local.entries + (uintptr_t{at} << kShift));
    if constexpr (kNear) {
      rte_prefetch0(entry);
    } else {
      rte_prefetch1(entry);
    }
    return EntryIndex{local.first + at};
  };
  uint32_t seconds[kMaxBurst];
  uint8_t rest[kMaxBurst];
  size_t rest_count = 0;
#pragma GCC unroll 2
  for (size_t i = 0; i < n; ++i) {
    const uint32_t first = first_of(hashes[i]);
    const FlowBucket& bucket = local.buckets[first];
    const unsigned slot = match_bucket<Isa>(bucket, hashes[i].slot_tag());
    if (slot != FlowBucket::kSlots) [[likely]] {
      found[i] = take(first, slot);
    } else if (bucket.away_of(hashes[i]) == 0) [[likely]] {
      found[i] = dstgc::kNoEntry;
    } else {
      seconds[rest_count] = local.other(first, hashes[i]);
      rte_prefetch1(&local.buckets[seconds[rest_count]]);
      rest[rest_count++] = static_cast<uint8_t>(i);
    }
  }
  for (size_t r = 0; r < rest_count; ++r) {
    const size_t i = rest[r];
    const unsigned slot = match_bucket<Isa>(local.buckets[seconds[r]], hashes[i].away_tag());
    found[i] = slot != FlowBucket::kSlots ? take(seconds[r], slot) : dstgc::kNoEntry;
  }
}

template <typename Isa>
[[gnu::always_inline]] inline void find_with(const FlowProbe& probe, const FlowHash* hashes,
                                             unsigned n, bool near, EntryIndex* found) noexcept {
  // Entries of one line (IPv4) and of two.
  const auto with_shift = [&]<unsigned kShift>() {
    if (probe.region.is_moving()) [[unlikely]] {
      find_shifted<Isa, kShift, false, true>(probe, hashes, n, found);
    } else if (near) {
      find_shifted<Isa, kShift, true, false>(probe, hashes, n, found);
    } else {
      find_shifted<Isa, kShift, false, false>(probe, hashes, n, found);
    }
  };
  probe.entry_shift == 6 ? with_shift.template operator()<6>()
                         : with_shift.template operator()<7>();
}

}  // namespace dstfwd
