// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -msse4.2.
#include <nmmintrin.h>

#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Sse42 {
  static uint32_t tags(const FlowBucket& bucket, uint32_t tag) noexcept {
    const auto* quarter = reinterpret_cast<const __m128i*>(&bucket);
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag));
    const __m128i a = _mm_cmpeq_epi32(_mm_load_si128(quarter), wanted);
    const __m128i b = _mm_cmpeq_epi32(_mm_load_si128(quarter + 1), wanted);
    const __m128i c = _mm_cmpeq_epi32(_mm_load_si128(quarter + 2), wanted);
    const __m128i d = _mm_cmpeq_epi32(_mm_load_si128(quarter + 3), wanted);
    return static_cast<uint32_t>(
        _mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d))));
  }
  static uint32_t signs(const FlowBucket& bucket) noexcept {
    const auto* quarter = reinterpret_cast<const float*>(&bucket);
    uint32_t bits = 0;
    for (unsigned i = 0; i < 4; ++i)
      bits |= static_cast<uint32_t>(_mm_movemask_ps(_mm_load_ps(quarter + 4 * i))) << (4 * i);
    return bits;
  }
};

}  // namespace

void find_sse42(const FlowProbe& probe, const FlowHash* hashes, unsigned n,
                EntryIndex* found) noexcept {
  find_with<Sse42>(probe, hashes, n, found);
}

}  // namespace dstfwd
