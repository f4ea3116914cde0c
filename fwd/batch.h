// SPDX-License-Identifier: BSD-3-Clause
// The packets of one family of a burst on their way through the stages: classify fills the first
// group of arrays, hash and lookup the second, resolve completes `hops`, rewrite empties the batch.
// One lcore.
#pragma once

#include <rte_mbuf.h>

#include "fwd/flow_table.h"
#include "fwd/ip_check.h"

namespace dstfwd {

// Where the IP packet is in its frame. One word, so that one comparison says that it begins right
// behind an untagged Ethernet header, fits an MTU, and has no options to be written.
class L3Span {
 public:
  L3Span() = default;
  // offset: below 4096. length: at most 65575 bytes. records: the header has options that a router
  // writes to.
  constexpr L3Span(unsigned offset, uint32_t length, bool records = false) noexcept
      : word_(static_cast<uint32_t>(offset) << kLengthBits | (records ? kRecords : 0) | length) {}
  constexpr unsigned offset() const noexcept { return word_ >> kLengthBits; }
  constexpr uint32_t length() const noexcept { return word_ & (kRecords - 1); }
  constexpr bool records() const noexcept { return (word_ & kRecords) != 0; }
  constexpr uint32_t word() const noexcept { return word_; }

 private:
  static constexpr unsigned kLengthBits = 20;
  static constexpr uint32_t kRecords = 1U << (kLengthBits - 1);  // more than any length
  uint32_t word_;
};

template <typename Family>
struct Batch {
  unsigned count = 0;
  unsigned hashed = 0;  // so many have their hashes
  alignas(dstgc::kCacheLine) std::array<typename Family::Key, kMaxBurst> keys;
  std::array<rte_mbuf*, kMaxBurst> packets;
  std::array<L3Span, kMaxBurst> spans;  // contiguous up to the end of the IP header

  alignas(dstgc::kCacheLine) std::array<FlowHash, kMaxBurst> hashes;
  std::array<EntryIndex, kMaxBurst> entries;  // resolve: the flow's, or kNoEntry
  std::array<NextHopIndex, kMaxBurst> hops;

  // Precondition: room.
  void add(rte_mbuf* m, L3Span span, const typename Family::Key& key) noexcept {
    keys[count] = key;
    packets[count] = m;
    spans[count] = span;
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
