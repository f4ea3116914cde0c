// SPDX-License-Identifier: BSD-3-Clause
// The way of a retired entry: intake, grace period, then destroyed or busy.
#include <rte_cycles.h>
#include <rte_prefetch.h>
#include <rte_ring_elem.h>

#include <algorithm>

#include "dstgc/collector.h"

namespace dstgc {
namespace {

void raise(std::atomic<uint64_t>& maximum, uint64_t value) noexcept {
  if (value > maximum.load(std::memory_order_relaxed))
    maximum.store(value, std::memory_order_relaxed);
}

void add(std::atomic<uint64_t>& counter, uint64_t n) noexcept {  // single writer
  // (H) pairs with (G)
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_release);
}

}  // namespace

bool Collector::Clock::over() const noexcept {
  return limit_tsc != 0 && rte_get_tsc_cycles() - began_tsc > limit_tsc;
}

StepReport Collector::step(const Budget& budget, uint64_t now_tsc) noexcept {
  StepReport report;
  if (mode_ == Mode::kOff) return report;
  const Clock clock{rte_get_tsc_cycles(), budget.tsc};
  now_tsc_ = std::max(now_tsc_, now_tsc);  // lcores that take turns need not agree to the cycle
  now_shown_tsc_.store(now_tsc_, std::memory_order_relaxed);
  if (mode_ == Mode::kLegacy) {
    legacy_step(false);
  } else {
    take_intakes(report, budget.entries, clock);
    settle_batches(report, budget.entries, clock, false);
    walk(report, budget, clock);
    settle_ready(report, budget.entries, clock);
  }
  step_port(budget, clock);
  return_free();
  watch_readers();
  show_ages();
  measure_pressure();
  raise(step_ns_max_, to_ns(rte_get_tsc_cycles() - clock.began_tsc));
  return report;
}

bool Collector::try_step(const Budget& budget, uint64_t now_tsc) noexcept {
  if (stepping_.test_and_set(std::memory_order_acquire)) return false;  // (A)
  step(budget, now_tsc);
  stepping_.clear(std::memory_order_release);  // (B)
  return true;
}

void Collector::take_intakes(StepReport& report, uint32_t limit, const Clock& clock) noexcept {
  std::array<EntryIndex, kChunk> some{};
  take_orphans();
  const size_t n_intakes = producers_.size();
  for (size_t turn = 0; turn < n_intakes; ++turn) {
    rte_ring* const intake = producers_[(first_intake_ + turn) % n_intakes]->intake();
    while (report.taken < limit && (report.taken == 0 || !clock.over())) {
      const uint64_t room = kPendingEntries - (pending_tail_ - pending_head_);
      const auto want =
          static_cast<unsigned>(std::min<uint64_t>({some.size(), room, limit - report.taken}));
      if (want == 0) break;
      const unsigned n =
          rte_ring_sc_dequeue_burst_elem(intake, some.data(), sizeof(uint32_t), want, nullptr);
      if (n == 0) break;
      take_in({some.data(), n});
      report.taken += n;
    }
  }
  if (++first_intake_ >= n_intakes) first_intake_ = 0;
  if (batch_head_ == batch_tail_) end_batch();
}

// What died while a walk goes on. Returns the time that it took, which is none of the walk's.
uint64_t Collector::take_between_slices(StepReport& report, uint32_t limit,
                                        const Clock& clock) noexcept {
  const uint64_t began = rte_get_tsc_cycles();
  take_intakes(report, limit, clock);
  if (!clock.over()) settle_batches(report, limit, clock, false);
  return rte_get_tsc_cycles() - began;
}

// Marks them dead before their grace period begins.
void Collector::take_in(std::span<const EntryIndex> entries) noexcept {
  for (EntryIndex entry : entries) rte_prefetch0(refs_.words() + to_u32(entry));
  for (EntryIndex entry : entries) {
    if (refs_.mark_dead(entry)) {
      pend(entry);
    } else {
      add(double_retired_, 1);
    }
  }
  if (open_batch_ >= kBatchEntries) end_batch();
}

// Room for them is made by what settles.
void Collector::take_orphans() noexcept {
  while (orphans_.head != kEnd && pending_tail_ - pending_head_ < kPendingEntries)
    pend(pop(orphans_));
}

void Collector::pend(EntryIndex entry) noexcept {
  pending_[pending_tail_++ % kPendingEntries] = entry;
  if (open_batch_++ == 0) open_since_tsc_ = now_tsc_;
}

