// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mavx2.
#include <immintrin.h>

#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Avx2 {
  static uint32_t tags(const FlowBucket& bucket, uint32_t tag) noexcept {
    const auto* half = reinterpret_cast<const __m256i*>(&bucket);
    const __m256i wanted = _mm256_set1_epi32(static_cast<int>(tag));
    const __m256i a = _mm256_cmpeq_epi32(_mm256_load_si256(half), wanted);
    const __m256i b = _mm256_cmpeq_epi32(_mm256_load_si256(half + 1), wanted);
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(a))) |
           static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(b))) << 8U;
  }
  static uint32_t signs(const FlowBucket& bucket) noexcept {
    const auto* half = reinterpret_cast<const float*>(&bucket);
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_load_ps(half))) |
           static_cast<uint32_t>(_mm256_movemask_ps(_mm256_load_ps(half + 8))) << 8U;
  }
};

}  // namespace

void find_avx2(const FlowProbe& probe, const FlowHash* hashes, unsigned n,
               EntryIndex* found) noexcept {
  find_with<Avx2>(probe, hashes, n, found);
}

}  // namespace dstfwd
