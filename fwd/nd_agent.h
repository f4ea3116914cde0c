// SPDX-License-Identifier: BSD-3-Clause
// The router's side of neighbour discovery (RFC 4861): answers for our addresses, learns from what
// it hears, tells conflicts (RFC 4862 5.4), and advertises itself where it is told to. The control
// thread.
#pragma once

#include "fwd/address_guard.h"
#include "fwd/nd.h"
#include "fwd/neighbour_resolver.h"
#include "fwd/router_advertiser.h"

namespace dstfwd {

struct NdAgentStats {
  uint64_t solicits = 0;  // for our addresses
  uint64_t adverts = 0;
  uint64_t adverts_sent = 0;
  uint64_t router_solicits = 0;
  uint64_t router_adverts_sent = 0;
  uint64_t invalid = 0;  // RFC 4861 6.1, 7.1: silently discarded
};

class NdAgent {
 public:
  NdAgent(const SlowRouting& routing, SlowIo& io, NeighbourResolver<Ipv6>& resolver,
          AddressGuard<Ipv6>& guard, uint64_t seed)
      : routing_(routing), io_(io), resolver_(resolver), guard_(guard), random_(seed) {}

  // A whole IPv6 packet. False: it is no neighbour discovery message at all.
  bool receive(const LinkRef& link, Bytes packet, uint64_t now_ms);
  // Router advertisements that are due.
  void tick(uint64_t now_ms);

  const NdAgentStats& stats() const noexcept { return stats_; }

 private:
  void solicited(const LinkRef& link, const LinkInfo& info, const NdMessage& m, uint64_t now_ms);
  void advertised(const LinkRef& link, const NdMessage& m, uint64_t now_ms);
  void send_router_advert(const LinkRef& link, const LinkInfo& info, uint16_t lifetime_s);
  const FamilyRouting<Ipv6>& family() const noexcept { return routing_; }

  const SlowRouting& routing_;
  SlowIo& io_;
  NeighbourResolver<Ipv6>& resolver_;
  AddressGuard<Ipv6>& guard_;
  SmallRandom random_;
  std::map<LinkRef, RouterAdvertiser> advertisers_;
  NdAgentStats stats_;
};

}  // namespace dstfwd
