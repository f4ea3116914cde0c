// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/dst_cache.h"

#include <rte_prefetch.h>

#include "fwd/bits.h"

namespace dstfwd {
namespace {

constexpr uint32_t kMaxEntries = FlowTable::kMaxEntries;
// Live entries that a CPU's second-level cache holds beside their buckets and the packets. Buckets
// are not prefetched then: the CPU looks as far ahead by itself, and it costs 0.3 ns a packet.
constexpr size_t kNearEntries_bytes = 512U << 10U;

}  // namespace

template <typename Family>
Result<std::unique_ptr<DstCache<Family>>> DstCache<Family>::create(const DstCacheConfig& config,
                                                                   const KeyedHash& hash,
                                                                   NextHopTable& next_hops) {
  const std::string what = std::string(Family::kName) + " cache: ";
  if (config.entries == 0 || config.entries > kMaxEntries ||
      config.first > kMaxEntries - config.entries) {
    return Error{what + std::to_string(config.entries) + " entries from index " +
                 std::to_string(config.first) + ", must be 1 to 2^31 in all"};
  }
  Result<FlowTable> table =
      FlowTable::create(config.entries, config.first, config.numa_node, config.kernel);
  if (!table) return Error{what + table.error().message};
  Result<dstgc::Memory> entries =
      dstgc::Memory::map(size_t{config.entries} * sizeof(Entry), config.numa_node);
  if (!entries) return Error{what + entries.error().message};
  Result<dstgc::Memory> live = dstgc::Memory::map(config.entries, config.numa_node);
  if (!live) return Error{what + live.error().message};
  return std::unique_ptr<DstCache>(new DstCache(config, hash, next_hops, std::move(*table),
                                                std::move(*entries), std::move(*live)));
}

template <typename Family>
DstCache<Family>::DstCache(const DstCacheConfig& config, const KeyedHash& hash,
                           NextHopTable& next_hops, FlowTable table, dstgc::Memory entries,
                           dstgc::Memory live) noexcept
    : config_(config),
      hash_(hash),
      next_hops_(&next_hops),
      table_(std::move(table)),
      entries_memory_(std::move(entries)),
      live_memory_(std::move(live)),
      entries_(static_cast<Entry*>(entries_memory_.data())),
      live_(static_cast<std::atomic<uint8_t>*>(live_memory_.data())) {
  constexpr auto kShift = static_cast<unsigned>(std::countr_zero(sizeof(Entry)));
  static_assert(size_t{1} << kShift == sizeof(Entry) && (kShift == 6 || kShift == 7));
  table_.set_entries(reinterpret_cast<uintptr_t>(entries_), kShift);
}

template <typename Family>
void DstCache<Family>::attach(dstgc::Collector& collector) {
  collector_ = &collector;
  next_hops_->want_writers(collector.grace().readers());
}

template <typename Family>
void DstCache<Family>::hash(std::span<const Key> keys, FlowHash* hashes) const noexcept {
  hash_.hash(keys, hashes);
  if (!is_near()) table_.prefetch(hashes, keys.size());
}

template <typename Family>
uint64_t DstCache<Family>::find_burst(std::span<const FlowHash> hashes,
                                      EntryIndex* found) const noexcept {
  const auto n = static_cast<unsigned>(hashes.size());
  const uint64_t is_found = table_.find_burst(hashes.data(), n, found, is_near());
  if constexpr (sizeof(Entry) > dstgc::kCacheLine) {
    for_each_bit(is_found, [&](unsigned i) {
      rte_prefetch1(reinterpret_cast<const char*>(&entry(found[i])) + dstgc::kCacheLine);
    });
  }
  return is_found;
}

template <typename Family>
auto DstCache<Family>::insert(dstgc::Producer& producer, const Key& key, const FlowHash& hash,
                              const Destination& destination, uint32_t tick) noexcept -> Inserted {
  const EntryIndex existing = find(hash, key);
  if (existing != kNoEntry) return refuse(existing, destination);
  const EntryIndex index = table_.claim(hash);
  if (index == kNoEntry) return refuse(kNoEntry, destination);
  producer.adopt(Family::kPool, index);
  next_hops_->acquire(destination.hop, producer.reader());
  entry(index).fill(key, destination.hop, destination.version, tick);
  entry(index).child = to_u32(destination.child);
  const EntryIndex left = find_left(hash, key);
  if (left != kNoEntry) entry(index).go_on(entry(left));
  collector_->set_port(index, destination.port);
  set_live(index, true);
  const EntryIndex faster = find(hash, key);
  if (faster == kNoEntry) {
    table_.publish(hash, index);
    if (left != kNoEntry) kill(producer, left, hash);
    return {index, true, left != kNoEntry};
  }
  table_.abandon(hash, index);  // another lcore was faster
  set_live(index, false);
  producer.retire(index);
  return {faster, false, false};
}

template <typename Family>
void DstCache<Family>::prefetch_insert(const dstgc::Producer& producer,
                                       const FlowHash& hash) const noexcept {
  const EntryIndex index = table_.free_entry(hash);
  if (index == kNoEntry) return;
  producer.prefetch(index);
  collector_->prefetch_port(index);
  __builtin_prefetch(&live_[to_u32(index) - config_.first], 1);
  for (size_t at = 0; at < sizeof(Entry); at += dstgc::kCacheLine)
    __builtin_prefetch(reinterpret_cast<const char*>(&entry(index)) + at, 1);
}

template <typename Family>
bool DstCache<Family>::kill(dstgc::Producer& producer, EntryIndex index,
                            const FlowHash& hash) noexcept {
  if (!table_.unlink(hash, index)) return false;
  set_live(index, false);
  producer.retire(index);
  return true;
}

template <typename Family>
dstgc::Child DstCache<Family>::destroy(dstgc::Producer& producer, EntryIndex index) noexcept {
  Entry& dead = entry(index);
  const NextHopIndex hop = dead.next_hop();
  if (hop != kNoRouteHop) next_hops_->release(hop, producer.reader());
  reuse_.record(dead.packets.load(std::memory_order_relaxed));
  return {EntryIndex{dead.child}, false};
}

template <typename Family>
void DstCache<Family>::note_live(uint32_t live) noexcept {
  const bool was = is_near();
  const size_t limit_bytes = was ? kNearEntries_bytes : kNearEntries_bytes / 4 * 3;
  const bool is = live * sizeof(Entry) <= limit_bytes;
  if (is != was) near_.store(is, std::memory_order_relaxed);
}

template <typename Family>
void DstCache<Family>::kill_if_last(dstgc::Producer& producer, EntryIndex index) noexcept {
  if (collector_->refs().count(index) == 1 && is_live(index))
    kill(producer, index, hash_(entry(index).key));
}

template <typename Family>
void DstCache<Family>::cut_port(dstgc::Producer& producer, EntryIndex index) noexcept {
  Entry& cut = entry(index);
  // A live one is unlinked first, so that no packet can find it without its next hop.
  if (is_live(index)) kill(producer, index, hash_(cut.key));
  const auto hop = NextHopIndex{cut.hop.exchange(to_u32(kNoRouteHop), std::memory_order_relaxed)};
  if (hop != kNoRouteHop) next_hops_->release(hop, producer.reader());
}

template <typename Family>
size_t DstCache<Family>::bytes() const noexcept {
  return table_.bytes() + config_.entries * (sizeof(Entry) + sizeof(*live_));
}

template <typename Family>
uint64_t DstCache<Family>::count() const noexcept {
  uint64_t live = 0;
  for (uint32_t i = 0; i < config_.entries; ++i) live += is_live(EntryIndex{first() + i}) ? 1 : 0;
  return live;
}

template class DstCache<Ipv4>;
template class DstCache<Ipv6>;

}  // namespace dstfwd
