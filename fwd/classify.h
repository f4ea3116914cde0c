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

#include "fwd/disposal.h"
#include "fwd/plain_ipv4.h"

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
  // wide: takes plain IPv4 frames eight at once; nullptr: each by itself.
  explicit Classifier(const LinkContext& link, PlainKernel wide = best_plain_kernel()) noexcept;

  // Takes all packets, at least one, whose first bytes were prefetched; there is room in `out`.
  // Returns the sum of the frames' bytes.
  uint64_t classify(rte_mbuf* const* packets, unsigned n, Classified& out,
                    Disposal& disposal) const noexcept;

 private:
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
  PlainFront front4_;
  PlainFront front6_;
  PlainKernel wide_;
};

}  // namespace dstfwd
