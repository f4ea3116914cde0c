// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -mavx2. Lanes of 32 bits hold packets in the order 0 2 4 6 1 3 5 7 of their group:
// so two neighbours' keys lie in one register, and transposing needs no more shuffles.
#include <immintrin.h>

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
__m256i load_both(const void* low, const void* high) noexcept {
  return both(load128(low), load128(high));
}
// Lanes by packet, in the packets' order.
__m256i in_order(__m256i lanes) noexcept {
  return _mm256_permutevar8x32_epi32(lanes, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
}

// What lanes are compared and combined with: each an operand in memory, where immediates would take
// two instructions of those that shuffles wait for. The compiler is not to know their values.
struct alignas(32) Lanes {
  uint32_t of[8];
  constexpr explicit Lanes(uint32_t v) noexcept : of{v, v, v, v, v, v, v, v} {}
  constexpr Lanes(uint32_t a, uint32_t b, uint32_t c, uint32_t d) noexcept
      : of{a, b, c, d, a, b, c, d} {}
  // NOLINTNEXTLINE(google-explicit-constructor): it is a vector in memory
  operator __m256i() const noexcept {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(of));
  }
};
constexpr uint32_t by_byte(uint8_t src, uint8_t protocol, uint8_t ttl, uint8_t dst) noexcept {
  return src | uint32_t{protocol} << 8U | uint32_t{ttl} << 16U | uint32_t{dst} << 24U;
}
struct Constants {
  Lanes key_mask{0xff00, ~0U, ~0U, ~0U};  // FlowKey4 has zeroes for TTL and checksum
  // Of the bytes source's first octet, protocol, TTL, destination's first octet.
  Lanes first_octet{0xff};
  Lanes to_middle{0xff0001ff, 0xff0405ff, 0xff0809ff, 0xff0c0dff};
  Lanes named0{by_byte(0, kProtoTcp, 0, 0)};
  Lanes named1{by_byte(127, kProtoUdp, 1, 127)};
  Lanes named2{by_byte(169, kProtoUdp, 1, 169)};
  Lanes wanted{by_byte(0, 0xff, 0, 0)};  // a protocol that is named, nothing else that is
  Lanes most{by_byte(223, 255, 255, 223)};
  // Of the checksum.
  Lanes half{0x80008000};
  Lanes ones{0x00010001};
  Lanes halves{10 * 0x8000};
  Lanes low{0xffff};
  // Of the rest.
  Lanes to_length{0xffff0203, 0xffff0607, 0xffff0a0b, 0xffff0e0f};
  Lanes l3{kL3};
  Lanes least{PlainFront::kLeast4};
  Lanes fragment{0xff3f0000};
  Lanes span{L3Span(kL3, 0).word() - kL3};
};
constexpr Constants kConstants;
bool all_zero(__m256i v) noexcept {
  return _mm256_testz_si256(v, v) != 0;
}

// Bytes 0 to 7 of eight IP headers, by word.
struct Heads {
  __m256i version_tos_length;
  __m256i id_fragment;
};
[[gnu::always_inline]] inline Heads read_heads(const uint8_t* const* frames) noexcept {
  const auto two = [&](unsigned a, unsigned b) {
    return _mm_unpacklo_epi64(load64(frames[a] + kL3), load64(frames[b] + kL3));
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
[[gnu::always_inline]] inline Tails take_tails(const Constants& c, const uint8_t* const* frames,
                                               FlowKey4* keys) noexcept {
  __m256i two[4];
  for (unsigned i = 0; i < 4; ++i) {
    two[i] = load_both(frames[2 * i] + kL3 + 8, frames[2 * i + 1] + kL3 + 8);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&keys[2 * i]),
                        _mm256_and_si256(two[i], c.key_mask));
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
[[gnu::always_inline]] inline __m256i odd_tail(const Constants& c, const Tails& tails) noexcept {
  const __m256i octets =
      _mm256_or_si256(_mm256_and_si256(tails.src, c.first_octet), _mm256_slli_epi32(tails.dst, 24));
  const __m256i bytes =
      _mm256_or_si256(octets, _mm256_shuffle_epi8(tails.ttl_protocol_checksum, c.to_middle));
  const auto equal = [&](__m256i wanted) { return _mm256_cmpeq_epi8(bytes, wanted); };
  const __m256i named =
      _mm256_or_si256(_mm256_or_si256(equal(c.named0), equal(c.named1)), equal(c.named2));
  const __m256i above = _mm256_subs_epu8(bytes, c.most);
  return _mm256_or_si256(_mm256_xor_si256(named, c.wanted), above);
}

// All ones where the ones' complement sum of the five words is all ones.
[[gnu::always_inline]] inline __m256i good_checksum(const Constants& c, const Heads& heads,
                                                    const Tails& tails) noexcept {
  // Halves less 2^15 each are signed, and added by pairs in one instruction.
  __m256i sum = c.halves;
  const __m256i half = c.half;
  const __m256i ones = c.ones;
  for (const __m256i& word : {heads.version_tos_length, heads.id_fragment,
                              tails.ttl_protocol_checksum, tails.src, tails.dst})
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_xor_si256(word, half), ones));
  const __m256i folded = _mm256_add_epi32(_mm256_and_si256(sum, c.low), _mm256_srli_epi32(sum, 16));
  return _mm256_cmpeq_epi32(folded, c.low);
}

