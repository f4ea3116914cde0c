// SPDX-License-Identifier: BSD-3-Clause
// What the slow path asks of routing, and tells it. slow_router.h answers from the Router; tests
// answer as they like. All calls are made by the control thread.
#pragma once

#include <functional>
#include <optional>

#include "fwd/family.h"
#include "fwd/neighbour_table.h"
#include "fwd/tunnel.h"

namespace dstfwd {

struct LinkInfo {
  MacAddress mac;
  uint16_t mtu = 1500;  // bytes of IP packet
  bool up = false;
  bool advertises = false;  // router advertisements (`link set N ra on`)
};

// May an address be used as ours on a link?
enum class Ownership : uint8_t { kNone, kUnicast, kAnycast };

template <typename Family>
class FamilyRouting {
 public:
  using Address = typename Family::Address;
  struct Way {  // of a packet that the router sends itself
    LinkRef link;
    Address neighbour;  // the gateway, or the destination itself
  };

  virtual ~FamilyRouting() = default;
  // The way to `dst` by longest prefix; nothing: no route, a blackhole, or the router itself.
  virtual std::optional<Way> way_to(const Address& dst) const = 0;
  // The tunnel that packets to `dst` go into; nullptr: none.
  virtual const Tunnel* tunnel_to(const Address& /*dst*/) const { return nullptr; }
  // Whom a packet to `dst` waits for, that a lcore has punted for want of `hop`'s link-layer
  // address: the gateway, or for a connected prefix `dst` itself. Nothing: the next hop is gone.
  virtual std::optional<Way> held_for(NextHopIndex hop, const Address& dst) const = 0;

  // Is it a unicast address of the router, on any link?
  virtual bool is_local(const Address& address) const = 0;
  virtual Ownership ownership(const LinkRef& link, const Address& address) const = 0;
  // Is `address` in a prefix that is connected by `link`?
  virtual bool is_on_link(const LinkRef& link, const Address& address) const = 0;
  // Would a packet to it be a broadcast on a link of ours (RFC 1812 5.3.5)? Never in IPv6.
  virtual bool is_directed_broadcast(const Address& address) const = 0;
  // The address to speak to `peer` with: the link's, of the same prefix and scope if there is one;
  // for a link without addresses, any of the router's.
  virtual std::optional<Address> source_on(const LinkRef& link, const Address& peer) const = 0;
  // Calls visit(link, address, prefix length) for each unicast address of ours. The number changes
  // when the set does.
  using VisitOwn = std::function<void(const LinkRef&, const Address&, unsigned)>;
  virtual void for_each_own(const VisitOwn& visit) const = 0;
  virtual uint64_t own_version() const = 0;
  // Another station was found to have an address of ours, which must not be used any more; or it is
  // to be tried again. It stays in for_each_own(), but is nowhere else ours meanwhile.
  virtual void set_duplicate(const LinkRef& link, const Address& address, bool duplicate) = 0;

  // The link-layer address that a person has set (`neigh add`).
  virtual std::optional<MacAddress> static_neighbour(const LinkRef& link,
                                                     const Address& address) const = 0;
  // A neighbour was resolved, or has another link-layer address: forwarding may use it.
  virtual void neighbour_resolved(const LinkRef& link, const Address& address,
                                  const MacAddress& mac) = 0;
  // It is not to be used any more (it failed, or is forgotten).
  virtual void neighbour_lost(const LinkRef& link, const Address& address) = 0;
  // Do flows or routes go by it?
  virtual bool neighbour_in_use(const LinkRef& link, const Address& address) const = 0;
};

class SlowRouting : public FamilyRouting<Ipv4>, public FamilyRouting<Ipv6> {
 public:
  // Nothing: no such link.
  virtual std::optional<LinkInfo> link(const LinkRef& link) const = 0;
  // The tunnel that a lcore knows by that number; nullptr: it is gone.
  virtual const Tunnel* tunnel(uint32_t /*object*/) const { return nullptr; }
  // Of the link that the next hop leads to, bytes of IP packet; 0 when it has none.
  virtual uint32_t hop_mtu(NextHopIndex hop) const = 0;
  virtual void for_each_link(
      const std::function<void(const LinkRef&, const LinkInfo&)>& visit) const = 0;
};

}  // namespace dstfwd
