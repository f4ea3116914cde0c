// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mavx2. Lanes of 32 bits hold packets in the order 0 2 4 6 1 3 5 7 of their group:
// so two neighbours' keys lie in one register, and transposing needs no more shuffles.
#include <immintrin.h>

#include <algorithm>

#include "fwd/plain_ipv4.h"

namespace dstfwd {
namespace {

constexpr unsigned kGroup = 8;
constexpr unsigned kL3 = PlainFront::kL3;

__m128i load64(const void* at) noexcept {
  return _mm_loadl_epi64(static_cast<const __m128i*>(at));
}
__m128i load128(const void* at) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}
__m256i both(__m128i low, __m128i high) noexcept {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}
__m256i words(uint32_t value) noexcept {
  return _mm256_set1_epi32(static_cast<int>(value));
}
bool all_zero(__m256i v) noexcept {
  return _mm256_testz_si256(v, v) != 0;
}

// Two words of each of eight packets, by word.
struct Pairs {
  __m256i first;
  __m256i second;
};
template <typename At>
[[gnu::always_inline]] inline Pairs load_pairs(At&& at) noexcept {
  const auto two = [&](unsigned a, unsigned b) {
    return _mm_unpacklo_epi64(load64(at(a)), load64(at(b)));
  };
  const __m256 low = _mm256_castsi256_ps(both(two(0, 2), two(1, 3)));
  const __m256 high = _mm256_castsi256_ps(both(two(4, 6), two(5, 7)));
  return {_mm256_castps_si256(_mm256_shuffle_ps(low, high, 0b10'00'10'00)),
          _mm256_castps_si256(_mm256_shuffle_ps(low, high, 0b11'01'11'01))};
}

// Bytes 8 to 19 of eight IP headers, by word; their keys are stored.
struct Tails {
  __m256i ttl_protocol_checksum;
  __m256i src;
  __m256i dst;
};
[[gnu::always_inline]] inline Tails take_tails(const uint8_t* const* frames,
                                               FlowKey4* keys) noexcept {
  // Ports behind them. FlowKey4 has zeroes for TTL and checksum (FlowKind::kWhole is 0).
  const __m256i key_mask = _mm256_set_epi32(-1, -1, -1, 0xff00, -1, -1, -1, 0xff00);
  __m256i two[4];
  for (unsigned i = 0; i < 4; ++i) {
    two[i] = both(load128(frames[2 * i] + kL3 + 8), load128(frames[2 * i + 1] + kL3 + 8));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&keys[2 * i]),
                        _mm256_and_si256(two[i], key_mask));
  }
  const __m256i low01 = _mm256_unpacklo_epi32(two[0], two[1]);
  const __m256i low23 = _mm256_unpacklo_epi32(two[2], two[3]);
  const __m256i high01 = _mm256_unpackhi_epi32(two[0], two[1]);
  const __m256i high23 = _mm256_unpackhi_epi32(two[2], two[3]);
  return {_mm256_unpacklo_epi64(low01, low23), _mm256_unpackhi_epi64(low01, low23),
          _mm256_unpacklo_epi64(high01, high23)};
}

// Zero where TTL is above 1, the protocol TCP or UDP, and neither address begins with 0, 127, 169
// or 224 to 255.
[[gnu::always_inline]] inline __m256i odd_tail(const Tails& tails) noexcept {
  const auto by_byte = [](uint8_t src, uint8_t protocol, uint8_t ttl, uint8_t dst) {
    return words(src | uint32_t{protocol} << 8U | uint32_t{ttl} << 16U | uint32_t{dst} << 24U);
  };
  const __m256i to_middle = _mm256_broadcastsi128_si256(
      _mm_set_epi8(-1, 12, 13, -1, -1, 8, 9, -1, -1, 4, 5, -1, -1, 0, 1, -1));
  const __m256i octets =
      _mm256_or_si256(_mm256_and_si256(tails.src, words(0xff)), _mm256_slli_epi32(tails.dst, 24));
  const __m256i bytes =
      _mm256_or_si256(octets, _mm256_shuffle_epi8(tails.ttl_protocol_checksum, to_middle));
  const auto equal = [&](__m256i wanted) { return _mm256_cmpeq_epi8(bytes, wanted); };
  const __m256i named = _mm256_or_si256(
      _mm256_or_si256(equal(by_byte(0, kProtoTcp, 0, 0)), equal(by_byte(127, kProtoUdp, 1, 127))),
      equal(by_byte(169, kProtoUdp, 1, 169)));
  const __m256i above = _mm256_subs_epu8(bytes, by_byte(223, 255, 255, 223));
  return _mm256_or_si256(_mm256_xor_si256(named, words(0xff00)), above);
}

// All ones where the ones' complement sum of the five words is all ones.
[[gnu::always_inline]] inline __m256i good_checksum(const Pairs& heads,
                                                    const Tails& tails) noexcept {
  // Halves less 2^15 each are signed, and added by pairs in one instruction.
  const __m256i half = words(0x80008000);
  const __m256i ones = words(0x00010001);
  __m256i sum = words(10 * 0x8000);
  for (const __m256i& word :
       {heads.first, heads.second, tails.ttl_protocol_checksum, tails.src, tails.dst})
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_xor_si256(word, half), ones));
  const __m256i folded =
      _mm256_add_epi32(_mm256_and_si256(sum, words(0xffff)), _mm256_srli_epi32(sum, 16));
  return _mm256_cmpeq_epi32(folded, words(0xffff));
}

// The frames' first 16 bytes are as plain ones have them.
[[gnu::always_inline]] inline bool match(const PlainFront& front,
                                         const uint8_t* const* frames) noexcept {
  const __m128i wanted = load128(front.wanted.data());
  __m128i differing = _mm_setzero_si128();
  for (unsigned i = 0; i < kGroup; ++i)
    differing = _mm_or_si128(differing, _mm_xor_si128(load128(frames[i]), wanted));
  return _mm_testz_si128(differing, load128(front.mask.data())) != 0;
}

// What an mbuf says from data_off to ol_flags; of several, what any and what all of them have.
__m128i load_state(const rte_mbuf* m) noexcept {
  static_assert(offsetof(rte_mbuf, ol_flags) == offsetof(rte_mbuf, rearm_data) + 8);
  static_assert(offsetof(rte_mbuf, nb_segs) == offsetof(rte_mbuf, rearm_data) + 4);
  return load128(&m->rearm_data);
}

// One segment each, and untagged.
[[gnu::always_inline]] inline bool are_simple(__m128i any_state) noexcept {
  constexpr auto kTagged = static_cast<long long>(RTE_MBUF_F_RX_VLAN_STRIPPED);
  const __m128i looked_at = _mm_set_epi64x(kTagged, 0xffff'0000'0000);
  const __m128i odd =
      _mm_xor_si128(_mm_and_si128(any_state, looked_at), _mm_set_epi64x(0, 0x0001'0000'0000));
  return _mm_testz_si128(odd, odd) != 0;
}

// The NIC says so of all of them.
[[gnu::always_inline]] inline bool checksums_known_good(rte_mbuf* const* packets,
                                                        __m128i any_state) noexcept {
  __m128i all_state = load_state(packets[0]);
  for (unsigned i = 1; i < kGroup; ++i)
    all_state = _mm_and_si128(all_state, load_state(packets[i]));
  const auto all_flags = static_cast<uint64_t>(_mm_extract_epi64(all_state, 1));
  const auto any_flags = static_cast<uint64_t>(_mm_extract_epi64(any_state, 1));
  // Good and bad at once would mean that the NIC does not know.
  return (any_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD &&
         (all_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0;
}

// By packet, in the order of lanes.
[[gnu::always_inline]] inline __m256i lengths_of(rte_mbuf* const* packets) noexcept {
  const auto at = [&](unsigned i) { return static_cast<int>(packets[i]->pkt_len); };
  return _mm256_set_epi32(at(7), at(5), at(3), at(1), at(6), at(4), at(2), at(0));
}

// Padding is cut. needed, bytes: what a frame's IP packet ends at, and the frame.
[[gnu::noinline]] void cut_padding(rte_mbuf* const* packets, __m256i needed,
                                   __m256i bytes) noexcept {
  constexpr unsigned kOrder[kGroup] = {0, 2, 4, 6, 1, 3, 5, 7};
  alignas(32) uint32_t lengths[kGroup];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lengths), _mm256_min_epu32(needed, bytes));
  for (unsigned lane = 0; lane < kGroup; ++lane) {
    rte_mbuf* m = packets[kOrder[lane]];
    m->pkt_len = lengths[lane];
    m->data_len = static_cast<uint16_t>(lengths[lane]);
  }
}

// Takes the eight packets, or none: false. sum: of the frames' bytes, by lane.
[[gnu::always_inline]] inline bool take_group(const PlainFront& front, bool checksum_offload,
                                              rte_mbuf* const* packets, FlowKey4* keys,
                                              L3Span* spans, __m256i& sum) noexcept {
  __m128i any_state = load_state(packets[0]);
  for (unsigned i = 1; i < kGroup; ++i) any_state = _mm_or_si128(any_state, load_state(packets[i]));
  if (!are_simple(any_state)) return false;
  const __m256i bytes = lengths_of(packets);
  const __m256i too_short = _mm256_cmpgt_epi32(words(PlainFront::kLeast4), bytes);
  if (!all_zero(too_short)) return false;

  const uint8_t* frames[kGroup];
  for (unsigned i = 0; i < kGroup; ++i) frames[i] = rte_pktmbuf_mtod(packets[i], const uint8_t*);
  if (!match(front, frames)) return false;
  const Pairs heads = load_pairs([&](unsigned i) { return frames[i] + kL3; });
  const Tails tails = take_tails(frames, keys);
  // What is behind a length in the first word, and an identification in the second.
  const __m256i to_length = _mm256_broadcastsi128_si256(
      _mm_set_epi8(-1, -1, 14, 15, -1, -1, 10, 11, -1, -1, 6, 7, -1, -1, 2, 3));
  const __m256i needed = _mm256_add_epi32(_mm256_shuffle_epi8(heads.first, to_length), words(kL3));
  const __m256i fragment = _mm256_and_si256(heads.second, words(0xff3f0000));
  const __m256i fits_not = _mm256_or_si256(_mm256_cmpgt_epi32(needed, bytes),
                                           _mm256_cmpgt_epi32(words(PlainFront::kLeast4), needed));
  if (!all_zero(_mm256_or_si256(_mm256_or_si256(odd_tail(tails), fragment), fits_not)))
    return false;
  if (!(checksum_offload && checksums_known_good(packets, any_state)) &&
      !all_zero(_mm256_andnot_si256(good_checksum(heads, tails), words(~0U))))
    return false;

  const __m256i padded = _mm256_xor_si256(needed, bytes);
  if (!all_zero(padded)) cut_padding(packets, needed, bytes);
  sum = _mm256_add_epi32(sum, bytes);
  const __m256i lengths = _mm256_sub_epi32(needed, words(kL3));
  const __m256i word = _mm256_or_si256(lengths, words(L3Span(kL3, 0).word()));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(spans),
                      _mm256_permutevar8x32_epi32(word, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0)));
  return true;
}

}  // namespace

size_t take_plain_ipv4_avx2(const PlainFront& front, bool checksum_offload,
                            rte_mbuf* const* packets, size_t n, Batch<Ipv4>& out,
                            uint64_t& bytes) noexcept {
  __m256i sum = _mm256_setzero_si256();
  const size_t first = out.count;
  size_t i = 0;
  for (; i + kGroup <= n; i += kGroup) {
    if (!take_group(front, checksum_offload, &packets[i], &out.keys[first + i],
                    &out.spans[first + i], sum))
      break;
    std::copy_n(&packets[i], kGroup, &out.packets[first + i]);
  }
  out.count = static_cast<unsigned>(first + i);
  alignas(32) uint32_t sums[kGroup];
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums), sum);
  for (const uint32_t part : sums) bytes += part;
  return i;
}

}  // namespace dstfwd
