// SPDX-License-Identifier: BSD-3-Clause
// Both caches with a collector and next hops, for tests: no EAL, no threads.
#pragma once

#include <gtest/gtest.h>

#include "fwd/dst_hooks.h"
#include "fwd/resolver.h"

namespace dstfwd::test {

inline constexpr uint64_t kHz = 1000000000;  // of the tests' clock: ticks of 4.2 ms

inline constexpr NextHopIndex kGleanHop{4};
inline constexpr NextHopIndex kHopA{5};  // port 1
inline constexpr NextHopIndex kHopB{6};  // port 0
inline constexpr NextHopIndex kUnresolvedHop{7};
inline constexpr NextHopIndex kVlanHop{8};    // port 1, VLAN 42
inline constexpr NextHopIndex kNarrowHop{9};  // port 1, MTU 100
inline constexpr NextHopIndex kGroupHop{10};  // group 0: A and B alike

inline constexpr MacAddress kMacA{{0x02, 0, 0, 0, 0x0a, 0x01}};
inline constexpr MacAddress kMacB{{0x02, 0, 0, 0, 0x0b, 0x01}};
inline constexpr MacAddress kPortMac1{{0x02, 0, 0, 0, 0, 0x02}};

class CacheRig {
 public:
  // Room for so many flows.
  explicit CacheRig(uint32_t flows4 = 64, uint32_t flows6 = 64);

  FlowHash hash(const FlowKey4& key) const { return ipv4->hash_of(key); }
  // Of flow4(n), by kHopA: makes its entry unless it has one, and forwards so many packets of it at
  // `tick`. kNoEntry: there is no room.
  EntryIndex carry(uint32_t n, uint32_t tick, unsigned packets, uint64_t version = 1);
  // All readers are quiescent, and the collector runs until nothing retired is left.
  void reclaim();
  uint32_t references(NextHopIndex hop) const;
  dstgc::PortIndex port_of(EntryIndex index) const;
  dstgc::Producer& lcore() { return collector->producer(dstgc::ProducerId{0}); }
  dstgc::Producer& gc() { return collector->producer(dstgc::ProducerId{1}); }
  dstgc::CollectorStats stats() const { return collector->stats(); }

  NextHopTable hops{16};
  std::unique_ptr<DstCache<Ipv4>> ipv4;
  std::unique_ptr<DstCache<Ipv6>> ipv6;
  std::unique_ptr<DstHooks> hooks;
  std::unique_ptr<dstgc::Collector> collector;
};

inline FlowKey4 flow4(uint32_t n, uint32_t dst = 0xc6120001U) {
  return {FlowKind::kWhole,
          kProtoUdp,
          0,
          {Be32::from_host(0x0a000000U + n)},
          {Be32::from_host(dst)},
          {Be16::from_host(4000), Be16::from_host(5000)}};
}
inline FlowKey6 flow6(uint32_t n) {
  FlowKey6 key{};
  key.src = {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(n >> 24U),
              static_cast<uint8_t>(n >> 16U), static_cast<uint8_t>(n >> 8U),
              static_cast<uint8_t>(n)}};
  key.dst = {{0x20, 0x01, 0x0d, 0xb8, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  key.protocol = kProtoUdp;
  return key;
}

}  // namespace dstfwd::test
