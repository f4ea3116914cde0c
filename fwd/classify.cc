// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/classify.h"

#include <immintrin.h>

#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

template <typename T>
T load(const uint8_t* at) noexcept {
  T v;
  std::memcpy(&v, at, sizeof(v));
  return v;
}

constexpr unsigned kL3 = PlainFront::kL3;
constexpr uint32_t kLeast4 = PlainFront::kLeast4;
constexpr uint32_t kLeast6 = kL3 + sizeof(Ipv6Header) + PlainFront::kMinTransport;

__m128i load128(const void* at) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}

// A PlainFront in registers.
struct FrontVectors {
  __m128i wanted;
  __m128i mask;
  explicit FrontVectors(const PlainFront& front) noexcept
      : wanted(load128(front.wanted.data())), mask(load128(front.mask.data())) {}
  bool match(const uint8_t* frame) const noexcept {
    const __m128i compared = _mm_and_si128(load128(frame), mask);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(compared, wanted)) == 0xffff;
  }
};

// By value of a byte: 1 for what needs a closer look.
struct Closer {
  std::array<uint8_t, 256> octet{};     // first of an address: 0/8, 127/8, 169.254/16, 224/3
  std::array<uint8_t, 256> protocol{};  // all but TCP and UDP
  constexpr Closer() noexcept {
    octet[0] = octet[127] = octet[169] = 1;
    for (unsigned i = 224; i < 256; ++i) octet[i] = 1;
    for (unsigned i = 0; i < 256; ++i) protocol[i] = i != kProtoTcp && i != kProtoUdp ? 1 : 0;
  }
};
constexpr Closer kCloser;

// The ones' complement sum of 20 bytes is all ones, that is, zero modulo 65535. (2^64 - 1 is a
// multiple of 65535, so that carries out of 64 bits may come in again at the other end; a product
// with the inverse is small exactly for multiples.)
bool plain_checksum_good(const uint8_t* ip) noexcept {
  constexpr uint64_t kInverse = 0xfffefffefffeffffU;
  static_assert(kInverse * 65535 == 1);
  uint64_t sum;
  const bool carry = __builtin_add_overflow(load<uint64_t>(ip), load<uint64_t>(ip + 8), &sum);
  const uint64_t last = uint64_t{load<uint32_t>(ip + 16)} + (carry ? 1 : 0);
  const bool carry_again = __builtin_add_overflow(sum, last, &sum);
  sum += carry_again ? 1 : 0;
  return sum * kInverse <= UINT64_MAX / 65535;
}

// No fragment, TTL above 1, TCP or UDP, ordinary addresses.
bool is_plain_ipv4(const uint8_t* ip) noexcept {
  const auto word = load<uint32_t>(ip + 6);  // fragment field, TTL, protocol
  if ((kCloser.octet[ip[12]] | kCloser.octet[ip[16]] | kCloser.protocol[word >> 24U]) != 0) {
    return false;
  }
  if ((word & 0xff3fU) != 0) return false;
  return (word & 0xfe0000U) != 0;
}

