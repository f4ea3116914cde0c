// SPDX-License-Identifier: BSD-3-Clause
// Watches over the router's own addresses of one family: duplicate detection when they are new,
// announcements, and their defence (duplicate_detection.h). The control thread.
#pragma once

#include "fwd/duplicate_detection.h"
#include "fwd/slow_io.h"

namespace dstfwd {

template <typename Family>
class AddressGuard {
 public:
  using Address = typename Family::Address;

  // detects: false: no probes and no announcements, and an address is preferred at once, as with
  // Linux's sysctl dad_transmits = 0.
  AddressGuard(SlowRouting& routing, SlowIo& io, uint64_t seed, bool detects)
      : routing_(routing), io_(io), random_(seed), detects_(detects) {}

  // Takes notice of new and deleted addresses and of links that came up, sends what is due.
  void tick(uint64_t now_ms);

  // kTentative for an address that is not ours.
  AddressPhase phase(const LinkRef& link, const Address& address) const noexcept;
  // Another station has, or probes for, an address of ours. True: the address was tentative, and is
  // given up as a duplicate now: routing knows, and nobody uses it until its link comes up again.
  bool conflict(const LinkRef& link, const Address& address, uint64_t now_ms);

  uint64_t conflicts() const noexcept { return conflicts_; }
  uint64_t duplicates() const noexcept;

 private:
  struct Guarded {
    DuplicateDetection detection;
    bool link_up;
    uint64_t seen;  // routing_.own_version() that had it last
  };
  using Key = std::pair<LinkRef, std::array<uint8_t, sizeof(Address)>>;
  static Key key(const LinkRef& link, const Address& address) noexcept {
    return {link, std::bit_cast<std::array<uint8_t, sizeof(Address)>>(address)};
  }
  FamilyRouting<Family>& family() const noexcept { return routing_; }

  void adopt(uint64_t now_ms);

  SlowRouting& routing_;
  SlowIo& io_;
  SmallRandom random_;
  bool detects_;
  std::map<Key, Guarded> guarded_;
  uint64_t version_ = ~uint64_t{0};
  uint64_t conflicts_ = 0;
};

extern template class AddressGuard<Ipv4>;
extern template class AddressGuard<Ipv6>;

}  // namespace dstfwd
