// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mavx512f -mavx512bw -mbmi.
#include <immintrin.h>

#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Avx512 {
  static uint32_t tags(const FlowBucket& bucket, uint16_t tag) noexcept {
    return _mm512_cmpeq_epi16_mask(_mm512_load_si512(&bucket),
                                   _mm512_set1_epi16(static_cast<int16_t>(tag)));
  }
};

}  // namespace

uint64_t find_avx512(const FlowProbe& probe, const FlowHash* hashes, unsigned n, bool near,
                     EntryIndex* found) noexcept {
  return find_with<Avx512>(probe, hashes, n, near, found);
}

}  // namespace dstfwd
