// SPDX-License-Identifier: BSD-3-Clause
// Keeps switches told which multicast groups the router listens to on each link (RFC 3810 4.2, 6):
// the solicited-node groups of its addresses and the routers' group. The control thread.
#pragma once

#include <set>

#include "fwd/mld.h"
#include "fwd/slow_io.h"

namespace dstfwd {

class MldAgent {
 public:
  MldAgent(const SlowRouting& routing, SlowIo& io, uint64_t seed)
      : routing_(routing), io_(io), random_(seed) {}

  // A whole IPv6 packet. False: it is no query.
  bool receive(const LinkRef& link, Bytes packet, uint64_t now_ms);
  void tick(uint64_t now_ms);
  uint64_t reports_sent() const noexcept { return reports_sent_; }

 private:
  struct Listening {
    std::set<Ipv6Address> groups;
    bool up = false;
    unsigned changes_due = 0;  // state changes are reported twice (Robustness Variable)
    uint64_t change_ms = 0;
    uint64_t answer_ms = UINT64_MAX;  // a query's answer is due
  };
  void send(const LinkRef& link, const std::set<Ipv6Address>& groups, MldRecord type);
  std::set<Ipv6Address> groups_of(const LinkRef& link) const;

  const SlowRouting& routing_;
  SlowIo& io_;
  SmallRandom random_;
  std::map<LinkRef, Listening> links_;
  uint64_t reports_sent_ = 0;
};

}  // namespace dstfwd
