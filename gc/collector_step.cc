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
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace

StepReport Collector::step(const Budget& budget, uint64_t now_tsc) noexcept {
  StepReport report;
  if (mode_ == Mode::kOff) return report;
  const uint64_t began = rte_get_tsc_cycles();
  now_tsc_ = now_tsc;
  now_shown_tsc_.store(now_tsc, std::memory_order_relaxed);
  if (mode_ == Mode::kLegacy) {
    legacy_step(false, now_tsc);
  } else {
    take_intakes(report, budget.entries, now_tsc);
    settle_batches(report, false);
    walk(report, budget, now_tsc);
    step_port(budget);
  }
  flush_doomed();
  return_free();
  measure_pressure();
  raise(step_ns_max_, to_ns(rte_get_tsc_cycles() - began));
  return report;
}

bool Collector::try_step(const Budget& budget, uint64_t now_tsc) noexcept {
  if (stepping_.test_and_set(std::memory_order_acquire)) return false;  // (A)
  step(budget, now_tsc);
  stepping_.clear(std::memory_order_release);  // (B)
  return true;
}

void Collector::take_intakes(StepReport& report, uint32_t limit, uint64_t now_tsc) noexcept {
  std::array<EntryIndex, 64> some{};
  for (auto& producer : producers_) {
    while (report.taken < limit) {
      const uint64_t room = kPendingEntries - (pending_tail_ - pending_head_);
      const auto want =
          static_cast<unsigned>(std::min<uint64_t>({some.size(), room, limit - report.taken}));
      const unsigned n = want == 0
                             ? 0
                             : rte_ring_sc_dequeue_burst_elem(producer->intake(), some.data(),
                                                              sizeof(uint32_t), want, nullptr);
      if (n == 0) break;
      take_in({some.data(), n});
      report.taken += n;
      if (open_batch_ >= kBatchEntries) end_batch(now_tsc);
    }
  }
  end_batch(now_tsc);
}

// Marks them dead before their grace period begins.
void Collector::take_in(std::span<const EntryIndex> entries) noexcept {
  for (EntryIndex entry : entries) rte_prefetch0(refs_.words() + to_u32(entry));
  for (EntryIndex entry : entries) {
    if (!refs_.mark_dead(entry)) {
      add(double_retired_, 1);
      continue;
    }
    pending_[pending_tail_++ % kPendingEntries] = entry;
    ++open_batch_;
  }
}

void Collector::end_batch(uint64_t now_tsc) noexcept {
  if (open_batch_ == 0) return;
  batches_[batch_tail_++ % kPendingEntries] = {grace_->start(), now_tsc, open_batch_};
  open_batch_ = 0;
}

void Collector::settle_batches(StepReport& report, bool all) noexcept {
  while (batch_head_ != batch_tail_) {
    const Batch batch = batches_[batch_head_ % kPendingEntries];
    if (!all && !grace_->passed(batch.token)) break;
    for (uint32_t i = 0; i < batch.count; ++i) {
      const EntryIndex entry = pending_[pending_head_++ % kPendingEntries];
      if (refs_.idle(entry)) {
        reclaim(entry);
        ++report.reclaimed;
      } else {
        set_busy(entry, batch.since_tsc);
      }
    }
    ++batch_head_;
  }
  if (batch_head_ == batch_tail_) {
    laggard_.store(0xffffffffU, std::memory_order_relaxed);
    oldest_batch_tsc_.store(0, std::memory_order_relaxed);
    return;
  }
  const Batch& oldest = batches_[batch_head_ % kPendingEntries];
  oldest_batch_tsc_.store(oldest.since_tsc, std::memory_order_relaxed);
  if (now_tsc_ - oldest.since_tsc > tsc_hz_ / 2)
    laggard_.store(grace_->laggard(oldest.token).value_or(0xffffffffU), std::memory_order_relaxed);
}

void Collector::reclaim(EntryIndex index) noexcept {
  doomed_[doomed_count_++] = index;
  if (doomed_count_ == doomed_.size()) flush_doomed();
}

void Collector::flush_doomed() noexcept {
  while (doomed_count_ != 0) {
    std::array<Child, 64> children{};
    const uint32_t n = doomed_count_;
    const auto doomed = doomed_;
    doomed_count_ = 0;
    hooks_.destroy(hooks_.context, {doomed.data(), n}, {children.data(), n});
    for (uint32_t i = 0; i < n; ++i) {
      set_port(doomed[i], kNoPort);
      refs_.reset(doomed[i]);
      for (size_t pool = 0; pool < pools_.size(); ++pool) {
        if (!pools_[pool].owns(doomed[i])) continue;
        freed_[pool].push_back(to_u32(doomed[i]));
        add(pool_reclaimed_[pool], 1);
      }
    }
    add(reclaimed_, n);
    for (uint32_t i = 0; i < n; ++i) {
      if (children[i].index != kNoEntry) drop_child(children[i]);
    }
    for (size_t pool = 0; pool < pools_.size(); ++pool) {
      if (freed_[pool].size() >= 512) return_free();
    }
  }
}

// dst_destroy(): the parent's reference ends. A dead child is found by the next walk, which comes
// at once; a child that only its parents knew dies now and goes the way of all.
void Collector::drop_child(const Child& child) noexcept {
  const uint32_t left = refs_.release(child.index);
  if (left != 0) return;
  if (refs_.is_dead(child.index)) {
    kick();
  } else if (child.unlisted && refs_.mark_dead(child.index)) {
    if (pending_tail_ - pending_head_ < kPendingEntries) {
      pending_[pending_tail_++ % kPendingEntries] = child.index;
      ++open_batch_;
      end_batch(now_tsc_);
    } else {
      set_busy(child.index, now_tsc_);
    }
  }
}

void Collector::return_free() noexcept {
  for (size_t pool = 0; pool < pools_.size(); ++pool) {
    if (!freed_[pool].empty()) pools_[pool].put(freed_[pool]);
    freed_[pool].clear();
  }
}

}  // namespace dstgc
