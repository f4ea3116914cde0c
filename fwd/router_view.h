// SPDX-License-Identifier: BSD-3-Clause
// The router's state as forwarding lcores see it. The Router owns what it points to; see router.h.
#pragma once

#include <rte_config.h>

#include <array>
#include <atomic>
#include <type_traits>

#include "fwd/fib.h"
#include "fwd/hop_group_table.h"
#include "fwd/next_hop.h"
#include "fwd/tunnel_table.h"
#include "fwd/vlan_set.h"

namespace dstfwd {

// `mac` does not change while lcores run; the rest may at any time. Written by the control thread.
struct alignas(dstgc::kCacheLine) PortView {
  MacAddress mac{};
  std::atomic<uint16_t> mtu{1500};   // bytes of IP packet
  std::atomic<bool> up{true};        // by the operator's will and the link's state
  std::atomic<bool> removed{false};  // the device is gone: not to be polled
  VlanSet vlans;                     // with a sub-interface
};

// `version` is what a dst entry is valid for: a flush generation in the high half, a route
// generation in the low one. Bumped after the FIB that it stands for was published (release); a
// lcore reads it (acquire) before it reads the FIB, so that the answer is at least as new.
struct RouterView {
  const Fib<Ipv4>* fib4 = nullptr;
  const Fib<Ipv6>* fib6 = nullptr;
  NextHopTable* next_hops = nullptr;
  const HopGroupTable* groups = nullptr;
  const TunnelTable* tunnels = nullptr;
  const std::atomic<uint64_t>* version = nullptr;
  bool promiscuous = false;  // frames for any MAC are taken
  // Of UT, written by the control thread every few milliseconds: for IPv4 timestamps.
  std::atomic<uint32_t> ms_since_midnight{0};
  std::array<PortView, RTE_MAX_ETHPORTS> ports;

  template <typename Family>
  const Fib<Family>& fib() const noexcept {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return *fib4;
    } else {
      return *fib6;
    }
  }
};

}  // namespace dstfwd
