// SPDX-License-Identifier: BSD-3-Clause
// The walks over the busy, young and old, and over the list of legacy mode.
#include <rte_cycles.h>

#include <algorithm>
#include <bit>

#include "dstgc/collector.h"

namespace dstgc {

void Collector::set_busy(EntryIndex index, uint64_t since_tsc) noexcept {
  if (busy() == 0) timer_.kick();  // __dst_free(): out of any back-off
  if (young_->size() == 0 && !young_walk_.running) {
    young_walk_.next_tsc = now_tsc_ + min_tsc_;
    young_since_tsc_ = since_tsc;
  }
  young_->add(index, stamp(since_tsc));
}

// Called for the 64 entries from first: which of the busy ones stay in their set. An idle one is
// reclaimed; a young one that is not becomes old once it has been dead for the shortest delay.
uint64_t Collector::keep_busy(bool young, uint32_t first, uint64_t bits) noexcept {
  // A few busy ones: reading their counts alone is cheaper than all 64.
  const uint64_t maybe = std::popcount(bits) > 8 ? bits & idle_mask(refs_, first) : bits;
  uint64_t kept = bits;
  for (uint64_t left = maybe; left != 0; left &= left - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(left));
    if (!refs_.idle(EntryIndex{first + bit})) continue;
    kept &= ~(uint64_t{1} << bit);
    reclaim(EntryIndex{first + bit});
    ++(young ? young_walk_ : old_walk_).freed;
  }
  if (!young) return kept;
  const BusySet::Stamp now = stamp(now_tsc_);
  for (uint64_t left = kept; left != 0; left &= left - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(left));
    const BusySet::Stamp died = stamps_[first + bit];
    if (now - died + 1 < stamp(min_tsc_)) continue;
    kept &= ~(uint64_t{1} << bit);
    old_->add(EntryIndex{first + bit}, died);
  }
  return kept;
}

void Collector::obey_kick() noexcept {
  const bool kicked = kicked_.load(std::memory_order_relaxed) &&
                      kicked_.exchange(false, std::memory_order_acq_rel);  // (J) pairs with (I)
  if (!kicked && !pressed_) return;
  timer_.kick();
  old_walk_.next_tsc = std::min(old_walk_.next_tsc, now_tsc_ + timer_.expires());
}

void Collector::walk(StepReport& report, const Budget& budget, const Clock& clock) noexcept {
  obey_kick();
  if (!young_walk_.running && young_->size() != 0 && now_tsc_ >= young_walk_.next_tsc) {
    young_walk_ = {true, 0, 0, 0};
    young_is_all_ = old_->size() == 0;
    young_->rewind();
  }
  show_walking();
  if (young_walk_.running) {
    if (!walk_slices(*young_, young_walk_, report, budget.entries, clock)) return;
    young_ended();
  }
  if (!old_walk_.running && old_->size() != 0 && now_tsc_ >= old_walk_.next_tsc) {
    old_walk_ = {true, 0, 0, 0};
    old_->rewind();
  }
  show_walking();
  if (old_walk_.running && walk_slices(*old_, old_walk_, report, budget.entries, clock))
    old_ended();
  show_walking();
}

// A store only when it changes: others read it at each turn.
void Collector::show_walking() noexcept {
  const bool walking = young_walk_.running || old_walk_.running;
  if (walking_.load(std::memory_order_relaxed) != walking)
    walking_.store(walking, std::memory_order_relaxed);
}

// True: the walk has come to its end. At least one slice, so that it does.
bool Collector::walk_slices(BusySet& set, Walk& walk, StepReport& report, uint32_t limit,
                            const Clock& clock) noexcept {
  const bool young = &set == &*young_;
  uint64_t began = rte_get_tsc_cycles();
  uint32_t looked_at = 0;
  uint32_t slices = 0;
  const auto more = [&] {
    return !set.at_end() && std::max(slices, looked_at) < limit && !clock.over();
  };
  do {
    looked_at += set.walk_slice(std::min(kSlice, limit), [this, young](uint32_t at, uint64_t bits) {
      return keep_busy(young, at, bits);
    });
    flush_doomed();
    slices += kSlice;
    if (slices % kTakeIn == 0 && more()) began += take_between_slices(report, limit, clock);
  } while (more());
  report.looked_at += looked_at;
  walk_entries_.store(walk_entries_.load(std::memory_order_relaxed) + looked_at,
                      std::memory_order_relaxed);
  walk.spent_tsc += rte_get_tsc_cycles() - began;
  return set.at_end();
}

void Collector::young_ended() noexcept {
  const Walk ended = young_walk_;
  young_walk_ = Walk{};
  young_walk_.next_tsc = now_tsc_ + min_tsc_;  // for those that arrived behind the cursor
  young_since_tsc_ = young_->size() != 0 ? since(*young_) : 0;
  old_since_tsc_ = since(*old_);
  if (young_is_all_) arm(ended.freed);
  walk_done(ended.freed, ended.spent_tsc);
}

