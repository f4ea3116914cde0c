// SPDX-License-Identifier: BSD-3-Clause
// Bring-up, statistics and shutdown.
#include "dstgc/collector.h"

#include <rte_cycles.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <sstream>

namespace dstgc {

Result<std::unique_ptr<Collector>> Collector::create(const CollectorConfig& config) {
  Status valid = validate(config);
  if (!valid) return valid.error();
  std::unique_ptr<Collector> collector(new Collector(config));
  Status built = collector->build(config);
  if (!built) return built.error();
  return collector;
}

Status Collector::validate(const CollectorConfig& config) {
  const uint64_t capacity =
      std::accumulate(config.pool_entries.begin(), config.pool_entries.end(), uint64_t{0});
  const auto number = [](auto n) {
    std::ostringstream text;
    text << n;
    return text.str();
  };
  if (capacity == 0 || capacity > (1U << 31U))
    return Error{"collector: " + number(capacity) + " entries are not from 1 to 2^31"};
  for (size_t pool = 0; pool < config.pool_entries.size(); ++pool) {
    const uint32_t n = config.pool_entries[pool];
    if (n == 0 || n >= (1U << 30U))
      return Error{"collector: pool " + number(pool) + ": " + number(n) +
                   " entries are not from 1 to 2^30 - 1"};
  }
  if (config.pool_entries.size() > 256)
    return Error{"collector: " + number(config.pool_entries.size()) + " pools, 256 are the most"};
  if (!config.pool_limits.empty() && config.pool_limits.size() != config.pool_entries.size())
    return Error{"collector: " + number(config.pool_entries.size()) + " pools, but " +
                 number(config.pool_limits.size()) + " limits"};
  for (size_t pool = 0; pool < config.pool_limits.size(); ++pool) {
    const uint32_t limit = config.pool_limits[pool];
    if (limit == 0 || limit > config.pool_entries[pool])
      return Error{"collector: pool " + number(pool) + ": the limit " + number(limit) +
                   " is not from 1 to " + number(config.pool_entries[pool])};
  }
  if (config.producers == 0) return Error{"collector: it needs a producer"};
  if (config.grace != nullptr && config.readers.empty() &&
      config.grace->readers() < config.producers)
    return Error{"collector: " + number(config.producers) +
                 " producers, but the grace period has " + number(config.grace->readers()) +
                 " readers"};
  if (!config.readers.empty() && config.readers.size() != config.producers)
    return Error{"collector: " + number(config.producers) + " producers, but " +
                 number(config.readers.size()) + " readers are named"};
  const uint32_t known = config.grace != nullptr ? config.grace->readers() : config.producers;
  for (const uint32_t reader : config.readers) {
    if (reader >= known)
      return Error{"collector: the grace period has " + number(known) + " readers, none is " +
                   number(reader)};
  }
  if (config.hooks.destroy == nullptr) return Error{"collector: it needs a destroy hook"};
  if (config.tsc_hz == 0) return Error{"collector: tsc_hz is 0"};
  const uint32_t intake = config.intake_entries;
  if (intake != 0 && (!std::has_single_bit(intake) || intake < 2 || intake > (1U << 30U)))
    return Error{"collector: " + number(intake) +
                 " intake entries are no power of two from 2 to 2^30"};
  const TimerConfig& timer = config.timer;
  if (!(timer.min_s > 0 && timer.min_s <= timer.max_s && timer.max_s < 1e9))
    return Error{"collector: the timer's min_s " + number(timer.min_s) + " and max_s " +
                 number(timer.max_s) + " are not 0 < min <= max"};
  if (!(timer.inc_s >= 0 && timer.inc_s < 1e9))
    return Error{"collector: the timer's inc_s " + number(timer.inc_s) + " is no delay"};
  return Ok{};
}

uint64_t Collector::ticks(double s) const noexcept {
  return static_cast<uint64_t>(s * static_cast<double>(tsc_hz_));
}

Collector::Collector(const CollectorConfig& config)
    : mode_(config.mode),
      hooks_(config.hooks),
      tsc_hz_(config.tsc_hz),
      min_tsc_(ticks(config.timer.min_s)),
      stamp_shift_(static_cast<unsigned>(std::bit_width(std::max<uint64_t>(tsc_hz_ / 1000, 1))) -
                   1),
      grace_(config.grace),
      pool_limits_(config.pool_limits.empty() ? config.pool_entries : config.pool_limits),
      pending_(kPendingEntries),
      batches_(kPendingEntries),
      freed_(config.pool_entries.size()),
      timer_({min_tsc_, ticks(config.timer.inc_s), ticks(config.timer.max_s), config.tsc_hz}),
      pools_reclaimed_(config.pool_entries.size()) {
  for (uint32_t n : config.pool_entries) capacity_ += n;
  for (auto& freed : freed_) freed.reserve(2 * kFreedEntries);
}

Status Collector::build(const CollectorConfig& config) {
  const int node = config.numa_node;
  if (grace_ == nullptr) {
    Result<GracePeriod> own = GracePeriod::create(config.producers, node);
    if (!own) return own.error();
    own_grace_ = std::make_unique<GracePeriod>(std::move(*own));
    grace_ = own_grace_.get();
  }
  Status sets = build_sets(node);
  if (!sets) return sets.error();
  if (mode_ == Mode::kLegacy) legacy_ = std::make_unique<LegacyList>(links_, refs_, *grace_);
  uint32_t first = 0;
  for (uint32_t n : config.pool_entries) {
    Result<IndexPool> pool =
        hooks_.vacate != nullptr ? IndexPool::placed(first, n) : IndexPool::create(first, n, node);
    if (!pool) return pool.error();
    pools_.push_back(std::move(*pool));
    first += n;
  }
  return build_producers(config);
}

Status Collector::build_sets(int node) {
  const size_t entries = (size_t{capacity_} + 63) / 64 * 64;  // the walk reads 64 counts at once
  const std::array<std::pair<Memory*, size_t>, 4> wanted = {{{&refs_memory_, 4 * entries},
                                                             {&links_memory_, 4 * entries},
                                                             {&stamps_memory_, 4 * entries},
                                                             {&ports_memory_, entries}}};
  for (const auto& [memory, bytes] : wanted) {
    Result<Memory> mapped = Memory::map(bytes, node);
    if (!mapped) return mapped.error();
    *memory = std::move(*mapped);
  }
  refs_ = RefTable(static_cast<std::atomic<uint32_t>*>(refs_memory_.data()));
  links_ = static_cast<uint32_t*>(links_memory_.data());
  stamps_ = static_cast<BusySet::Stamp*>(stamps_memory_.data());
  ports_ = static_cast<std::atomic<uint8_t>*>(ports_memory_.data());
  for (uint32_t i = 0; i < capacity_; ++i) {
    set_port(EntryIndex{i}, kNoPort);
    refs_.close(EntryIndex{i});
  }
  for (std::optional<BusySet>* set : {&young_, &old_}) {
    Result<BusySet> made = BusySet::create(capacity_, stamps_, node);
    if (!made) return made.error();
    set->emplace(std::move(*made));
  }
  return Ok{};
}

Status Collector::build_producers(const CollectorConfig& config) {
  const uint32_t intake = config.intake_entries != 0
                              ? config.intake_entries
                              : std::clamp(std::bit_ceil(capacity_ / 4), 1U << 10U, 1U << 16U);
  // What lies in the stocks of the others is at most a quarter of the smallest pool.
  const uint32_t smallest = *std::ranges::min_element(config.pool_entries);
  const uint32_t stock = config.stock_entries != 0
                             ? config.stock_entries
                             : std::clamp(smallest / (4U * config.producers), 1U, 256U);
  for (uint32_t i = 0; i < config.producers; ++i) {
    const uint32_t reader = config.readers.empty() ? i : config.readers[i];
    Result<std::unique_ptr<Producer>> producer = Producer::create(
        {reader, grace_, &pools_, refs_, links_, stock, legacy_.get()}, intake, config.numa_node);
    if (!producer) return producer.error();
    producers_.push_back(std::move(*producer));
  }
  return Ok{};
}

uint32_t Collector::free_entries(PoolId pool) const noexcept {
  const auto at = static_cast<size_t>(pool);
  const uint32_t count = pool_limits_[at];
  uint64_t used = 0;
  // (G) reclaimed first: each of these was created before, so the difference is never negative.
  // Whoever is interrupted between the two tries again.
  for (int tries = 0; tries < 8; ++tries) {
    const uint64_t reclaimed = pools_reclaimed_[at].reclaimed.load(std::memory_order_acquire);
    uint64_t created = 0;
    for (const auto& producer : producers_) created += producer->created(pool);
    used = created - reclaimed;
    if (pools_reclaimed_[at].reclaimed.load(std::memory_order_relaxed) - reclaimed <= count / 64)
      break;
  }
  return used < count ? count - static_cast<uint32_t>(used) : 0;
}

// Not at each step: it reads lines that the producers write.
void Collector::measure_pressure() noexcept {
  if (now_tsc_ - measured_tsc_ < tsc_hz_ / 10000) return;
  measured_tsc_ = now_tsc_;
  pressed_ = false;
  for (size_t at = 0; at < pools_.size(); ++at) {
    const uint32_t free = free_entries(PoolId{static_cast<uint8_t>(at)});
    const uint32_t count = pool_limits_[at];
    const Pressure was = pressure_[at].load(std::memory_order_relaxed);
    // Hysteresis: what has begun ends at twice the threshold.
    const uint32_t emergency = count / (was == Pressure::kEmergency ? 16 : 32);
    const uint32_t low = count / (was != Pressure::kNone ? 4 : 8);
    const Pressure is = free < emergency ? Pressure::kEmergency
                        : free < low     ? Pressure::kLow
                                         : Pressure::kNone;
    pressed_ = pressed_ || is != Pressure::kNone;
    if (is == was) continue;
    pressure_[at].store(is, std::memory_order_relaxed);
    if (is < was) continue;
    kick();
    std::atomic<uint64_t>& begun = is == Pressure::kLow ? low_pressures_ : emergencies_;
    begun.store(begun.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
}

void CollectorStats::add(const CollectorStats& other) noexcept {
  for (const auto sum :
       {&CollectorStats::created, &CollectorStats::retired, &CollectorStats::reclaimed,
        &CollectorStats::intake, &CollectorStats::busy, &CollectorStats::spilled,
        &CollectorStats::refused, &CollectorStats::double_retired, &CollectorStats::passes,
        &CollectorStats::walk_entries, &CollectorStats::dst_total, &CollectorStats::low_pressures,
        &CollectorStats::emergencies})
    this->*sum += other.*sum;
  for (const auto most : {&CollectorStats::walk_ns_max, &CollectorStats::step_ns_max,
                          &CollectorStats::oldest_dead_ms})
    this->*most = std::max(this->*most, other.*most);
  pressure = std::max(pressure, other.pressure);
  if (!laggard) laggard = other.laggard;
}

uint64_t Collector::to_ns(uint64_t tsc) const noexcept {
  return static_cast<uint64_t>(static_cast<double>(tsc) * 1e9 / static_cast<double>(tsc_hz_));
}

CollectorStats Collector::stats() const noexcept {
  CollectorStats s{};
  s.reclaimed = reclaimed_.load(std::memory_order_acquire);  // (G)
  s.busy = busy_shown_.load(std::memory_order_relaxed);
  s.retired = orphaned_.load(std::memory_order_relaxed);
  s.double_retired = double_retired_.load(std::memory_order_relaxed);
  for (const auto& producer : producers_) {
    s.retired += producer->retired();
    s.created += producer->created();
    s.spilled += producer->spilled();
    s.refused += producer->refused();
    s.double_retired += producer->double_retired();
  }
  const uint64_t settled = s.reclaimed + s.busy + s.double_retired;
  s.intake = s.retired > settled ? s.retired - settled : 0;
  s.passes = passes_.load(std::memory_order_relaxed);
  s.walk_entries = walk_entries_.load(std::memory_order_relaxed);
  s.walk_ns_max = walk_ns_max_.load(std::memory_order_relaxed);
  s.step_ns_max = step_ns_max_.load(std::memory_order_relaxed);
  s.dst_total = s.created > s.reclaimed ? s.created - s.reclaimed : 0;
  for (const auto& pressure : pressure_)
    s.pressure = std::max(s.pressure, pressure.load(std::memory_order_relaxed));
  s.low_pressures = low_pressures_.load(std::memory_order_relaxed);
  s.emergencies = emergencies_.load(std::memory_order_relaxed);
  const uint64_t now = now_shown_tsc_.load(std::memory_order_relaxed);
  const uint64_t since = oldest_since_tsc_.load(std::memory_order_relaxed);
  if (since != 0 && now > since) s.oldest_dead_ms = to_ns(now - since) / 1000000;
  const uint32_t laggard = laggard_.load(std::memory_order_relaxed);
  if (laggard != kEnd) s.laggard = laggard;
  return s;
}

void Collector::drain() noexcept {
  constexpr uint32_t kAll = 0xffffffffU;
  const Clock clock{0, 0};
  bool again = true;
  while (again) {  // spilled ones come a burst at a time, children bring new work
    const uint64_t before = reclaimed_.load(std::memory_order_relaxed);
    StepReport report;
    for (auto& producer : producers_) producer->flush_spill();
    if (legacy_) legacy_step(true);
    take_intakes(report, kPendingEntries, clock);
    end_batch();
    settle_batches(report, kAll, clock, true);
    for (std::optional<BusySet>* set : {&young_, &old_}) {
      (*set)->rewind();
      while (!(*set)->at_end()) {
        (*set)->walk_slice(
            kSlice, [this](uint32_t at, uint64_t bits) { return keep_busy(false, at, bits); });
        flush_doomed();
      }
    }
    settle_ready(report, kAll, clock);
    again = report.taken != 0 || reclaimed_.load(std::memory_order_relaxed) != before;
    for (auto& producer : producers_) again = again || producer->spill_head_ != Producer::kEnd;
  }
  young_walk_ = old_walk_ = Walk{};
  show_ages();
  for (auto& producer : producers_) producer->return_stocks();
  return_free();
}

size_t Collector::bytes() const noexcept {
  size_t bytes = refs_memory_.size() + links_memory_.size() + ports_memory_.size() +
                 stamps_memory_.size() + young_->bytes() + old_->bytes();
  for (const IndexPool& pool : pools_) bytes += pool.bytes();
  return bytes;
}

std::vector<MemoryPlace> Collector::places() const {
  std::vector<MemoryPlace> places = {
      {"reference counts", &refs_memory_},   {"spill links", &links_memory_},
      {"times of death", &stamps_memory_},   {"ports", &ports_memory_},
      {"young busy set", &young_->memory()}, {"old busy set", &old_->memory()}};
  for (size_t i = 0; i < pools_.size() && hooks_.vacate == nullptr; ++i)
    places.push_back({"free indices " + std::to_string(i), &pools_[i].memory()});
  for (size_t i = 0; i < producers_.size(); ++i)
    places.push_back({"intake " + std::to_string(i), &producers_[i]->intake_memory()});
  return places;
}

}  // namespace dstgc
