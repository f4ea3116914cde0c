// SPDX-License-Identifier: BSD-3-Clause
// The burst lookup of the flow table, for several instruction sets: each kernel has a source file
// compiled for its set (fwd/meson.build), and is called only after the CPU was asked for it.
// find_with() is a template over a type of that file alone, so that no code for one set can be
// linked in another's place.
#pragma once

#include <emmintrin.h>
#include <rte_prefetch.h>

#include "fwd/bits.h"
#include "fwd/flow_table.h"

namespace dstfwd {

uint64_t find_scalar(const FlowProbe&, const FlowHash*, unsigned n, bool near,
                     EntryIndex* found) noexcept;
uint64_t find_sse42(const FlowProbe&, const FlowHash*, unsigned n, bool near,
                    EntryIndex* found) noexcept;
uint64_t find_avx2(const FlowProbe&, const FlowHash*, unsigned n, bool near,
                   EntryIndex* found) noexcept;
uint64_t find_avx512(const FlowProbe&, const FlowHash*, unsigned n, bool near,
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
// acquire load, (B) of flow_table.h. A slot that has it may be unlinked by now, but it was there in
// this epoch.
//
// Of up to kMaxBurst lookups, the slots. A bit each lookup that has one.
class BurstSlots {
 public:
  static constexpr unsigned kNone = FlowBucket::kSlots;  // or more

  [[gnu::always_inline]] void set(size_t i, unsigned slot) noexcept {
    slots_[i] = static_cast<int8_t>(slot);
  }
  [[gnu::always_inline]] uint64_t found(size_t n) const noexcept {
    const __m128i none = _mm_set1_epi8(kNone);
    uint64_t bits = 0;
    for (unsigned i = 0; i < kMaxBurst; i += sizeof(__m128i)) {
      const auto* some = reinterpret_cast<const __m128i*>(&slots_[i]);
      const int less = _mm_movemask_epi8(_mm_cmplt_epi8(_mm_load_si128(some), none));
      bits |= uint64_t{static_cast<uint32_t>(less)} << i;
    }
    return bits & first_bits(n);
  }

 private:
  alignas(16) int8_t slots_[kMaxBurst];
};

// Looks for a burst. Isa::tags(bucket, tag): a bit each slot that has the tag, and top bits that
// mean nothing; an acquire load, (B) of flow_table.h. A slot that has it may be unlinked by now,
// but it was there in this epoch. kMoving: the region changes its size.
template <typename Isa, unsigned kShift, bool kNear, bool kMoving>
struct BurstFinder {
  const FlowProbe probe;
  EntryIndex* const found;

  [[gnu::always_inline]] uint32_t first_of(const FlowHash& hash) const noexcept {
    return kMoving ? probe.region.at(hash) : TableRegion::Now::among(probe.region.buckets, hash);
  }
  // The slot, or BurstSlots::kNone or more. No branch says which: in traffic of flows known and new
  // no CPU foresees it, and each time that it is wrong the prefetches behind have to begin anew.
  // In place of an entry that is not there, the first of all is fetched, which costs nothing twice.
  [[gnu::always_inline]] unsigned take(size_t i, uint32_t bucket, uint16_t tag) const noexcept {
    const uint32_t hits = Isa::tags(probe.buckets[bucket], tag) | ~FlowBucket::kAllSlots;
    const auto slot = static_cast<unsigned>(__builtin_ctz(hits));
    const auto is_slot = static_cast<uint32_t>(static_cast<int>(slot - BurstSlots::kNone) >> 31);
    const uint32_t at = (bucket * FlowBucket::kSlots + slot) & is_slot;
    const auto* entry = reinterpret_cast<void*>(probe.entries + (uintptr_t{at} << kShift));
    if constexpr (kNear) {
      rte_prefetch0(entry);
    } else {
      rte_prefetch1(entry);
    }
    found[i] = EntryIndex{probe.first + at};
    return slot;
  }

  // Of those that are not in their first buckets.
  uint64_t find_away(const FlowHash* hashes, uint64_t missed) const noexcept {
    uint32_t buckets[kMaxBurst];
    uint64_t away = 0;
    for_each_bit(missed, [&](unsigned i) {
      found[i] = dstgc::kNoEntry;
      const uint32_t first = first_of(hashes[i]);
      if (probe.buckets[first].away_of(hashes[i]) == 0) [[likely]]
        return;
      buckets[i] = probe.other(first, hashes[i]);
      rte_prefetch1(&probe.buckets[buckets[i]]);
      away |= uint64_t{1} << i;
    });
    uint64_t is_found = 0;
    for_each_bit(away, [&](unsigned i) {
      if (take(i, buckets[i], hashes[i].away_tag()) < BurstSlots::kNone) {
        is_found |= uint64_t{1} << i;
      } else {
        found[i] = dstgc::kNoEntry;
      }
    });
    return is_found;
  }

  [[gnu::always_inline]] uint64_t find(const FlowHash* hashes, size_t n) const noexcept {
    BurstSlots slots;
#pragma GCC unroll 2
    for (size_t i = 0; i < n; ++i) slots.set(i, take(i, first_of(hashes[i]), hashes[i].slot_tag()));
    const uint64_t is_found = slots.found(n);
    const uint64_t missed = first_bits(n) & ~is_found;
    return missed == 0 ? is_found : is_found | find_away(hashes, missed);
  }
};

template <typename Isa>
[[gnu::always_inline]] inline uint64_t find_with(const FlowProbe& probe, const FlowHash* hashes,
                                                 unsigned n, bool near,
                                                 EntryIndex* found) noexcept {
  // Entries of one line (IPv4) and of two.
  const auto with_shift = [&]<unsigned kShift>() {
    if (probe.region.is_moving()) [[unlikely]]
      return BurstFinder<Isa, kShift, false, true>{probe, found}.find(hashes, n);
    return near ? BurstFinder<Isa, kShift, true, false>{probe, found}.find(hashes, n)
                : BurstFinder<Isa, kShift, false, false>{probe, found}.find(hashes, n);
  };
  return probe.entry_shift == 6 ? with_shift.template operator()<6>()
                                : with_shift.template operator()<7>();
}

}  // namespace dstfwd
