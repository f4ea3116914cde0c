// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fwd/cache_rig.h"

#include "tests/fwd/packets.h"

namespace dstfwd::test {
namespace {

template <typename T>
T good(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    abort();
  }
  return std::move(*result);
}

}  // namespace

CacheRig::CacheRig(uint32_t flows4, uint32_t flows6) {
  const auto entries4 = static_cast<uint32_t>(FlowTable::entries_for(flows4));
  const auto entries6 = static_cast<uint32_t>(FlowTable::entries_for(flows6));
  // A secret of the rig's own: with another, an almost full cache may have no room for a flow.
  KeyedHash::Secret secret;
  for (size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<uint8_t>(131 * i + 7);
  const KeyedHash hash(secret);
  ipv4 = good(DstCache<Ipv4>::create({entries4, 0, -1, FlowTable::best()}, hash, hops));
  ipv6 = good(DstCache<Ipv6>::create({entries6, entries4, -1, FlowTable::best()}, hash, hops));
  hooks = std::make_unique<DstHooks>(*ipv4, *ipv6);
  dstgc::CollectorConfig config;
  config.pool_entries = {entries4, entries6};
  config.pool_limits = {flows4, flows6};
  config.producers = 2;
  config.tsc_hz = kHz;
  config.hooks = hooks->hooks();
  collector = good(dstgc::Collector::create(config));
  ipv4->attach(*collector);
  ipv6->attach(*collector);
  hooks->set_producer(gc());

  const auto adjacency = [](MacAddress dst, MacAddress src, uint16_t port) {
    return Adjacency{HopKind::kAdjacency, true, dst, src, PortId{port}, 1500, 0, 0};
  };
  Adjacency hop = adjacency(kMacA, kPortMac1, 1);
  hops.set(kHopA, hop);
  hops.set(kHopB, adjacency(kMacB, kOwnMac, 0));
  hop.vlan_tci = 42;
  hops.set(kVlanHop, hop);
  hop.vlan_tci = 0;
  hop.mtu = 100;
  hops.set(kNarrowHop, hop);
  hop.mtu = 1500;
  hop.resolved = false;
  hops.set(kUnresolvedHop, hop);
  hop.kind = HopKind::kGlean;
  hops.set(kGleanHop, hop);
  hop.kind = HopKind::kGroup;
  hops.set(kGroupHop, hop);
}

EntryIndex CacheRig::carry(uint32_t n, uint32_t tick, unsigned packets, uint64_t version) {
  const FlowKey4 key = flow4(n);
  const EntryIndex index = ipv4->insert(lcore(), key, hash(key), {kHopA, {}, version}, tick).index;
  if (index != kNoEntry)
    for (unsigned i = 0; i < packets; ++i) ipv4->entry(index).touch(100, tick);
  return index;
}

void CacheRig::reclaim() {
  lcore().quiescent();
  gc().quiescent();
  collector->drain();
}

uint32_t CacheRig::references(NextHopIndex hop) const {
  return hops.count(hop);
}

dstgc::PortIndex CacheRig::port_of(EntryIndex index) const {
  return collector->port(index);
}

}  // namespace dstfwd::test