void Collector::end_batch() noexcept {
  if (open_batch_ == 0) return;
  batches_[batch_tail_++ % kPendingEntries] = {grace_->start(), open_since_tsc_, open_batch_};
  open_batch_ = 0;
}

void Collector::settle_batches(StepReport& report, uint32_t limit, const Clock& clock,
                               bool all) noexcept {
  while (batch_head_ != batch_tail_ && report.settled < limit) {
    Batch& batch = batches_[batch_head_ % kPendingEntries];
    if (!all && !grace_->passed(batch.token)) break;
    const uint32_t n = std::min({batch.count, kChunk, limit - report.settled});
    for (uint32_t i = 0; i < n; ++i)
      rte_prefetch0(refs_.words() + to_u32(pending_[(pending_head_ + i) % kPendingEntries]));
    for (uint32_t i = 0; i < n; ++i) {
      const EntryIndex entry = pending_[pending_head_++ % kPendingEntries];
      if (refs_.idle(entry)) {
        reclaim(entry);
        ++report.reclaimed;
      } else {
        set_busy(entry, batch.since_tsc);
      }
    }
    report.settled += n;
    batch.count -= n;
    if (batch.count == 0) ++batch_head_;
    flush_doomed();
    if (clock.over()) break;
  }
  if (batch_head_ == batch_tail_) end_batch();  // what came meanwhile is the next batch
}

// Children whose last parent is gone: a chain goes down a link a burst, and never recurses.
void Collector::settle_ready(StepReport& report, uint32_t limit, const Clock& clock) noexcept {
  flush_doomed();
  while (ready_.head != kEnd && report.reclaimed < limit) {
    for (uint32_t i = 0; i < kChunk && ready_.head != kEnd && report.reclaimed < limit; ++i) {
      reclaim(pop(ready_));
      ++report.reclaimed;
    }
    flush_doomed();
    if (clock.over()) break;
  }
}

// Destroyed at the next flush: not here, as a flush may take children out of a set, and the caller
// may be in the midst of a walk over it. Within a slice there is room.
void Collector::reclaim(EntryIndex index) noexcept {
  doomed_[doomed_count_++] = index;
}

void Collector::flush_doomed() noexcept {
  for (uint32_t at = 0; at < doomed_count_; at += kChunk)
    destroy({doomed_.data() + at, std::min(kChunk, doomed_count_ - at)});
  doomed_count_ = 0;
  for (const auto& freed : freed_) {
    if (freed.size() >= kFreedEntries) return_free();
  }
}

void Collector::destroy(std::span<const EntryIndex> doomed) noexcept {
  std::array<Child, kChunk> children{};
  hooks_.destroy(hooks_.context, doomed, {children.data(), doomed.size()});
  for (EntryIndex entry : doomed) {
    set_port(entry, kNoPort);  // its word reads dead already, as a free one's does
    for (size_t pool = 0; pool < pools_.size(); ++pool) {
      if (!pools_[pool].owns(entry)) continue;
      freed_[pool].push_back(entry);
      add(pools_reclaimed_[pool].reclaimed, 1);
    }
  }
  add(reclaimed_, doomed.size());
  for (size_t i = 0; i < doomed.size(); ++i) {
    if (children[i].index != kNoEntry) drop_child(children[i]);
  }
}

// dst_destroy(): the parent's reference ends. A busy child (so its grace period has passed) goes at
// once; one that still waits for its period finds itself idle then; one that only its parents knew
// dies now and goes the way of all.
void Collector::drop_child(const Child& child) noexcept {
  if (refs_.release(child.index) != 0) return;
  if (refs_.is_dead(child.index)) {
    if (refs_.idle(child.index) && (young_->remove(child.index) || old_->remove(child.index)))
      push(ready_, child.index);
  } else if (child.unlisted && refs_.mark_dead(child.index)) {
    push(orphans_, child.index);
    add(orphaned_, 1);
  }
}

void Collector::push(Chain& chain, EntryIndex entry) noexcept {
  stamps_[to_u32(entry)] = chain.head;
  chain.head = to_u32(entry);
}

EntryIndex Collector::pop(Chain& chain) noexcept {
  const EntryIndex entry{chain.head};
  chain.head = stamps_[to_u32(entry)];
  return entry;
}

void Collector::return_free() noexcept {
  for (size_t pool = 0; pool < pools_.size(); ++pool) {
    std::vector<EntryIndex>& freed = freed_[pool];
    if (freed.empty()) continue;
    if (hooks_.vacate != nullptr) {
      hooks_.vacate(hooks_.context, freed);
    } else {
      pools_[pool].put(freed);
    }
    freed.clear();
  }
}

}  // namespace dstgc
