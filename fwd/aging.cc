// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/aging.h"

#include <rte_prefetch.h>

#include <algorithm>
#include <utility>

#include "fwd/resolver.h"

namespace dstfwd {
namespace {

// A round takes a quarter of the timeout, so that an entry lives at most that much longer; within
// bounds, so that a flush is through in a second and short timeouts do not keep a core busy.
constexpr double kMinPeriod_s = 0.05;
constexpr double kMaxPeriod_s = 1.0;

// While hardly any entry is used again: a sixteenth of the timeout for flows of one packet. Not
// less than a second: what ended sooner would be taken from an lcore's cache, and given back to it.
constexpr uint32_t kLowReuse = 16;
constexpr double kLeastLowReuse_s = 1;

// Marks of live entries that the sweep has looked at: in which round it does so next.
constexpr uint32_t kRoundMarks = 254;
constexpr uint32_t kMaxRoundsAhead = kRoundMarks - 1;
uint8_t mark_of(uint32_t round) noexcept {
  return static_cast<uint8_t>(kFreshMark + 1 + round % kRoundMarks);
}

}  // namespace

Aging::Aging(const AgingConfig& config, DstCache<Ipv4>& ipv4, DstCache<Ipv6>& ipv6,
             const std::atomic<uint64_t>& version, dstgc::Producer& producer) noexcept
    : clock_(config.tsc_hz),
      idle_ticks_(clock_.ticks(config.idle_timeout_s)),
      low_reuse_ticks_(std::max(idle_ticks_ / kLowReuse, clock_.ticks(kLeastLowReuse_s))),
      period_s_(std::clamp(config.idle_timeout_s / 4, kMinPeriod_s, kMaxPeriod_s)),
      period_tsc_(static_cast<uint64_t>(period_s_ * static_cast<double>(config.tsc_hz))),
      ipv4_(&ipv4),
      ipv6_(&ipv6),
      version_(&version),
      producer_(&producer),
      cursor4_(config.tsc_hz),
      cursor6_(config.tsc_hz) {}

uint32_t Aging::step(uint64_t now_tsc, uint32_t budget) noexcept {
  uint32_t looked = sweep(*ipv4_, cursor4_, now_tsc, budget);
  looked += sweep(*ipv6_, cursor6_, now_tsc, budget - looked);
  producer_->quiescent();  // hands over what a full intake left with it
  return looked;
}

template <typename Family>
auto Aging::limits_now(uint64_t now_tsc, const DstCache<Family>& cache,
                       const Cursor& cursor) const noexcept -> Limits {
  const dstgc::Pressure pressure = cache.pressure();
  const unsigned shift = pressure == dstgc::Pressure::kNone  ? 0
                         : pressure == dstgc::Pressure::kLow ? 2
                                                             : 4;
  const unsigned single_shift = shift == 0 ? 0 : shift + 2;
  uint32_t single = idle_ticks_ >> single_shift;
  if (cache.reuse_is_low()) single = std::min(single, low_reuse_ticks_);
  return {clock_.tick(now_tsc),
          cursor.flush_generation,
          std::max(idle_ticks_ >> shift, 1U),
          std::max(single, 1U),
          cursor.round,
          cursor.round_ticks,
          shift != 0 || cursor.all_left != 0,
          cursor.fit.is_settling()};
}

void Aging::end_round(Cursor& cursor, uint32_t now_tick, uint32_t capacity) const noexcept {
  cursor.next = 0;
  if (cursor.round != 0) {
    cursor.round_ticks = std::max(now_tick - cursor.round_began_tick, clock_.ticks(period_s_));
    const bool slower = cursor.round_ticks / 2 > cursor.marked_ticks;
    if (slower) cursor.all_left = capacity;
    cursor.marked_ticks =
        slower ? cursor.round_ticks : std::min(cursor.marked_ticks, cursor.round_ticks);
  }
  cursor.round_began_tick = now_tick;
  ++cursor.round;
}

template <typename Family>
void Aging::fit(DstCache<Family>& cache, Cursor& cursor, uint64_t now_tsc) noexcept {
  if (cursor.fit.is_settling() && cursor.all_left == 0) cursor.fit.settle(cache.table());
  if (cursor.fit.step(cache.table(), now_tsc)) cursor.all_left = cache.capacity();
}

template <typename Family>
uint32_t Aging::sweep(DstCache<Family>& cache, Cursor& cursor, uint64_t now_tsc,
                      uint32_t budget) noexcept {
  fit(cache, cursor, now_tsc);
  // After a stop, or at first: at most one round is due.
  if (now_tsc - cursor.done_tsc > period_tsc_) cursor.done_tsc = now_tsc - period_tsc_;
  const double tsc_per_place = static_cast<double>(period_tsc_) / cache.capacity();
  const double due = static_cast<double>(now_tsc - cursor.done_tsc) / tsc_per_place;
  const auto looked = static_cast<uint32_t>(std::min<double>(due, budget));
  if (looked == 0) return 0;
  cursor.done_tsc += static_cast<uint64_t>(looked * tsc_per_place);
  const uint32_t flush = flush_generation(version_->load(std::memory_order_relaxed));
  if (flush != cursor.flush_generation) {
    cursor.flush_generation = flush;
    cursor.all_left = cache.capacity();
  }
  // Marks were made for longer timeouts.
  const bool reuse_is_low = cache.reuse_is_low();
  if (!std::exchange(cursor.reuse_was_low, reuse_is_low) && reuse_is_low)
    cursor.all_left = cache.capacity();
  for (uint32_t left = looked; left != 0;) {
    const uint32_t part = std::min(left, cache.capacity() - cursor.next);
    cursor.live +=
        sweep_range(cache, cursor.next, cursor.next + part, limits_now(now_tsc, cache, cursor));
    left -= part;
    cursor.next += part;
    cursor.all_left -= std::min(cursor.all_left, part);
    if (cursor.next == cache.capacity()) {
      end_round(cursor, clock_.tick(now_tsc), cache.capacity());
      cursor.fit.end_round(cache.table(), cursor.live, cache.pressure() == dstgc::Pressure::kNone,
                           now_tsc);
      cache.note_live(std::exchange(cursor.live, 0));
      if (Family::kPool == Ipv4::kPool) rounds_.add(1);
    }
  }
  return looked;
}

template <typename Family>
uint32_t Aging::sweep_range(DstCache<Family>& cache, uint32_t from, uint32_t to,
                            const Limits& limits) noexcept {
  // What is to be looked at is gathered first, so that entries arrive together.
  constexpr unsigned kAhead = 16;
  EntryIndex due[kAhead];
  unsigned count = 0;
  uint32_t live = 0;
  const uint8_t now = mark_of(limits.round);
  for (uint32_t i = from; i < to; ++i) {
    const EntryIndex index{cache.first() + i};
    const uint8_t mark = cache.live_mark(index);
    live += mark != kDeadMark ? 1 : 0;
    if (mark == now || mark == kFreshMark || (limits.all && mark != kDeadMark)) {
      rte_prefetch0(&cache.entry(index).last_use_tick);
      if constexpr (sizeof(typename Family::Entry) > dstgc::kCacheLine) {
        rte_prefetch0(&cache.entry(index).packets);
      }
      due[count++] = index;
    }
    if (count == kAhead || i + 1 == to) {
      for (unsigned j = 0; j < count; ++j) judge(cache, due[j], limits);
      looks_.add(count);
      count = 0;
    }
  }
  return live;
}

template <typename Family>
void Aging::judge(DstCache<Family>& cache, EntryIndex index, const Limits& limits) noexcept {
  const auto& entry = cache.entry(index);
  const uint64_t version = entry.version.load(std::memory_order_relaxed);
  const bool flushed = flush_generation(version) != limits.flush_generation;
  // A use by an lcore whose clock read is younger than ours is no idle time, not a huge one.
  const uint32_t since_use = limits.now_tick - entry.last_use_tick.load(std::memory_order_relaxed);
  const auto idle = static_cast<uint32_t>(std::max(static_cast<int32_t>(since_use), 0));
  const bool single = entry.packets.load(std::memory_order_relaxed) <= 1;
  const uint32_t timeout = single ? limits.idle_ticks_single : limits.idle_ticks;
  const bool left = limits.unplaced && !cache.is_placed(index, cache.hash_of(entry.key));
  if (!flushed && !left && idle < timeout) {
    const uint32_t rounds = (timeout - idle) / limits.round_ticks;
    cache.defer(index, mark_of(limits.round + std::clamp(rounds, 1U, kMaxRoundsAhead)));
    return;
  }
  if (left) cache.entry(index).packets.store(0, std::memory_order_relaxed);
  if (cache.kill(*producer_, index, cache.hash_of(entry.key))) {
    (flushed ? flushed_ : left ? moved_ : expired_).add(1);
  }
}

}  // namespace dstfwd
