// SPDX-License-Identifier: BSD-3-Clause
// The packets of one family of a burst on their way through the stages: classify fills the first
// group of arrays, lookup the second, resolve completes `hops`, rewrite empties the batch. One
// lcore.
#pragma once

#include <rte_mbuf.h>

#include "fwd/flow_table.h"
#include "fwd/ip_check.h"

namespace dstfwd {

// Where the IP packet is in its frame. One word, so that one comparison says that it begins right
// behind an untagged Ethernet header and fits an MTU.
class L3Span {
 public:
  L3Span() = default;
  // offset: below 4096. length: at most 65575 bytes.
  constexpr L3Span(unsigned offset, uint32_t length) noexcept
      : word_(static_cast<uint32_t>(offset) << kLengthBits | length) {}
  constexpr unsigned offset() const noexcept { return word_ >> kLengthBits; }
  constexpr uint32_t length() const noexcept { return word_ & ((1U << kLengthBits) - 1); }
  constexpr uint32_t word() const noexcept { return word_; }

 private:
  static constexpr unsigned kLengthBits = 20;
  uint32_t word_;
};

template <typename Family>
struct Batch {
  unsigned count = 0;
  alignas(dstgc::kCacheLine) std::array<typename Family::Key, kMaxBurst> keys;
  std::array<rte_mbuf*, kMaxBurst> packets;
  std::array<L3Span, kMaxBurst> spans;  // contiguous up to the end of the IP header

  alignas(dstgc::kCacheLine) std::array<FlowHash, kMaxBurst> hashes;
  std::array<EntryIndex, kMaxBurst> entries;
  std::array<NextHopIndex, kMaxBurst> hops;

  // Precondition: room.
  void add(rte_mbuf* m, unsigned l3_offset, uint32_t length,
           const typename Family::Key& key) noexcept {
    keys[count] = key;
    packets[count] = m;
    spans[count] = L3Span(l3_offset, length);
    ++count;
  }

  std::span<const typename Family::Key> all_keys() const noexcept { return {keys.data(), count}; }
};

// Packets that may only be for the router itself: not looked up in the cache, never forwarded.
template <typename Family>
struct Aside {
  unsigned count = 0;
  std::array<typename Family::Address, kMaxBurst> destinations;
  std::array<rte_mbuf*, kMaxBurst> packets;
  std::array<uint16_t, kMaxBurst> l3_offsets;
  std::array<Verdict, kMaxBurst> unless_local;

  // Precondition: room.
  void add(rte_mbuf* m, unsigned l3_offset, const Checked<Family>& checked) noexcept {
    destinations[count] = checked.key.dst;
    packets[count] = m;
    l3_offsets[count] = static_cast<uint16_t>(l3_offset);
    unless_local[count] = checked.unless_local;
    ++count;
  }
};

}  // namespace dstfwd
