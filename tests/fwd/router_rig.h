// SPDX-License-Identifier: BSD-3-Clause
// A router's state as the lcores see it, with a few routes of each kind.
#pragma once

#include "tests/fwd/cache_rig.h"
#include "tests/fwd/packets.h"

namespace dstfwd::test {

// Destinations, by what the FIB has for them.
inline constexpr uint32_t kToA4 = 0xc6120001U;            // 198.18.0.1, port 1
inline constexpr uint32_t kToB4 = 0x0a000001U;            // 10.0.0.1, port 0
inline constexpr uint32_t kToLocal4 = 0xc0000201U;        // 192.0.2.1
inline constexpr uint32_t kToGlean4 = 0xc0000207U;        // 192.0.2.7
inline constexpr uint32_t kToBlackhole4 = 0xc6130001U;    // 198.19.0.1
inline constexpr uint32_t kToUnresolved4 = 0xcb007101U;   // 203.0.113.1
inline constexpr uint32_t kToVlan4 = 0xac100001U;         // 172.16.0.1
inline constexpr uint32_t kToNarrow4 = 0xac110001U;       // 172.17.0.1
inline constexpr uint32_t kToUnreachable4 = 0xc0a80001U;  // 192.168.0.1
inline constexpr uint32_t kToGroup4 = 0x0b000001U;        // 11.0.0.1
inline constexpr uint32_t kToNowhere4 = 0x64400001U;      // 100.64.0.1

class RouterRig {
 public:
  explicit RouterRig(uint32_t entries = 256);

  void route4(uint32_t prefix, unsigned length, NextHopIndex hop);
  void route6(std::initializer_list<uint8_t> prefix, unsigned length, NextHopIndex hop);
  // As the control side does after a change of routes, and for a flush.
  void bump_routes() { version.fetch_add(1); }
  void bump_flush() { version.fetch_add(uint64_t{1} << 32U); }
  Turn turn(uint32_t tick = 0) const { return {version.load(), tick}; }

  CacheRig cache;
  std::unique_ptr<Fib<Ipv4>> fib4;
  std::unique_ptr<Fib<Ipv6>> fib6;
  HopGroupTable groups{1};
  TunnelTable tunnels{8, cache.hops};
  std::atomic<uint64_t> version{(uint64_t{1} << 32U) | 1U};
  RouterView view;
};

}  // namespace dstfwd::test
