// SPDX-License-Identifier: BSD-3-Clause
// Bring-up, statistics and shutdown.
#include "dstgc/collector.h"

#include <rte_cycles.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace dstgc {

Result<std::unique_ptr<Collector>> Collector::create(const CollectorConfig& config) {
  const uint64_t capacity =
      std::accumulate(config.pool_entries.begin(), config.pool_entries.end(), uint64_t{0});
  if (capacity == 0 || capacity > (1U << 31U))
    return Error{"collector: " + std::to_string(capacity) + " entries are not from 1 to 2^31"};
  if (config.producers == 0) return Error{"collector: it needs a producer"};
  if (config.hooks.destroy == nullptr) return Error{"collector: it needs a destroy hook"};
  if (config.tsc_hz == 0) return Error{"collector: tsc_hz is 0"};
  std::unique_ptr<Collector> collector(new Collector(config));
  Status built = collector->build(config);
  if (!built) return built.error();
  return collector;
}

uint64_t Collector::ticks(double s) const noexcept {
  return static_cast<uint64_t>(s * static_cast<double>(tsc_hz_));
}

Collector::Collector(const CollectorConfig& config)
    : mode_(config.mode),
      hooks_(config.hooks),
      tsc_hz_(config.tsc_hz),
      grace_(config.grace),
      timer_({ticks(config.timer.min_s), ticks(config.timer.inc_s), ticks(config.timer.max_s),
              config.tsc_hz}),
      pending_(kPendingEntries),
      batches_(kPendingEntries),
      freed_(config.pool_entries.size()),
      pressure_(config.pool_entries.size()),
      pool_reclaimed_(config.pool_entries.size()) {
  for (uint32_t n : config.pool_entries) capacity_ += n;
}

Status Collector::build(const CollectorConfig& config) {
  const int node = config.numa_node;
  if (grace_ == nullptr) {
    Result<GracePeriod> own = GracePeriod::create(config.producers, node);
    if (!own) return own.error();
    own_grace_ = std::make_unique<GracePeriod>(std::move(*own));
    grace_ = own_grace_.get();
  }
  const size_t words = (size_t{capacity_} + 63) / 64;
  const std::array<std::pair<Memory*, size_t>, 4> wanted = {{{&refs_memory_, 4UL * capacity_},
                                                             {&links_memory_, 4UL * capacity_},
                                                             {&ports_memory_, 1UL * capacity_},
                                                             {&bitmap_memory_, 8UL * words}}};
  for (const auto& [memory, bytes] : wanted) {
    Result<Memory> mapped = Memory::map(bytes, node);
    if (!mapped) return mapped.error();
    *memory = std::move(*mapped);
  }
  refs_ = RefTable(static_cast<std::atomic<uint32_t>*>(refs_memory_.data()));
  links_ = static_cast<uint32_t*>(links_memory_.data());
  ports_ = static_cast<std::atomic<uint8_t>*>(ports_memory_.data());
  bitmap_ = static_cast<uint64_t*>(bitmap_memory_.data());
  for (uint32_t i = 0; i < capacity_; ++i) set_port(EntryIndex{i}, kNoPort);
  block_since_tsc_.resize(capacity_ / kBlock + 1);
  if (mode_ == Mode::kLegacy) legacy_ = std::make_unique<LegacyList>(links_, refs_, *grace_);

  uint32_t first = 0;
  for (uint32_t n : config.pool_entries) {
    Result<IndexPool> pool = IndexPool::create(first, n, node);
    if (!pool) return pool.error();
    pools_.push_back(std::move(*pool));
    first += n;
  }
  const uint32_t intake = config.intake_entries != 0
                              ? config.intake_entries
                              : std::clamp(std::bit_ceil(capacity_ / 4), 1U << 10U, 1U << 16U);
  // What lies in the stocks of the others is at most a quarter of the smallest pool.
  const uint32_t smallest = *std::ranges::min_element(config.pool_entries);
  const uint32_t stock = config.stock_entries != 0
                             ? config.stock_entries
                             : std::clamp(smallest / (4U * config.producers), 1U, 256U);
  for (uint32_t reader = 0; reader < config.producers; ++reader) {
    Result<std::unique_ptr<Producer>> producer =
        Producer::create({reader, grace_, &pools_, links_, stock, legacy_.get()}, intake, node);
    if (!producer) return producer.error();
    producers_.push_back(std::move(*producer));
  }
  return Ok{};
}

