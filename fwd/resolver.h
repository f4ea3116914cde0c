// SPDX-License-Identifier: BSD-3-Clause
// The stages hash, lookup and resolve: from a packet's key to its next hop, by the cache or the
// FIB.
//
// An entry answers while its version is the router's. One of an older flush generation is unlinked.
// One of an older route generation is looked up in the FIB again: the same next hop makes it valid
// anew, another one replaces it. A miss is answered by the FIB whether or not an entry is made; an
// entry is made only for next hops to forward to (adjacencies, tunnels), so that packets to nowhere
// cannot push flows out. That of a flow into a tunnel has the tunnel's outer entry as its child,
// and is valid only while that is (outer_dst.h).
//
// The version is read before the FIB is: an answer is at least as new as the version that an entry
// keeps, so no entry is valid longer than its route.
//
// One lcore. Without a cache (`cache` null) all packets go to the FIB.
#pragma once

#include "fwd/admission.h"
#include "fwd/batch.h"
#include "fwd/dst_cache.h"
#include "fwd/outer_dst.h"

namespace dstfwd {

template <typename Family>
class Resolver {
 public:
  // `hash`: the caches' own, also where there is no cache, so that a flow takes the same member of
  // a group either way. ticks_per_s: of the turns' ticks. `outer`: null where nothing goes into
  // tunnels.
  Resolver(const RouterView& view, DstCache<Family>* cache, const KeyedHash& hash,
           dstgc::Producer* producer, LcoreCounters& counters, uint32_t ticks_per_s,
           OuterDst* outer = nullptr) noexcept
      : view_(&view),
        cache_(cache),
        hash_(hash),
        producer_(producer),
        counters_(&counters),
        outer_(outer),
        admission_(cache == nullptr ? 0 : cache->capacity(), ticks_per_s) {}

  // Hashes what classify has added, and prefetches where it will be looked up: between parts of a
  // burst, so that this memory comes while the next part is classified.
  void hash(Batch<Family>& batch) const noexcept {
    if (cache_ == nullptr || batch.hashed == batch.count) return;
    cache_->hash(batch.all_keys().subspan(batch.hashed), &batch.hashes[batch.hashed]);
    batch.hashed = batch.count;
  }
  // What the cache is asked for is in the CPU's own caches: there is no use in looking ahead.
  bool is_near() const noexcept { return cache_ == nullptr || cache_->is_near(); }
  // Fills in the hops of packets whose entries are valid; remembers the others for resolve().
  void lookup(Batch<Family>& batch, const Turn& turn) noexcept;
  // Fills in the rest, and for all which entry they have.
  void resolve(Batch<Family>& batch, const Turn& turn) noexcept;

  // The FIB's answers, without the cache. Groups are left as they are.
  void route(const typename Family::Address* destinations, unsigned n,
             NextHopIndex* hops) const noexcept;

 private:
  // Of one packet that has an entry, the FIB's answer at hand. False: the entry is dead.
  bool refresh(Batch<Family>& batch, unsigned i, NextHopIndex answer, const Turn& turn) noexcept;
  // Of a packet that has none, and a next hop of that kind: is one to be made? Then it is among
  // making_, and the lines that it needs are being fetched. False: it was turned away.
  bool remember(const Batch<Family>& batch, unsigned i, HopKind kind) noexcept;
  // What outer packets into the tunnel behind `hop` take; kNoRouteHop: they cannot be sent.
  NextHopIndex way_of(NextHopIndex hop) const noexcept;
  // The entry that was made; kNoEntry: none.
  EntryIndex make(const Batch<Family>& batch, unsigned i, NextHopIndex hop, NextHopIndex way,
                  const Turn& turn) noexcept;
  // Do the entry's outer packets go where they did? True where it leads into no tunnel.
  bool renew_child(const typename Family::Entry& entry, NextHopIndex answer) noexcept;
  // The packet's next hop, and its kind: of a group, the member that has its flow.
  HopKind take_answer(NextHopIndex answer, Batch<Family>& batch, unsigned i) const noexcept;
  NextHopIndex select_member(NextHopIndex group, const Batch<Family>& batch,
                             unsigned i) const noexcept;

  const RouterView* view_;
  DstCache<Family>* cache_;
  KeyedHash hash_;
  dstgc::Producer* producer_;
  LcoreCounters* counters_;
  OuterDst* outer_;
  Admission admission_;
  struct Making {
    uint8_t at;        // position in the batch
    NextHopIndex way;  // kNoRouteHop: into no tunnel
  };
  unsigned rest_count_ = 0;
  unsigned making_count_ = 0;
  std::array<uint8_t, kMaxBurst> rest_;  // positions in the batch
  std::array<Making, kMaxBurst> making_;
};

extern template class Resolver<Ipv4>;
extern template class Resolver<Ipv6>;

}  // namespace dstfwd
