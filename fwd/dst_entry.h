// SPDX-License-Identifier: BSD-3-Clause
// A cached destination: what a packet of a known flow needs, and what it leaves behind.
//
// Threads
//   The lcore that allocated the entry fills it before it is published in the flow table; `key`,
//   `hop`, `child` and `created_tick` do not change from then until the entry is reclaimed, but for
//   `hop` when its port is removed (collector). The rest is written by whichever lcore forwards the
//   flow. Two lcores that forward one flow at once may lose each other's increments of the
//   counters; nothing else depends on them.
// Cost
//   One line an IPv4 packet. Two an IPv6 packet: its bytes are counted in the second. The last use
//   is stored with each packet, though its tick seldom changes: the count of packets beside it
//   writes that line anyway, and where flows come in random order no CPU foresees whether it has
//   changed (docs/benchmarks.md).
#pragma once

#include <atomic>

#include "fwd/family.h"

namespace dstfwd {

template <typename Family>
struct alignas(dstgc::kCacheLine) DstEntry {
  typename Family::Key key;
  std::atomic<uint64_t> version;        // RouterView's, at the time of the FIB's answer
  std::atomic<uint32_t> hop;            // NextHopIndex; counted in the NextHopTable
  std::atomic<uint32_t> last_use_tick;  // DstClock's ticks
  std::atomic<uint64_t> packets;
  std::atomic<uint64_t> bytes;  // of IP packets, headers included
  uint32_t created_tick;
  uint32_t child;  // EntryIndex; kNoEntry: none. A counted reference, dropped by the collector.

  NextHopIndex next_hop() const noexcept {
    return NextHopIndex{hop.load(std::memory_order_relaxed)};
  }

  // Precondition: not published, or the caller is the collector.
  void fill(const typename Family::Key& k, NextHopIndex h, uint64_t v, uint32_t tick) noexcept {
    key = k;
    version.store(v, std::memory_order_relaxed);
    hop.store(to_u32(h), std::memory_order_relaxed);
    last_use_tick.store(tick, std::memory_order_relaxed);
    packets.store(0, std::memory_order_relaxed);
    bytes.store(0, std::memory_order_relaxed);
    created_tick = tick;
    child = to_u32(dstgc::kNoEntry);
  }

  // In place of another entry of the flow, which is left with no packets. Precondition: not
  // published.
  void go_on(DstEntry& other) noexcept {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    packets.store(other.packets.exchange(0, kRelaxed), kRelaxed);
    bytes.store(other.bytes.load(kRelaxed), kRelaxed);
    created_tick = other.created_tick;
  }

  // One packet of the flow, of `length` bytes, at `tick`.
  void touch(uint32_t length, uint32_t tick) noexcept {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    packets.store(packets.load(kRelaxed) + 1, kRelaxed);
    bytes.store(bytes.load(kRelaxed) + length, kRelaxed);
    last_use_tick.store(tick, kRelaxed);
  }
};
static_assert(sizeof(DstEntry<Ipv4>) == 64);
static_assert(sizeof(DstEntry<Ipv6>) == 128);

// Time in the resolution of idle timeouts: ticks of 2^shift TSC cycles, at most 8 ms.
class DstClock {
 public:
  static constexpr double kMaxTick_s = 0.008;

  // Precondition: tsc_hz > 0.
  explicit DstClock(uint64_t tsc_hz) noexcept : tsc_hz_(tsc_hz) {
    while (static_cast<double>(uint64_t{2} << shift_) <= kMaxTick_s * static_cast<double>(tsc_hz)) {
      ++shift_;
    }
  }
  // Wraps after some months: compare by subtraction.
  uint32_t tick(uint64_t now_tsc) const noexcept {
    return static_cast<uint32_t>(now_tsc >> shift_);
  }
  // Rounded up, at least 1, at most half of the range.
  uint32_t ticks(double seconds) const noexcept {
    const double n =
        seconds * static_cast<double>(tsc_hz_) / static_cast<double>(uint64_t{1} << shift_);
    return n >= 2147483647.0 ? 2147483647U : n <= 1.0 ? 1U : static_cast<uint32_t>(n + 0.999999);
  }

 private:
  uint64_t tsc_hz_;
  unsigned shift_ = 0;
};

}  // namespace dstfwd
