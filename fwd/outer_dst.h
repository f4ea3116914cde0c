// SPDX-License-Identifier: BSD-3-Clause
// The dst entries of tunnels' outer packets: what the entry of each flow into a tunnel has as its
// child.
//
// Theory of operations
//   A tunnel's outer packets are a flow of their own, of protocol 4 or 41 between the tunnel's
//   ends, with an entry in the cache of the outer family. An inner entry holds a counted reference
//   on it, which the collector drops when it destroys the inner one; so an outer entry, should it
//   die first, stays busy until the last inner one is gone, and its next hop as long. A hit in the
//   inner flow asks nothing more than its child's next hop.
// Invariants
//   1. An inner entry of version v has a child whose next hop was the FIB's answer at v or later:
//      renew() sees to it before the inner entry is made valid again. So of a valid inner entry's
//      child nothing is checked, not even whether it still lives.
//   2. An inner entry is made only with a child, and a child only where the outer packets go to an
//      adjacency.
// Threads
//   One lcore, an online reader of the grace period.
// Cost
//   A packet into a tunnel touches one line more than another.
#pragma once

#include "fwd/dst_cache.h"
#include "fwd/encapsulation.h"
#include "fwd/lcore_counters.h"
#include "fwd/router_view.h"
#include "fwd/turn.h"

namespace dstfwd {

class OuterDst {
 public:
  struct Setup {
    const RouterView* view;
    DstCache<Ipv4>* ipv4;
    DstCache<Ipv6>* ipv6;
    dstgc::Producer* producer;
    LcoreCounters* counters;
    uint32_t first_id;  // of IPv4 headers and IPv6 fragments: random (RFC 6864, RFC 7739)
  };
  explicit OuterDst(const Setup& setup) noexcept : setup_(setup), next_id_(setup.first_id) {}

  // Once a burst.
  void set_turn(const Turn& turn) noexcept { turn_ = turn; }

  const Tunnel& tunnel(uint32_t object) const noexcept { return (*setup_.view->tunnels)[object]; }
  // The FIB's answer for outer packets; of a group, the member that has their flow.
  NextHopIndex route(const Tunnel& tunnel) const noexcept;
  // The outer flow's entry, leading to `way`, valid for this turn: found, or made. With a reference
  // for the caller. kNoEntry: there is no room, or others are faster all the time.
  EntryIndex acquire(const Tunnel& tunnel, NextHopIndex way) noexcept;
  // Does the child still live and lead where the FIB leads? Then it is valid for this turn.
  // Precondition: a valid or stale entry, met in this turn, has it as child.
  bool renew(EntryIndex child, const Tunnel& tunnel) noexcept;

  // Where a packet of `length` bytes with its outer header goes: by the child of its flow's entry,
  // which counts it; without one, by the FIB.
  template <typename Inner>
  NextHopIndex way(const Tunnel& tunnel, EntryIndex inner, uint32_t length) noexcept;
  // For the next outer IPv4 header.
  uint16_t next_id() noexcept { return static_cast<uint16_t>(++next_id_); }
  // For the fragments of the next outer IPv6 packet that needs some.
  uint32_t next_fragment_id() noexcept { return ++next_id_; }
  void count_packet() noexcept { setup_.counters->encapsulated.add(1); }

 private:
  template <typename Family>
  DstCache<Family>& cache() const noexcept {
    if constexpr (std::is_same_v<Family, Ipv4>) {
      return *setup_.ipv4;
    } else {
      return *setup_.ipv6;
    }
  }
  template <typename Outer>
  NextHopIndex route_in(const Tunnel& tunnel) const noexcept;
  template <typename Outer>
  EntryIndex find_valid(const typename Outer::Key& key, const FlowHash& hash,
                        NextHopIndex way) noexcept;
  template <typename Outer>
  EntryIndex acquire_in(const Tunnel& tunnel, NextHopIndex way) noexcept;
  template <typename Outer>
  bool renew_in(EntryIndex child, const Tunnel& tunnel) noexcept;
  template <typename Outer>
  NextHopIndex use(EntryIndex child, uint32_t length) noexcept;

  Setup setup_;
  Turn turn_{};
  uint32_t next_id_;
};

}  // namespace dstfwd
