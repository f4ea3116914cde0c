// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -maes: only what runs after the CPU was asked for it may be defined here.
#include <wmmintrin.h>

#include "fwd/flow_hash.h"

namespace dstfwd {
namespace {

struct RoundKeys {
  explicit RoundKeys(const KeyedHash::Secret& secret) noexcept {
    for (int i = 0; i < 5; ++i) {
      k[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(secret.data() + 16 * i));
    }
  }
  __m128i rounds(__m128i block) const noexcept {
    block = _mm_aesenc_si128(_mm_xor_si128(block, k[0]), k[1]);
    block = _mm_aesenc_si128(block, k[2]);
    block = _mm_aesenc_si128(block, k[3]);
    return _mm_aesenc_si128(block, k[4]);
  }
  __m128i k[5];
};

void store(__m128i state, FlowHash* out) noexcept {
  const __m128i tag_bit = _mm_cvtsi32_si128(static_cast<int>(kTagBit));
  _mm_store_si128(reinterpret_cast<__m128i*>(out), _mm_or_si128(state, tag_bit));
}

}  // namespace

void hash_aes4(const KeyedHash::Secret& secret, const FlowKey4* keys, size_t n,
               FlowHash* out) noexcept {
  const RoundKeys key(secret);
  for (size_t i = 0; i < n; ++i) {
    store(key.rounds(_mm_load_si128(reinterpret_cast<const __m128i*>(&keys[i]))), &out[i]);
  }
}

void hash_aes6(const KeyedHash::Secret& secret, const FlowKey6* keys, size_t n,
               FlowHash* out) noexcept {
  const RoundKeys key(secret);
  for (size_t i = 0; i < n; ++i) {
    const auto* block = reinterpret_cast<const __m128i*>(&keys[i]);
    __m128i state = key.rounds(_mm_loadu_si128(block));
    state = key.rounds(_mm_xor_si128(state, _mm_loadu_si128(block + 1)));
    state = key.rounds(_mm_xor_si128(state, _mm_loadl_epi64(block + 2)));
    store(state, &out[i]);
  }
}

}  // namespace dstfwd
