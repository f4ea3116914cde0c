// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -msse4.2.
#include <nmmintrin.h>

#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Sse42 {
  static uint32_t tags(const FlowBucket& bucket, uint16_t tag) noexcept {
    const auto* quarter = reinterpret_cast<const __m128i*>(&bucket);
    const __m128i wanted = _mm_set1_epi16(static_cast<int16_t>(tag));
    const auto equal = [&](int i) { return _mm_cmpeq_epi16(_mm_load_si128(quarter + i), wanted); };
    const int low = _mm_movemask_epi8(_mm_packs_epi16(equal(0), equal(1)));
    const int high = _mm_movemask_epi8(_mm_packs_epi16(equal(2), equal(3)));
    return static_cast<uint32_t>(low) | static_cast<uint32_t>(high) << 16U;
  }
};

}  // namespace

void find_sse42(const FlowProbe& probe, const FlowHash* hashes, unsigned n,
                EntryIndex* found) noexcept {
  find_with<Sse42>(probe, hashes, n, found);
}

}  // namespace dstfwd
