// SPDX-License-Identifier: BSD-3-Clause
// The router's slow path: neighbours, ICMP, and whatever else is not forwarding.
//
// Theory of operations
//   Forwarding lcores hand over what they cannot end themselves (punt.h). poll() takes a bounded
//   number of packets from each lcore's ring and gives each to the agent that knows it; now and
//   then it runs timers. What is to be sent goes to a lcore's inject ring. Forwarding never waits
//   for any of it: full rings drop.
// Invariants
//   1. slow_io.h's.
//   2. One poll() does a bounded amount of work, whatever arrives.
// Threads
//   The control thread calls everything.
#pragma once

#include "fwd/arp_agent.h"
#include "fwd/icmp_agent.h"
#include "fwd/mld_agent.h"
#include "fwd/nd_agent.h"
#include "fwd/reassembler.h"

namespace dstfwd {

struct SlowPathConfig {
  SlowIoConfig io;
  NeighbourTimers timers{};
  NeighbourResolverLimits limits{};
  uint32_t icmp_errors_per_s = 1000;  // 0: no limit
  bool detect_duplicates = true;      // of our own addresses
  uint64_t tsc_hz = 0;
  uint64_t now_tsc = 0;
  int numa_node = -1;
};

struct SlowPathStats {
  uint64_t punts = 0;  // packets taken from punt rings
  uint64_t local = 0;  // of them: for the router
  uint64_t arp = 0;
  uint64_t nd = 0;
  uint64_t errors = 0;
  uint64_t holds = 0;
  uint64_t fragments = 0;    // of local: fragments
  uint64_t reassembled = 0;  // packets that they made
};

class SlowPath {
 public:
  // Main thread, EAL initialised. `routing` outlives it.
  static Result<std::unique_ptr<SlowPath>> create(SlowRouting& routing, SlowPathConfig config);

  // Returns how many packets were taken. Call it at least every few milliseconds.
  unsigned poll(uint64_t now_tsc);
  // No lcore runs any more: ends all waits, so that every mbuf and reference is home.
  void stop();
  // The neighbour was set or deleted by a command (`neigh add`, `neigh del`).
  template <typename Family>
  void neighbour_changed(const LinkRef& link, const typename Family::Address& address);

  SlowPathStats stats() const noexcept { return stats_; }
  const LcoreCounters& counters() const noexcept { return io_.counters(); }
  const ArpAgentStats& arp() const noexcept { return arp_.stats(); }
  const NdAgentStats& nd() const noexcept { return nd_.stats(); }
  const MldAgent& mld() const noexcept { return mld_; }
  const IcmpAgentStats& icmp() const noexcept { return icmp_.stats(); }
  const NeighbourResolver<Ipv4>& neighbours4() const noexcept { return resolver4_; }
  const NeighbourResolver<Ipv6>& neighbours6() const noexcept { return resolver6_; }
  const AddressGuard<Ipv4>& guard4() const noexcept { return guard4_; }
  const AddressGuard<Ipv6>& guard6() const noexcept { return guard6_; }

 private:
  SlowPath(SlowRouting& routing, SlowPathConfig config, Reassembler reassembler);

  // Where a punted packet came by, and where in it its IP or ARP header is.
  struct Arrival {
    LinkRef link;
    uint16_t lcore = 0;
    uint16_t l3_offset = 0;
    bool to_group = false;  // of the frame
    bool ipv6 = false;
    bool own = false;  // sent by ourselves, and come back by a loop
  };
  void dispatch(rte_mbuf* packet, uint16_t lcore);
  void nd(rte_mbuf* packet, const Arrival& arrival);
  void local(rte_mbuf* packet, const Arrival& arrival);
  void error(rte_mbuf* packet, const Arrival& arrival, const PuntInfo& punt);
  template <typename Family>
  void hold(rte_mbuf* packet, const Arrival& arrival);
  void hold_for_tunnel(rte_mbuf* packet, const Arrival& arrival);
  // It waits for the way of a packet of that family to `dst`.
  template <typename Family>
  void hold_for(rte_mbuf* packet, const Arrival& arrival, const typename Family::Address& dst);
  void unreachable(rte_mbuf* packet);
  void timed_out(const rte_mbuf* first);
  template <typename Family>
  NeighbourResolver<Family>& resolver() noexcept;
  void run_timers();
  void watch_links();
  Arrival arrival_of(const rte_mbuf* packet, uint16_t lcore) const noexcept;
  Bytes packet_bytes(const rte_mbuf* packet, size_t l3_offset, size_t limit) noexcept;

  SlowIo io_;
  SlowRouting& routing_;
  NeighbourResolver<Ipv4> resolver4_;
  NeighbourResolver<Ipv6> resolver6_;
  AddressGuard<Ipv4> guard4_;
  AddressGuard<Ipv6> guard6_;
  ArpAgent arp_;
  NdAgent nd_;
  MldAgent mld_;
  IcmpAgent icmp_;
  Reassembler reassembler_;
  uint64_t tsc_per_ms_;
  uint64_t now_tsc_;
  uint64_t now_ms_;
  uint64_t next_timers_ms_ = 0;
  std::map<LinkRef, bool> links_up_;
  std::vector<uint8_t> scratch_;
  SlowPathStats stats_;
};

}  // namespace dstfwd
