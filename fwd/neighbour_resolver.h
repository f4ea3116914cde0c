// SPDX-License-Identifier: BSD-3-Clause
// Address resolution of one family: ARP for IPv4 (RFC 826), neighbour discovery for IPv6
// (RFC 4861). Owns the neighbours and the packets that wait for them.
//
// Theory of operations
//   Forwarding lcores hold no packet: what has no link-layer address to go to is punted here, waits
//   in its neighbour's list, and goes back to its lcore when the neighbour is resolved, to be
//   routed as if it had just come. Packets that the router makes itself wait in the same lists.
// Invariants
//   1. A neighbour that is usable has no waiting packets.
//   2. A neighbour with waiting packets is incomplete: it will be resolved or fail, within
//      max_group_solicits * retrans_ms.
// Threads
//   The control thread.
#pragma once

#include "fwd/slow_io.h"

namespace dstfwd {

struct NeighbourResolverLimits {
  uint32_t neighbours = 16384;  // of a family
  uint32_t held = 4096;         // packets, of a family
  uint32_t held_per_neighbour = 64;
};

struct NeighbourResolverStats {
  uint64_t solicits_sent = 0;
  uint64_t resolved = 0;  // times that a link-layer address was learned or changed
  uint64_t failed = 0;
  uint64_t table_full = 0;  // neighbours refused
};

// For show and JSON.
template <typename Family>
struct NeighbourView {
  LinkRef link;
  typename Family::Address address;
  MacAddress mac;
  NeighbourPhase phase;
  uint32_t held;
  uint64_t confirmed_ms;  // 0: never
};

template <typename Family>
class NeighbourResolver {
 public:
  using Address = typename Family::Address;
  using Way = typename FamilyRouting<Family>::Way;
  // A held packet of somebody else that ends here, before it is freed: to tell its source.
  using Unreachable = std::function<void(rte_mbuf*)>;

  NeighbourResolver(SlowRouting& routing, SlowIo& io, const NeighbourTimers& timers,
                    const NeighbourResolverLimits& limits, uint64_t seed);

  ~NeighbourResolver() { drop_all(); }
  NeighbourResolver(const NeighbourResolver&) = delete;
  NeighbourResolver& operator=(const NeighbourResolver&) = delete;

  void on_unreachable(Unreachable callback) { unreachable_ = std::move(callback); }

  // A packet that a lcore punted as kHold.
  void hold(const HeldPacket& held, const Way& way, uint64_t now_ms);
  // A packet of our own: sent, or it waits.
  void send(const Way& way, Bytes packet, uint64_t now_ms);

  void heard(const LinkRef& link, const Address& address, const MacAddress& mac, uint64_t now_ms);
  void advertised(const LinkRef& link, const Address& address, const NeighbourAdvert& advert,
                  uint64_t now_ms);
  // Makes its way through the table; call it some times a second.
  void tick(uint64_t now_ms);
  // Everything learned on the link is void.
  void link_down(const LinkRef& link, uint64_t now_ms);
  // A person deleted the neighbour, or set it: what was learned is void, what waits may go.
  void changed_by_hand(const LinkRef& link, const Address& address, uint64_t now_ms);
  // Ends every wait (counted as no_neighbour): before the lcores stop.
  void drop_all();

  std::vector<NeighbourView<Family>> view() const;
  size_t size() const noexcept { return table_.size(); }
  uint32_t held() const noexcept { return queue_.size(); }
  const NeighbourResolverStats& stats() const noexcept { return stats_; }

 private:
  using Entry = Neighbour<Address>;
  // What waits: a packet of a lcore's, or of our own (its bytes, without link header).
  struct Waiting {
    HeldPacket held;
    std::unique_ptr<std::vector<uint8_t>> own;
  };

  void apply(Entry& entry, const NeighbourActions& actions, uint64_t now_ms);
  void wait(Entry& entry, Waiting waiting);
  void end(const Waiting& waiting, Verdict reason, bool tell);
  void let_go(Entry& entry);
  void give_up(Entry& entry);
  void solicit(const Entry& entry, const MacAddress* unicast);
  // Whom to ask as: for a packet of our own its source (RFC 4861 7.2.2), if that is one of ours.
  Address asker(const Entry& entry, const LinkInfo& info);
  std::optional<MacAddress> known_mac(const Way& way) noexcept;
  FamilyRouting<Family>& family() noexcept { return routing_; }

  SlowRouting& routing_;
  SlowIo& io_;
  NeighbourTable<Address> table_;
  HoldQueue<Waiting> queue_;
  std::optional<Address> speaking_as_;  // of the packet that is sent just now
  Unreachable unreachable_ = [](rte_mbuf*) {};
  NeighbourResolverStats stats_;
};

extern template class NeighbourResolver<Ipv4>;
extern template class NeighbourResolver<Ipv6>;

}  // namespace dstfwd
