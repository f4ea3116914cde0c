// SPDX-License-Identifier: BSD-3-Clause
// The router's side of ARP: answers for our addresses, learns from what it hears, tells conflicts
// (RFC 826 "packet reception", RFC 5227). The control thread.
#pragma once

#include "fwd/address_guard.h"
#include "fwd/arp.h"
#include "fwd/neighbour_resolver.h"

namespace dstfwd {

struct ArpAgentStats {
  uint64_t requests = 0;  // for our addresses
  uint64_t replies = 0;
  uint64_t replies_sent = 0;
  uint64_t invalid = 0;  // not ARP for IPv4 over Ethernet, or impossible senders
};

class ArpAgent {
 public:
  ArpAgent(const SlowRouting& routing, SlowIo& io, NeighbourResolver<Ipv4>& resolver,
           AddressGuard<Ipv4>& guard)
      : routing_(routing), io_(io), resolver_(resolver), guard_(guard) {}

  // `payload`: what follows the link header. `to_group`: of the frame's destination.
  void receive(const LinkRef& link, Bytes payload, bool to_group, uint64_t now_ms);

  const ArpAgentStats& stats() const noexcept { return stats_; }

 private:
  void answer(const LinkRef& link, const ArpMessage& request);

  const SlowRouting& routing_;
  SlowIo& io_;
  NeighbourResolver<Ipv4>& resolver_;
  AddressGuard<Ipv4>& guard_;
  ArpAgentStats stats_;
};

}  // namespace dstfwd
