// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mavx512f -mvaes: what flow_hash_aes.cc computes, of four keys at once.
#include <immintrin.h>

#include "fwd/flow_hash.h"

namespace dstfwd {

void hash_vaes4(const KeyedHash::Secret& secret, const FlowKey4* keys, size_t n,
                FlowHash* out) noexcept {
  // maskz: GCC 12 warns of what _mm512_broadcast_i32x4 leaves undefined.
  const auto all_lanes = [](__m128i block) { return _mm512_maskz_broadcast_i32x4(0xffff, block); };
  __m512i k[5];
  for (int i = 0; i < 5; ++i)
    k[i] = all_lanes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(secret.data() + 16 * i)));
  const __m512i tag_bit = all_lanes(_mm_cvtsi32_si128(static_cast<int>(kTagBit)));
  const auto rounds = [&](__m512i blocks) {
    blocks = _mm512_aesenc_epi128(_mm512_xor_si512(blocks, k[0]), k[1]);
    blocks = _mm512_aesenc_epi128(blocks, k[2]);
    blocks = _mm512_aesenc_epi128(blocks, k[3]);
    return _mm512_or_si512(_mm512_aesenc_epi128(blocks, k[4]), tag_bit);
  };
  size_t i = 0;
  for (; i + 4 <= n; i += 4) _mm512_storeu_si512(&out[i], rounds(_mm512_loadu_si512(&keys[i])));
  // The last one to three: lanes of 8 bytes, two a key.
  const auto rest = static_cast<__mmask8>((1U << 2 * (n - i)) - 1);
  _mm512_mask_storeu_epi64(&out[i], rest, rounds(_mm512_maskz_loadu_epi64(rest, &keys[i])));
}

}  // namespace dstfwd