uint32_t Collector::free_entries(PoolId pool) const noexcept {
  const auto at = static_cast<size_t>(pool);
  uint64_t created = 0;
  for (const auto& producer : producers_) created += producer->created(pool);
  const uint64_t used = created - pool_reclaimed_[at].load(std::memory_order_relaxed);
  return used < pools_[at].count() ? pools_[at].count() - static_cast<uint32_t>(used) : 0;
}

void Collector::measure_pressure() noexcept {
  for (size_t at = 0; at < pools_.size(); ++at) {
    const uint32_t free = free_entries(PoolId{static_cast<uint8_t>(at)});
    const uint32_t count = pools_[at].count();
    const Pressure was = pressure_[at].load(std::memory_order_relaxed);
    // Hysteresis: what has begun ends at twice the threshold.
    const uint32_t emergency = count / (was == Pressure::kEmergency ? 16 : 32);
    const uint32_t low = count / (was != Pressure::kNone ? 4 : 8);
    const Pressure is = free < emergency ? Pressure::kEmergency
                        : free < low     ? Pressure::kLow
                                         : Pressure::kNone;
    if (is == was) continue;
    pressure_[at].store(is, std::memory_order_relaxed);
    if (is > was) kick();
  }
}

uint64_t Collector::to_ns(uint64_t tsc) const noexcept {
  return static_cast<uint64_t>(static_cast<double>(tsc) * 1e9 / static_cast<double>(tsc_hz_));
}

CollectorStats Collector::stats() const noexcept {
  CollectorStats s{};
  s.reclaimed = reclaimed_.load(std::memory_order_relaxed);
  s.busy = busy();
  for (const auto& producer : producers_) {
    s.retired += producer->retired();
    s.created += producer->created();
    s.spilled += producer->spilled();
    s.refused += producer->refused();
  }
  s.double_retired = double_retired_.load(std::memory_order_relaxed);
  const uint64_t settled = s.reclaimed + s.busy + s.double_retired;
  s.intake = s.retired > settled ? s.retired - settled : 0;
  s.passes = passes_.load(std::memory_order_relaxed);
  s.walk_entries = walk_entries_.load(std::memory_order_relaxed);
  s.walk_ns_max = walk_ns_max_.load(std::memory_order_relaxed);
  s.step_ns_max = step_ns_max_.load(std::memory_order_relaxed);
  s.dst_total = s.created > s.reclaimed ? s.created - s.reclaimed : 0;
  const uint64_t now = now_shown_tsc_.load(std::memory_order_relaxed);
  uint64_t since = oldest_since_tsc_.load(std::memory_order_relaxed);
  const uint64_t batch = oldest_batch_tsc_.load(std::memory_order_relaxed);
  if (batch != 0 && (since == 0 || batch < since)) since = batch;
  if (since != 0 && now > since) s.oldest_dead_ms = to_ns(now - since) / 1000000;
  const uint32_t laggard = laggard_.load(std::memory_order_relaxed);
  if (laggard != 0xffffffffU) s.laggard = laggard;
  return s;
}

void Collector::drain() noexcept {
  for (auto& producer : producers_) {
    while (producer->spill_head_ != Producer::kEnd) {
      producer->flush_spill();
      StepReport report;
      take_intakes(report, kPendingEntries, now_tsc_);
      settle_batches(report, true);
    }
  }
  for (;;) {  // children may bring new work
    StepReport report;
    if (mode_ == Mode::kLegacy) legacy_step(true, now_tsc_);
    take_intakes(report, kPendingEntries, now_tsc_);
    settle_batches(report, true);
    const uint64_t before = reclaimed_.load(std::memory_order_relaxed);
    for (uint32_t word = 0; word < (capacity_ + 63) / 64; ++word) walk_word(word);
    flush_doomed();
    if (report.taken == 0 && reclaimed_.load(std::memory_order_relaxed) == before &&
        pending_head_ == pending_tail_)
      break;
  }
  for (auto& producer : producers_) producer->return_stocks();
  return_free();
}

size_t Collector::bytes() const noexcept {
  size_t bytes =
      refs_memory_.size() + links_memory_.size() + ports_memory_.size() + bitmap_memory_.size();
  for (const IndexPool& pool : pools_) bytes += pool.bytes();
  return bytes;
}

}  // namespace dstgc
