// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fwd/router_rig.h"

namespace dstfwd::test {

RouterRig::RouterRig(uint32_t entries) : cache(entries, entries) {
  const FibConfig config{.kind = FibKind::kTree, .routes = 64};
  fib4 = std::move(*Fib<Ipv4>::create(config));
  fib6 = std::move(*Fib<Ipv6>::create(config));
  view.fib4 = fib4.get();
  view.fib6 = fib6.get();
  view.next_hops = &cache.hops;
  view.groups = &groups;
  view.tunnels = &tunnels;
  view.version = &version;
  view.ports[0].mac = kOwnMac;
  view.ports[1].mac = kPortMac1;
  const GroupMember members[] = {{1, kHopA, 1, true}, {2, kHopB, 1, true}};
  groups.at(groups.allocate()).assign(members);
  route4(0xc6120000U, 16, kHopA);
  route4(0x0a000000U, 8, kHopB);
  route4(0x0b000000U, 8, kGroupHop);
  route4(0xc0000200U, 24, kGleanHop);
  route4(kToLocal4, 32, kLocalHop);
  route4(0xc6130000U, 16, kBlackholeHop);
  route4(0xc0a80000U, 16, kUnreachableHop);
  route4(0xcb007100U, 24, kUnresolvedHop);
  route4(0xac100000U, 16, kVlanHop);
  route4(0xac110000U, 16, kNarrowHop);
  route6({0x20, 0x01, 0x0d, 0xb8, 0x10}, 36, kHopA);
  route6({0x20, 0x01, 0x0d, 0xb8, 0x20}, 36, kBlackholeHop);
  route6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, kLocalHop);
}

void RouterRig::route4(uint32_t prefix, unsigned length, NextHopIndex hop) {
  const FibChange<Ipv4> change{{{Be32::from_host(prefix)}, static_cast<uint8_t>(length)}, hop};
  const Status status = fib4->commit({&change, 1}, {});
  EXPECT_TRUE(status) << status.error().message;
}

void RouterRig::route6(std::initializer_list<uint8_t> prefix, unsigned length, NextHopIndex hop) {
  Ipv6Address address{};
  std::copy(prefix.begin(), prefix.end(), address.bytes.begin());
  const FibChange<Ipv6> change{{address, static_cast<uint8_t>(length)}, hop};
  const Status status = fib6->commit({&change, 1}, {});
  EXPECT_TRUE(status) << status.error().message;
}

}  // namespace dstfwd::test