// The frames' first 16 bytes are as plain ones have them.
[[gnu::always_inline]] inline bool match(const PlainFront& front,
                                         const uint8_t* const* frames) noexcept {
  const auto twice = [](const uint8_t* at) { return _mm256_broadcastsi128_si256(load128(at)); };
  const __m256i wanted = twice(front.wanted.data());
  __m256i differing = _mm256_setzero_si256();
  for (unsigned i = 0; i < kGroup; i += 2) {
    const __m256i two = load_both(frames[i], frames[i + 1]);
    differing = _mm256_or_si256(differing, _mm256_xor_si256(two, wanted));
  }
  return _mm256_testz_si256(differing, twice(front.mask.data())) != 0;
}

// What eight mbufs say: their lengths, and what any of them has.
struct Mbufs {
  __m256i bytes;
  uint64_t any_rearm;  // of the words from data_off to port
  uint64_t any_flags;
};
[[gnu::always_inline]] inline Mbufs read(rte_mbuf* const* packets) noexcept {
  static_assert(offsetof(rte_mbuf, pkt_len) == offsetof(rte_mbuf, ol_flags) + 12);
  static_assert(offsetof(rte_mbuf, data_off) == offsetof(rte_mbuf, rearm_data));
  Mbufs out;
  __m256i two[4];
  for (unsigned i = 0; i < 4; ++i)
    two[i] = load_both(&packets[2 * i]->ol_flags, &packets[2 * i + 1]->ol_flags);
  out.bytes = _mm256_unpackhi_epi64(_mm256_unpackhi_epi32(two[0], two[1]),
                                    _mm256_unpackhi_epi32(two[2], two[3]));
  const __m256i any =
      _mm256_or_si256(_mm256_or_si256(two[0], two[1]), _mm256_or_si256(two[2], two[3]));
  const __m128i any_one =
      _mm_or_si128(_mm256_castsi256_si128(any), _mm256_extracti128_si256(any, 1));
  out.any_flags = static_cast<uint64_t>(_mm_cvtsi128_si64(any_one));
  out.any_rearm = 0;
  for (unsigned i = 0; i < kGroup; ++i) {
    uint64_t rearm;
    std::memcpy(&rearm, &packets[i]->rearm_data, sizeof(rearm));
    out.any_rearm |= rearm;
    asm("" : "+r"(out.any_rearm));  // one after the other: else all are loaded first, and spilled
  }
  return out;
}