void Collector::old_ended() noexcept {
  const Walk ended = old_walk_;
  old_walk_ = Walk{};
  old_since_tsc_ = since(*old_);
  arm(ended.freed);
  walk_done(ended.freed, ended.spent_tsc);
}

// After a walk over all that is busy, or over all the old.
void Collector::arm(uint64_t freed) noexcept {
  if (busy() == 0) {
    timer_.idle();
  } else {
    timer_.walked(busy(), freed);
    if (pressed_) timer_.kick();
  }
  old_walk_.next_tsc = now_tsc_ + timer_.armed(now_tsc_);
}

// When its oldest died.
uint64_t Collector::since(BusySet& set) const noexcept {
  if (set.size() == 0) return 0;
  const uint64_t age = uint64_t{set.oldest_age(stamp(now_tsc_))} << stamp_shift_;
  return now_tsc_ > age ? now_tsc_ - age : 1;
}

void Collector::walk_done(uint64_t freed, uint64_t spent_tsc) noexcept {
  passes_.store(passes_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const uint64_t spent_ns = to_ns(spent_tsc);
  if (spent_ns > walk_ns_max_.load(std::memory_order_relaxed))
    walk_ns_max_.store(spent_ns, std::memory_order_relaxed);
  if (hooks_.trace == nullptr) return;
  const uint64_t next = old_walk_.next_tsc > now_tsc_ ? old_walk_.next_tsc - now_tsc_ : 0;
  const uint64_t jiffies = (to_ns(next) + 2000000) / 4000000;
  hooks_.trace(hooks_.context, {stats().dst_total, busy(), freed, jiffies, spent_ns / 1000});
}

void Collector::show_ages() noexcept {
  uint64_t since = 0;
  const auto consider = [&since](uint64_t tsc) {
    if (tsc != 0 && (since == 0 || tsc < since)) since = tsc;
  };
  if (batch_head_ != batch_tail_) consider(batches_[batch_head_ % kPendingEntries].since_tsc);
  if (open_batch_ != 0) consider(open_since_tsc_);
  if (young_->size() != 0) consider(young_since_tsc_);
  if (old_->size() != 0) consider(old_since_tsc_);
  oldest_since_tsc_.store(since, std::memory_order_relaxed);
  if (mode_ != Mode::kLegacy) busy_shown_.store(busy(), std::memory_order_relaxed);
}

// A grace period of its own, so that a reader that hangs is seen even when nothing is dead: who has
// held it up for half a second is named. It begins anew each quarter, so that is 0.75 s at most.
void Collector::watch_readers() noexcept {
  const uint64_t age_tsc = now_tsc_ - watch_since_tsc_;
  uint32_t slow = kEnd;
  if (grace_->passed(watch_token_)) {
    if (age_tsc >= tsc_hz_ / 4) {
      watch_token_ = grace_->start();
      watch_since_tsc_ = now_tsc_;
    }
  } else if (age_tsc > tsc_hz_ / 2) {
    slow = grace_->laggard(watch_token_).value_or(kEnd);
  }
  laggard_.store(slow, std::memory_order_relaxed);
}

// dst_run_gc(): the whole list under its lock; again 0.1 s after a run that freed something.
void Collector::legacy_step(bool all) noexcept {
  while (orphans_.head != kEnd) legacy_->adopt(pop(orphans_));
  if (!all && (now_tsc_ < old_walk_.next_tsc || legacy_->size() == 0)) return;
  const uint64_t began = rte_get_tsc_cycles();
  const LegacyList::Walked walked = legacy_->walk(all, [this](EntryIndex entry) {
    reclaim(entry);
    if (doomed_count_ == kChunk) flush_doomed();
  });
  flush_doomed();
  if (!walked.ran) return;
  busy_shown_.store(walked.delayed, std::memory_order_relaxed);
  const uint64_t spent_ns = to_ns(rte_get_tsc_cycles() - began);
  if (spent_ns > walk_ns_max_.load(std::memory_order_relaxed))
    walk_ns_max_.store(spent_ns, std::memory_order_relaxed);
  passes_.store(passes_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  walk_entries_.store(walk_entries_.load(std::memory_order_relaxed) + walked.freed + walked.delayed,
                      std::memory_order_relaxed);
  // Any work done brings back the shortest delay: that is what kept the CPU in the walk.
  timer_.walked(walked.freed != 0 ? 0 : walked.delayed, walked.freed);
  old_walk_.next_tsc = now_tsc_ + timer_.expires();
  if (hooks_.trace != nullptr && !all) {
    hooks_.trace(hooks_.context, {stats().dst_total, walked.delayed, walked.freed,
                                  to_ns(timer_.expires()) / 4000000, spent_ns / 1000});
  }
}

}  // namespace dstgc
