// SPDX-License-Identifier: BSD-3-Clause
// The first stage: sorts a burst into packets to be routed, packets that may only be for the router
// itself, and packets that end here.
//
// What most packets are, an untagged frame for our MAC with an IPv4 header without options, or an
// IPv6 header without extensions, that carries a whole TCP or UDP packet between ordinary unicast
// addresses, is recognised by a few comparisons and keyed by one load and a mask. All others take
// the full checks of frame.h and ip_check.h, which come to the same where both apply (the tests
// compare them). One lcore.
#pragma once

#include <emmintrin.h>

#include "fwd/batch.h"
#include "fwd/disposal.h"

namespace dstfwd {

struct Classified {
  Batch<Ipv4> ipv4;
  Batch<Ipv6> ipv6;
  Aside<Ipv4> aside4;
  Aside<Ipv6> aside6;
};

// For the frames of one port.
class Classifier {
 public:
  explicit Classifier(const LinkContext& link) noexcept;

  // Takes all packets, whose first bytes were prefetched; there is room in `out`. Returns the sum
  // of the frames' bytes.
  uint64_t classify(rte_mbuf* const* packets, unsigned n, Classified& out,
                    Disposal& disposal) const noexcept;

 private:
  static __m128i load128(const void* at) noexcept {
    return _mm_loadu_si128(static_cast<const __m128i*>(at));
  }
  // What the first 16 bytes of plain frames have: our MAC, whatever source, the EtherType, and in
  // the IP header's first byte, under a mask, the version.
  struct alignas(16) Front {
    std::array<uint8_t, 16> wanted{};
    std::array<uint8_t, 16> mask{};

    Front(const MacAddress& own_mac, uint16_t ether_type, uint8_t first,
          uint8_t first_mask) noexcept;

    // The same in registers.
    struct Vectors {
      __m128i wanted;
      __m128i mask;
      bool match(const uint8_t* frame) const noexcept {
        const __m128i compared = _mm_and_si128(load128(frame), mask);
        return _mm_movemask_epi8(_mm_cmpeq_epi8(compared, wanted)) == 0xffff;
      }
    };
    Vectors vectors() const noexcept { return {load128(wanted.data()), load128(mask.data())}; }
  };

  template <bool kChecksumOffload>
  uint64_t classify_burst(rte_mbuf* const* packets, unsigned n, Classified& out,
                          Disposal& disposal) const noexcept;
  // How many packets up to the first that is not a plain one of the family; those go to `out`.
  template <bool kChecksumOffload>
  size_t take_plain_ipv4(rte_mbuf* const* packets, size_t n, Batch<Ipv4>& out,
                         uint64_t& bytes) const noexcept;
  size_t take_plain_ipv6(rte_mbuf* const* packets, size_t n, Batch<Ipv6>& out,
                         uint64_t& bytes) const noexcept;

  LinkContext link_;
  Front front4_;
  Front front6_;
};

}  // namespace dstfwd
