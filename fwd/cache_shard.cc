// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/cache_shard.h"

namespace dstfwd {

Result<std::unique_ptr<CacheShard>> CacheShard::create(const CacheShardConfig& config,
                                                       const KeyedHash& hash,
                                                       NextHopTable& next_hops,
                                                       const std::atomic<uint64_t>& version) {
  std::unique_ptr<CacheShard> made(new CacheShard);
  if (Status caches = made->make_caches(config, hash, next_hops); !caches) return caches.error();
  if (Status collector = made->make_collector(config, version); !collector)
    return collector.error();
  return made;
}

Status CacheShard::make_caches(const CacheShardConfig& config, const KeyedHash& hash,
                               NextHopTable& next_hops) {
  const uint64_t entries4 = FlowTable::entries_for(config.flows4);
  const uint64_t entries6 = FlowTable::entries_for(config.flows6);
  if (entries4 + entries6 > FlowTable::kMaxEntries) {
    return Error{"cache: room for " + std::to_string(config.flows4) + " IPv4 and " +
                 std::to_string(config.flows6) + " IPv6 flows is more than 2^31 entries"};
  }
  DstCacheConfig cache{static_cast<uint32_t>(entries4), 0, config.numa_node, FlowTable::best()};
  Result<std::unique_ptr<DstCache<Ipv4>>> ipv4 = DstCache<Ipv4>::create(cache, hash, next_hops);
  if (!ipv4) return ipv4.error();
  ipv4_ = std::move(*ipv4);
  cache.first = cache.entries;
  cache.entries = static_cast<uint32_t>(entries6);
  Result<std::unique_ptr<DstCache<Ipv6>>> ipv6 = DstCache<Ipv6>::create(cache, hash, next_hops);
  if (!ipv6) return ipv6.error();
  ipv6_ = std::move(*ipv6);
  capacity_ = uint64_t{config.flows4} + config.flows6;
  return Ok{};
}

Status CacheShard::make_collector(const CacheShardConfig& config,
                                  const std::atomic<uint64_t>& version) {
  hooks_ = std::make_unique<DstHooks>(*ipv4_, *ipv6_);
  if (config.trace != nullptr) hooks_->set_trace(config.trace, config.trace_context);
  dstgc::CollectorConfig gc;
  gc.pool_entries = {ipv4_->capacity(), ipv6_->capacity()};
  gc.pool_limits = {config.flows4, config.flows6};
  gc.producers = static_cast<uint16_t>(config.readers.size());
  gc.grace = config.grace;
  gc.readers = config.readers;
  gc.timer = config.timer;
  gc.tsc_hz = config.tsc_hz;
  gc.numa_node = config.numa_node;
  gc.mode = config.mode;
  gc.hooks = hooks_->hooks();
  Result<std::unique_ptr<dstgc::Collector>> made = dstgc::Collector::create(gc);
  if (!made) return made.error();
  collector_ = std::move(*made);
  ipv4_->attach(*collector_);
  ipv6_->attach(*collector_);
  own_ = &producer(config.readers.size() - 1);
  hooks_->set_producer(*own_);
  aging_ = std::make_unique<Aging>(AgingConfig{config.idle_timeout_s, config.tsc_hz}, *ipv4_,
                                   *ipv6_, version, *own_);
  return Ok{};
}

std::vector<dstgc::MemoryPlace> CacheShard::places() const {
  std::vector<dstgc::MemoryPlace> places = collector_->places();
  for (auto& [name, memory] : ipv4_->places()) places.push_back({"ipv4 " + name, memory});
  for (auto& [name, memory] : ipv6_->places()) places.push_back({"ipv6 " + name, memory});
  return places;
}

template <typename Family>
void CacheShard::kill_all(DstCache<Family>& cache) noexcept {
  for (uint32_t i = 0; i < cache.capacity(); ++i) {
    const EntryIndex index{cache.first() + i};
    if (cache.is_live(index)) cache.kill(*own_, index, cache.hash_of(cache.entry(index).key));
  }
}

void CacheShard::end() noexcept {
  kill_all(*ipv4_);
  kill_all(*ipv6_);
  collector_->drain();
}

}  // namespace dstfwd
