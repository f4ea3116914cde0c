// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/outer_dst.h"

namespace dstfwd {

template <typename Outer>
NextHopIndex OuterDst::route_in(const Tunnel& tunnel) const noexcept {
  const RouterView& view = *setup_.view;
  const NextHopIndex answer = view.fib<Outer>().lookup(tunnel.remote.as<Outer>());
  const NextHop& hop = (*view.next_hops)[answer];
  if (hop.kind() != HopKind::kGroup) return answer;
  const FlowHash hash = cache<Outer>().hash_of(outer_key<Outer>(tunnel));
  return (*view.groups)[hop.read().object].select(hash.spread);
}

NextHopIndex OuterDst::route(const Tunnel& tunnel) const noexcept {
  return outer_is_ipv6(tunnel.mode) ? route_in<Ipv6>(tunnel) : route_in<Ipv4>(tunnel);
}

// The entry that has the key, if it leads to `way`, valid from now on; one that does not is killed.
template <typename Outer>
EntryIndex OuterDst::find_valid(const typename Outer::Key& key, const FlowHash& hash,
                                NextHopIndex way) noexcept {
  const EntryIndex index = cache<Outer>().find(hash, key);
  if (index == kNoEntry) return kNoEntry;
  auto& entry = cache<Outer>().entry(index);
  const uint64_t version = entry.version.load(std::memory_order_relaxed);
  const bool flushed = flush_generation(version) != flush_generation(turn_.version);
  if (!flushed && entry.next_hop() == way) {
    if (version != turn_.version) entry.version.store(turn_.version, std::memory_order_relaxed);
    return index;
  }
  if (cache<Outer>().kill(*setup_.producer, index, hash)) {
    (flushed ? setup_.counters->flushed : setup_.counters->replaced).add(1);
  }
  return kNoEntry;
}

template <typename Outer>
EntryIndex OuterDst::acquire_in(const Tunnel& tunnel, NextHopIndex way) noexcept {
  constexpr unsigned kAttempts = 4;  // each failure: another thread has just killed the entry
  const auto key = outer_key<Outer>(tunnel);
  const FlowHash hash = cache<Outer>().hash_of(key);
  const auto port =
      dstgc::PortIndex{static_cast<uint8_t>((*setup_.view->next_hops)[way].front().port())};
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    EntryIndex index = find_valid<Outer>(key, hash, way);
    if (index == kNoEntry) {
      const auto made = cache<Outer>().insert(*setup_.producer, key, hash,
                                              {way, port, turn_.version}, turn_.tick);
      if (made.index == kNoEntry) return kNoEntry;
      if (!made.is_new) continue;
      setup_.counters->inserted.add(1);
      index = made.index;
    }
    if (cache<Outer>().hold(index)) return index;
  }
  return kNoEntry;
}

EntryIndex OuterDst::acquire(const Tunnel& tunnel, NextHopIndex way) noexcept {
  return outer_is_ipv6(tunnel.mode) ? acquire_in<Ipv6>(tunnel, way) : acquire_in<Ipv4>(tunnel, way);
}

template <typename Outer>
bool OuterDst::renew_in(EntryIndex child, const Tunnel& tunnel) noexcept {
  auto& entry = cache<Outer>().entry(child);
  const uint64_t version = entry.version.load(std::memory_order_relaxed);
  if (!cache<Outer>().is_live(child) ||
      flush_generation(version) != flush_generation(turn_.version)) {
    return false;
  }
  if (version == turn_.version) return true;
  if (entry.next_hop() != route_in<Outer>(tunnel)) return false;
  entry.version.store(turn_.version, std::memory_order_relaxed);
  return true;
}

bool OuterDst::renew(EntryIndex child, const Tunnel& tunnel) noexcept {
  return outer_is_ipv6(tunnel.mode) ? renew_in<Ipv6>(child, tunnel) : renew_in<Ipv4>(child, tunnel);
}

template <typename Outer>
NextHopIndex OuterDst::use(EntryIndex child, uint32_t length) noexcept {
  auto& entry = cache<Outer>().entry(child);
  entry.touch(length, turn_.tick);
  return entry.next_hop();
}

template <typename Inner>
NextHopIndex OuterDst::way(const Tunnel& tunnel, EntryIndex inner, uint32_t length) noexcept {
  const EntryIndex child =
      inner == kNoEntry ? kNoEntry : EntryIndex{cache<Inner>().entry(inner).child};
  if (child == kNoEntry) return route(tunnel);
  return outer_is_ipv6(tunnel.mode) ? use<Ipv6>(child, length) : use<Ipv4>(child, length);
}

template NextHopIndex OuterDst::way<Ipv4>(const Tunnel&, EntryIndex, uint32_t) noexcept;
template NextHopIndex OuterDst::way<Ipv6>(const Tunnel&, EntryIndex, uint32_t) noexcept;

}  // namespace dstfwd