// One segment each, and untagged.
[[gnu::always_inline]] inline bool are_simple(const Mbufs& mbufs) noexcept {
  constexpr unsigned kSegsShift =
      8 * (offsetof(rte_mbuf, nb_segs) - offsetof(rte_mbuf, rearm_data));
  return static_cast<uint16_t>(mbufs.any_rearm >> kSegsShift) == 1 &&
         (mbufs.any_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0;
}

// The NIC says so of all of them.
[[gnu::always_inline]] inline bool checksums_known_good(rte_mbuf* const* packets,
                                                        uint64_t any_flags) noexcept {
  uint64_t all_flags = ~uint64_t{0};
  for (unsigned i = 0; i < kGroup; ++i) all_flags &= packets[i]->ol_flags;
  // Good and bad at once would mean that the NIC does not know.
  return (any_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD &&
         (all_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) != 0;
}

// Padding is cut. needed, bytes: what a frame's IP packet ends at, and the frame.
[[gnu::noinline]] void cut_padding(rte_mbuf* const* packets, __m256i needed,
                                   __m256i bytes) noexcept {
  alignas(32) uint32_t lengths[kGroup];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lengths),
                     in_order(_mm256_min_epu32(needed, bytes)));
  for (unsigned i = 0; i < kGroup; ++i) {
    packets[i]->pkt_len = lengths[i];
    packets[i]->data_len = static_cast<uint16_t>(lengths[i]);
  }
}

[[gnu::always_inline]] inline void copy(rte_mbuf* const* packets, rte_mbuf** to) noexcept {
  static_assert(kGroup * sizeof(uintptr_t) == 2 * sizeof(__m256i));
  const auto* from = reinterpret_cast<const __m256i*>(packets);
  const __m256i low = _mm256_loadu_si256(from);
  const __m256i high = _mm256_loadu_si256(from + 1);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to) + 1, high);
}

// Takes the eight packets, or none: false. sum: of the frames' bytes, by lane.
[[gnu::always_inline]] inline bool take_group(const Constants& c, const PlainFront& front,
                                              bool checksum_offload, rte_mbuf* const* packets,
                                              FlowKey4* keys, L3Span* spans,
                                              __m256i& sum) noexcept {
  const Mbufs mbufs = read(packets);
  const __m256i bytes = mbufs.bytes;
  if (!all_zero(_mm256_cmpgt_epi32(c.least, bytes)) || !are_simple(mbufs)) return false;
  const uint8_t* frames[kGroup];
  for (unsigned i = 0; i < kGroup; ++i) frames[i] = rte_pktmbuf_mtod(packets[i], const uint8_t*);
  if (!match(front, frames)) return false;
  const Heads heads = read_heads(frames);
  const Tails tails = take_tails(c, frames, keys);
  const __m256i needed =
      _mm256_add_epi32(_mm256_shuffle_epi8(heads.version_tos_length, c.to_length), c.l3);
  const __m256i fragment = _mm256_and_si256(heads.id_fragment, c.fragment);
  const __m256i fits_not =
      _mm256_or_si256(_mm256_cmpgt_epi32(needed, bytes), _mm256_cmpgt_epi32(c.least, needed));
  if (!all_zero(_mm256_or_si256(_mm256_or_si256(odd_tail(c, tails), fragment), fits_not)))
    return false;
  if (!(checksum_offload && checksums_known_good(packets, mbufs.any_flags)) &&
      _mm256_movemask_epi8(good_checksum(c, heads, tails)) != -1)
    return false;

  const __m256i padded = _mm256_xor_si256(needed, bytes);
  if (!all_zero(padded)) cut_padding(packets, needed, bytes);
  sum = _mm256_add_epi32(sum, bytes);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(spans),
                      in_order(_mm256_add_epi32(needed, c.span)));
  return true;
}

}  // namespace

size_t take_plain_ipv4_avx2(const PlainFront& front, bool checksum_offload,
                            rte_mbuf* const* packets, size_t n, Batch<Ipv4>& out,
                            uint64_t& bytes) noexcept {
  const Constants* c = &kConstants;
  asm("" : "+r"(c));
  __m256i sum = _mm256_setzero_si256();
  const size_t first = out.count;
  size_t i = 0;
  for (; i + kGroup <= n; i += kGroup) {
    if (!take_group(*c, front, checksum_offload, &packets[i], &out.keys[first + i],
                    &out.spans[first + i], sum))
      break;
    copy(&packets[i], &out.packets[first + i]);
  }
  out.count = static_cast<unsigned>(first + i);
  alignas(32) uint32_t sums[kGroup];
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums), sum);
  for (const uint32_t part : sums) bytes += part;
  return i;
}

}  // namespace dstfwd
