// SPDX-License-Identifier: BSD-3-Clause
// The tunnels of all routes, each with a next hop of kind kTunnel that names it by
// Adjacency::object.
//
// Theory of operations
//   Routes find or make tunnels and count them. A new one is filled in before the FIB that leads to
//   it is published; its place is used again only when its next hop may be. What decapsulation
//   asks, whether a packet's addresses are a tunnel's, is a list of its own, made anew and swapped
//   when tunnels have come or gone.
// Invariants
//   1. A tunnel that a FIB or an entry's next hop names does not change.
// Threads
//   The control thread, but for operator[] and ends(): any lcore that is an online reader.
// Ordering
//   Tunnels: as next hops (next_hop.h). (A) publish() stores the list with release; pairs with
//   (B) ends()'s acquire.
// Cost
//   64 B a tunnel; of ends(), a binary search a packet that is for the router and of protocol 4 or
//   41.
#pragma once

#include <atomic>
#include <map>
#include <memory>

#include "fwd/address_table.h"
#include "fwd/next_hop.h"
#include "fwd/tunnel_ends.h"

namespace dstfwd {

struct TunnelRecord {
  Tunnel tunnel;
  NextHopIndex hop = kNoRouteHop;
  uint32_t paths = 0;  // of routes that go by it
};

class TunnelTable {
 public:
  static constexpr uint32_t kMaxTunnels = 65534;  // PuntInfo names them in 16 bits

  // Throws std::bad_alloc only.
  TunnelTable(uint32_t max_tunnels, NextHopTable& hops);
  // Whose addresses tunnels may begin at; before any other call of the control thread.
  void attach(const AddressTable<Ipv4>& ipv4, const AddressTable<Ipv6>& ipv6) noexcept {
    addresses4_ = &ipv4;
    addresses6_ = &ipv6;
  }

  // Lcores.
  const Tunnel& operator[](uint32_t object) const noexcept { return places_[object].tunnel; }
  const TunnelEnds& ends() const noexcept { return *ends_.load(std::memory_order_acquire); }  // (B)

  // The error says what is wrong with its ends, or that a table is full.
  Result<TunnelRecord*> find_or_make(const Tunnel& tunnel);
  // Forgets the tunnel if no path holds it. Its next hop is to be freed by whoever calls
  // take_retired(), when no FIB names it any more.
  void drop_if_unused(const Tunnel& tunnel);
  // Is its near end one of the router's addresses?
  bool is_usable(const Tunnel& tunnel) const noexcept;
  // nullptr: not a tunnel's next hop, or it is gone.
  const Tunnel* find(uint32_t object) const noexcept;

  std::vector<NextHopIndex> take_retired() { return std::exchange(retired_, {}); }
  bool pending() const noexcept { return !retired_.empty() || changed_; }
  // The list of ends as it is now becomes known to lcores.
  void publish();
  // What publish() has replaced is freed after this period.
  void retire_ends(ReaderGrace::Token grace);
  // No FIB that is published names the tunnel's hop any more. grace: a token taken after that.
  void free(uint32_t object, NextHopIndex hop, ReaderGrace::Token grace) {
    dying_.push_back({object, hop, grace});
  }
  // Before NextHopTable::reap().
  void reap(const ReaderGrace& grace);

  size_t size() const noexcept { return records_.size(); }

 private:
  struct alignas(dstgc::kCacheLine) Place {
    Tunnel tunnel;
    bool used = false;
  };
  struct Dying {
    uint32_t object;
    NextHopIndex hop;
    ReaderGrace::Token grace;
  };
  struct OldEnds {
    std::unique_ptr<const TunnelEnds> ends;
    ReaderGrace::Token grace;
  };
  Status check(const Tunnel& tunnel) const;

  NextHopTable* hops_;
  const AddressTable<Ipv4>* addresses4_ = nullptr;
  const AddressTable<Ipv6>* addresses6_ = nullptr;
  uint32_t capacity_;
  uint32_t next_ = 0;  // never used from here on
  std::unique_ptr<Place[]> places_;
  std::vector<uint32_t> free_;
  std::map<Tunnel, TunnelRecord> records_;
  std::vector<NextHopIndex> retired_;
  std::vector<Dying> dying_;
  bool changed_ = false;  // since publish()
  std::unique_ptr<const TunnelEnds> shown_;
  std::atomic<const TunnelEnds*> ends_;
  std::unique_ptr<const TunnelEnds> replaced_;
  std::vector<OldEnds> old_;
};

}  // namespace dstfwd
