// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/dead_entries.h"

#include <rte_cycles.h>

#include <algorithm>
#include <random>

namespace dstfwd::bench {
namespace {

FlowKey4 key_of(uint32_t number) {
  FlowKey4 key{};
  key.protocol = kProtoUdp;
  key.src = {Be32::from_host(0x0a000000 + number)};
  key.dst = {Be32::from_host(0xc6120001)};
  return key;
}

// What the FIB says of them all.
Destination destination_of(const RouterView& view) {
  const NextHopIndex hop = view.fib4->lookup(key_of(0).dst);
  const PortId port = (*view.next_hops)[hop].read().port;
  return {hop, dstgc::PortIndex{static_cast<uint8_t>(to_u16(port))},
          view.version->load(std::memory_order_relaxed)};
}

// What kill() reads and writes of an entry that is to be killed soon.
constexpr size_t kAhead = 16;
void prefetch(const DstCache<Ipv4>& cache, const dstgc::Producer& producer, EntryIndex index) {
  rte_prefetch0(&cache.entry(index));
  cache.prefetch_slot(index);
  producer.prefetch(index);
}

}  // namespace

Result<DeadEntries> DeadEntries::bury(const Plan& plan, Dataplane& dataplane) {
  CacheShard& shard = *dataplane.shards().front();
  DstCache<Ipv4>& cache = shard.ipv4();
  dstgc::Collector& collector = shard.collector();
  dstgc::Producer& producer = shard.sweep();  // its lcore does not run yet
  const DstClock clock(rte_get_tsc_hz());
  const Destination destination = destination_of(dataplane.router().view());
  std::vector<EntryIndex> entries;
  entries.reserve(plan.dead);
  // Now and then both buckets are full: such a flow is not cached, and another takes its place.
  const uint32_t most = plan.dead + plan.dead / 8 + 8;
  for (uint32_t number = 0; entries.size() < plan.dead; number += kMaxBurst) {
    if (number >= most)
      return Error{"only " + std::to_string(entries.size()) + " of " + std::to_string(plan.dead) +
                   " flows could be cached"};
    std::array<FlowKey4, kMaxBurst> keys;
    std::array<FlowHash, kMaxBurst> hashes;
    for (uint32_t i = 0; i < kMaxBurst; ++i) keys[i] = key_of(number + i);
    cache.hash(keys, hashes.data());
    for (const FlowHash& hash : hashes) cache.prefetch_insert(producer, hash);
    for (uint32_t i = 0; i < kMaxBurst && entries.size() < plan.dead; ++i) {
      const auto made =
          cache.insert(producer, keys[i], hashes[i], destination, clock.tick(rte_rdtsc()));
      if (!made.is_new) continue;
      collector.refs().acquire(made.index);
      entries.push_back(made.index);
    }
  }
  std::mt19937 random(plan.dead);
  std::ranges::shuffle(entries, random);
  const dstgc::Budget all{1U << 30U, 0};
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i + kAhead < entries.size()) prefetch(cache, producer, entries[i + kAhead]);
    cache.kill(producer, entries[i], cache.hash_of(cache.entry(entries[i]).key));
    // In legacy a step is a walk, and theirs to make who forward.
    if (i % 16384 == 0 && *plan.mode != GcMode::kLegacy) collector.step(all, rte_rdtsc());
  }
  producer.return_stocks();
  std::ranges::shuffle(entries, random);
  const auto release = static_cast<size_t>((1 - plan.held) * static_cast<double>(plan.dead));
  return DeadEntries(dataplane, std::move(entries), release);
}

void DeadEntries::release_until(double part) noexcept {
  const double wanted = std::clamp(part, 0.0, 1.0) * static_cast<double>(to_release_);
  dstgc::RefTable& refs = dataplane_->shards().front()->collector().refs();
  for (; released_ < static_cast<size_t>(wanted); ++released_) refs.release(entries_[released_]);
}

void DeadEntries::release_all() noexcept {
  to_release_ = entries_.size();
  release_until(1);
}

}  // namespace dstfwd::bench
