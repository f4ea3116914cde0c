// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mavx2 -mbmi.
#include <immintrin.h>

#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Avx2 {
  static uint32_t tags(const FlowBucket& bucket, uint16_t tag) noexcept {
    const auto* half = reinterpret_cast<const __m256i*>(&bucket);
    const __m256i wanted = _mm256_set1_epi16(static_cast<int16_t>(tag));
    const __m256i a = _mm256_cmpeq_epi16(_mm256_load_si256(half), wanted);
    const __m256i b = _mm256_cmpeq_epi16(_mm256_load_si256(half + 1), wanted);
    // Packed by lanes: quarters 0, 2, 1, 3.
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0b11'01'10'00);
    return static_cast<uint32_t>(_mm256_movemask_epi8(packed));
  }
};

}  // namespace

uint64_t find_avx2(const FlowProbe& probe, const FlowHash* hashes, unsigned n, bool near,
                   EntryIndex* found) noexcept {
  return find_with<Avx2>(probe, hashes, n, near, found);
}

}  // namespace dstfwd