bool checksum_known_good(const rte_mbuf* m) noexcept {
  return (m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;
}

// TCP or UDP right behind the header, hop limit above 1, global unicast addresses (2000::/3).
bool is_plain_ipv6(const uint8_t* ip) noexcept {
  const bool addresses = (ip[8] >> 5U) == 1 && (ip[24] >> 5U) == 1;
  return kCloser.protocol[ip[6]] == 0 && ip[7] > 1 && addresses;
}

bool is_tagged(const rte_mbuf* m) noexcept {
  return (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
}

// Is the frame as long as its IP packet needs? Padding is cut; not what lies in several mbufs.
[[gnu::always_inline]] inline bool fits(rte_mbuf* m, uint32_t needed, uint32_t least) noexcept {
  const uint32_t bytes = m->pkt_len;
  if (needed == bytes) [[likely]]
    return true;
  if (needed > bytes || needed < least || m->nb_segs != 1) return false;
  m->pkt_len = needed;
  m->data_len = static_cast<uint16_t>(needed);
  return true;
}

template <typename Family>
Verdict check(rte_mbuf* m, const LinkContext& link, const Frame& frame, Batch<Family>& batch,
              Aside<Family>& aside) noexcept {
  Checked<Family> checked;
  const Verdict verdict = check_ip(m, link, frame, checked);
  if (verdict != Verdict::kForward) return verdict;
  trim(m, frame.l3_offset + checked.length);
  if (checked.unless_local == Verdict::kForward) {
    batch.add(m, L3Span(frame.l3_offset, checked.length, checked.records), checked.key);
  } else {
    aside.add(m, frame.l3_offset, checked);
  }
  return Verdict::kForward;
}

[[gnu::noinline]] void classify_fully(rte_mbuf* m, const LinkContext& link, Classified& out,
                                      Disposal& disposal) noexcept {
  Frame frame;
  Verdict verdict = parse_frame(m, link, frame);
  if (verdict == Verdict::kForward) {
    verdict = frame.ether_type == kEtherTypeIpv4 ? check(m, link, frame, out.ipv4, out.aside4)
                                                 : check(m, link, frame, out.ipv6, out.aside6);
  }
  if (verdict != Verdict::kForward) disposal.end(m, verdict);
}

}  // namespace

Classifier::Classifier(const LinkContext& link, PlainKernel wide) noexcept
    : link_(link),
      front4_(link.own_mac, kEtherTypeIpv4, 0x45, 0xff),
      front6_(link.own_mac, kEtherTypeIpv6, 0x60, 0xf0),
      wide_(wide) {}

uint64_t Classifier::classify(rte_mbuf* const* packets, unsigned n, Classified& out,
                              Disposal& disposal) const noexcept {
  return link_.checksum_offload ? classify_burst<true>(packets, n, out, disposal)
                                : classify_burst<false>(packets, n, out, disposal);
}

template <bool kChecksumOffload>
uint64_t Classifier::classify_burst(rte_mbuf* const* packets, unsigned n, Classified& out,
                                    Disposal& disposal) const noexcept {
  uint64_t bytes = 0;
  size_t i = 0;
  // The first says what the others may be, so that bursts of IPv6 are not looked at twice.
  if (wide_ != nullptr && packets[0]->data_len >= kLeast4 &&
      FrontVectors(front4_).match(rte_pktmbuf_mtod(packets[0], const uint8_t*))) {
    i = wide_(front4_, kChecksumOffload, packets, n, out.ipv4, bytes);
  }
  while (i < n) {
    i += take_plain_ipv4<kChecksumOffload>(&packets[i], n - i, out.ipv4, bytes);
    if (i == n) break;
    const size_t plain6 = take_plain_ipv6(&packets[i], n - i, out.ipv6, bytes);
    i += plain6;
    if (plain6 != 0) continue;
    bytes += packets[i]->pkt_len;
    classify_fully(packets[i++], link_, out, disposal);
  }
  return bytes;
}

// Loops of their own, so that what a run of packets needs stays in registers.
template <bool kChecksumOffload>
size_t Classifier::take_plain_ipv4(rte_mbuf* const* packets, size_t n, Batch<Ipv4>& out,
                                   uint64_t& bytes) const noexcept {
  // Bytes 8 to 23: TTL, protocol, checksum, addresses, ports. FlowKey4 has zeroes for the first and
  // third (FlowKind::kWhole is 0).
  const __m128i key_mask = _mm_set_epi32(-1, -1, -1, 0x0000ff00);
  const FrontVectors front(front4_);
  const size_t first = out.count;
  uint64_t sum = 0;
  size_t i = 0;
#pragma GCC unroll 2
  for (; i < n; ++i) {
    rte_mbuf* m = packets[i];
    const auto* frame = rte_pktmbuf_mtod(m, const uint8_t*);
    const uint8_t* ip = frame + kL3;
    if (m->data_len < kLeast4 || is_tagged(m) || !front.match(frame) || !is_plain_ipv4(ip)) break;
    if (!(kChecksumOffload && checksum_known_good(m)) && !plain_checksum_good(ip)) break;
    const uint32_t length = load<Be16>(ip + 2).host();
    const uint32_t frame_bytes = m->pkt_len;
    if (!fits(m, kL3 + length, kLeast4)) break;
    sum += frame_bytes;
    _mm_store_si128(reinterpret_cast<__m128i*>(&out.keys[first + i]),
                    _mm_and_si128(load128(ip + 8), key_mask));
    out.packets[first + i] = m;
    out.spans[first + i] = L3Span(kL3, length);
  }
  out.count = static_cast<unsigned>(first + i);
  bytes += sum;
  return i;
}

size_t Classifier::take_plain_ipv6(rte_mbuf* const* packets, size_t n, Batch<Ipv6>& out,
                                   uint64_t& bytes) const noexcept {
  const FrontVectors front(front6_);
  size_t i = 0;
  for (; i < n; ++i) {
    rte_mbuf* m = packets[i];
    const auto* frame = rte_pktmbuf_mtod(m, const uint8_t*);
    const uint8_t* ip = frame + kL3;
    if (m->data_len < kLeast6 || is_tagged(m) || !front.match(frame) || !is_plain_ipv6(ip)) break;
    const uint32_t length = static_cast<uint32_t>(sizeof(Ipv6Header)) + load<Be16>(ip + 4).host();
    const uint32_t frame_bytes = m->pkt_len;
    if (!fits(m, kL3 + length, kLeast6)) break;
    bytes += frame_bytes;
    FlowKey6 key;
    std::memcpy(&key.src, ip + 8, 32);
    std::memcpy(&key.ports, ip + 40, 4);
    key.protocol = ip[6];
    key.kind = FlowKind::kWhole;
    key.zero = 0;
    out.add(m, L3Span(kL3, length), key);
  }
  return i;
}

}  // namespace dstfwd
