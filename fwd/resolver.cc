// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/resolver.h"

#include "fwd/bits.h"

namespace dstfwd {
namespace {

dstgc::PortIndex port_index(PortId port) noexcept {
  return dstgc::PortIndex{static_cast<uint8_t>(to_u16(port))};
}

}  // namespace

template <typename Family>
void Resolver<Family>::lookup(Batch<Family>& batch, const Turn& turn) noexcept {
  if (cache_ == nullptr) {
    for (unsigned i = 0; i < batch.count; ++i) rest_[i] = static_cast<uint8_t>(i);
    std::fill_n(batch.entries.begin(), batch.count, kNoEntry);
    rest_count_ = batch.count;
    return;
  }
  hash(batch);
  batch.hashed = 0;
  const size_t count = batch.count;
  const uint64_t found = cache_->find_burst({batch.hashes.data(), count}, batch.entries.data());
  const auto entries = cache_->entries();
  const Turn now = turn;
  uint64_t rest = first_bits(count) & ~found;
  const auto use = [&](size_t i) {
    auto& entry = entries[batch.entries[i]];
    const bool current = entry.version.load(std::memory_order_relaxed) == now.version;
    if (entry.key == batch.keys[i] && current) [[likely]] {
      batch.hops[i] = entry.next_hop();
      entry.touch(batch.spans[i].length(), now.tick);
    } else {
      rest |= uint64_t{1} << i;
    }
  };
  if (rest == 0) [[likely]] {
#pragma GCC unroll 2
    for (size_t i = 0; i < count; ++i) use(i);
  } else {
    for_each_bit(found, use);
  }
  rest_count_ = 0;
  for_each_bit(rest, [&](unsigned i) { rest_[rest_count_++] = static_cast<uint8_t>(i); });
  counters_->hits.add(count - rest_count_);
}

template <typename Family>
void Resolver<Family>::route(const typename Family::Address* destinations, unsigned n,
                             NextHopIndex* hops) const noexcept {
  const typename Family::Address* pointers[kMaxBurst];
  for (unsigned i = 0; i < n; ++i) pointers[i] = &destinations[i];
  view_->template fib<Family>().lookup(pointers, hops, n);
}

template <typename Family>
void Resolver<Family>::resolve(Batch<Family>& batch, const Turn& turn) noexcept {
  if (rest_count_ == 0) return;
  const typename Family::Address* destinations[kMaxBurst];
  NextHopIndex answers[kMaxBurst];
  for (unsigned r = 0; r < rest_count_; ++r) destinations[r] = &batch.keys[rest_[r]].dst;
  view_->template fib<Family>().lookup(destinations, answers, rest_count_);
  if (cache_ == nullptr) {
    for (unsigned r = 0; r < rest_count_; ++r) take_answer(answers[r], batch, rest_[r]);
    return;
  }
  making_count_ = 0;
  admission_.open(cache_->pressure(), cache_->reuse_is_low(), turn.tick);
  unsigned bypassed = 0;
  unsigned misses = rest_count_;
  for (unsigned r = 0; r < rest_count_; ++r) {
    const unsigned i = rest_[r];
    const HopKind kind = take_answer(answers[r], batch, i);
    if (batch.entries[i] != kNoEntry && refresh(batch, i, batch.hops[i], turn)) [[unlikely]] {
      --misses;
    } else {
      bypassed += remember(batch, i, kind) ? 0 : 1;
    }
  }
  counters_->bypassed.add(bypassed);
  // All lines that they need come meanwhile.
  const uint64_t moved_before = counters_->moved.get();
  for (unsigned m = 0; m < making_count_; ++m) {
    const auto [i, way] = making_[m];
    batch.entries[i] = make(batch, i, batch.hops[i], way, turn);
  }
  const uint64_t moved = counters_->moved.get() - moved_before;
  counters_->hits.add(moved);
  counters_->misses.add(misses - moved);
}

template <typename Family>
inline HopKind Resolver<Family>::take_answer(NextHopIndex answer, Batch<Family>& batch,
                                             unsigned i) const noexcept {
  batch.hops[i] = answer;
  const HopKind kind = (*view_->next_hops)[answer].kind();
  if (kind != HopKind::kGroup) [[likely]]
    return kind;
  batch.hops[i] = select_member(answer, batch, i);
  return (*view_->next_hops)[batch.hops[i]].kind();
}

template <typename Family>
[[gnu::noinline]] NextHopIndex Resolver<Family>::select_member(NextHopIndex group,
                                                               const Batch<Family>& batch,
                                                               unsigned i) const noexcept {
  const FlowHash hash = cache_ == nullptr ? hash_(batch.keys[i]) : batch.hashes[i];
  return (*view_->groups)[(*view_->next_hops)[group].read().object].select(hash.spread);
}

template <typename Family>
bool Resolver<Family>::refresh(Batch<Family>& batch, unsigned i, NextHopIndex answer,
                               const Turn& turn) noexcept {
  EntryIndex index = batch.entries[i];
  if (!(cache_->entry(index).key == batch.keys[i])) {
    index = cache_->find(batch.hashes[i], batch.keys[i]);  // another key with its tag
  }
  batch.entries[i] = index;
  if (index != kNoEntry) {
    auto& entry = cache_->entry(index);
    const uint64_t version = entry.version.load(std::memory_order_relaxed);
    const bool flushed = flush_generation(version) != flush_generation(turn.version);
    // Current: an earlier packet of this burst, or another lcore, was here.
    if (version == turn.version ||
        (!flushed && entry.next_hop() == answer && renew_child(entry, answer))) {
      if (version != turn.version) {
        entry.version.store(turn.version, std::memory_order_relaxed);
        counters_->revalidated.add(1);
      }
      counters_->hits.add(1);
      entry.touch(batch.spans[i].length(), turn.tick);
      batch.hops[i] = entry.next_hop();
      return true;
    }
    if (cache_->kill(*producer_, index, batch.hashes[i])) {
      (flushed ? counters_->flushed : counters_->replaced).add(1);
    }
  }
  batch.entries[i] = kNoEntry;
  return false;
}

template <typename Family>
bool Resolver<Family>::renew_child(const typename Family::Entry& entry,
                                   NextHopIndex answer) noexcept {
  const EntryIndex child{entry.child};
  if (child == kNoEntry) return true;
  return outer_->renew(child, outer_->tunnel((*view_->next_hops)[answer].read().object));
}

// False: it was turned away. What leads to nowhere is neither remembered nor turned away.
template <typename Family>
inline bool Resolver<Family>::remember(const Batch<Family>& batch, unsigned i,
                                       HopKind kind) noexcept {
  NextHopIndex way = kNoRouteHop;
  if (kind != HopKind::kAdjacency) [[unlikely]] {
    if (kind != HopKind::kTunnel) return true;
    way = way_of(batch.hops[i]);
    if (way == kNoRouteHop) return true;
  }
  if (!admission_.admit(batch.hashes[i]) &&
      cache_->find_left(batch.hashes[i], batch.keys[i]) == kNoEntry)
    return false;
  making_[making_count_++] = {static_cast<uint8_t>(i), way};
  cache_->prefetch_insert(*producer_, batch.hashes[i]);
  return true;
}

template <typename Family>
NextHopIndex Resolver<Family>::way_of(NextHopIndex hop) const noexcept {
  if (outer_ == nullptr) return kNoRouteHop;
  const NextHopIndex way = outer_->route(outer_->tunnel((*view_->next_hops)[hop].read().object));
  return (*view_->next_hops)[way].kind() == HopKind::kAdjacency ? way : kNoRouteHop;
}

// Never inline, so that what a flood's packets go through, remember(), is short.
template <typename Family>
[[gnu::noinline]] EntryIndex Resolver<Family>::make(const Batch<Family>& batch, unsigned i,
                                                    NextHopIndex hop, NextHopIndex way,
                                                    const Turn& turn) noexcept {
  const Adjacency adjacency = (*view_->next_hops)[hop].read();
  Destination destination{hop, port_index(adjacency.port), turn.version};
  if (way != kNoRouteHop) {
    destination.child = outer_->acquire(outer_->tunnel(adjacency.object), way);
    if (destination.child == kNoEntry) {
      counters_->bypassed.add(1);
      return kNoEntry;
    }
  }
  const auto made =
      cache_->insert(*producer_, batch.keys[i], batch.hashes[i], destination, turn.tick);
  if (made.index == kNoEntry) {
    counters_->bypassed.add(1);
    return kNoEntry;
  }
  if (made.is_new) (made.has_moved ? counters_->moved : counters_->inserted).add(1);
  cache_->entry(made.index).touch(batch.spans[i].length(), turn.tick);
  return made.index;
}

template class Resolver<Ipv4>;
template class Resolver<Ipv6>;

}  // namespace dstfwd
