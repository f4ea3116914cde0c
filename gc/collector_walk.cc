// SPDX-License-Identifier: BSD-3-Clause
// The walks: over the busy bitmap, over the list of legacy mode, and over a port's entries.
#include <rte_cycles.h>

#include <algorithm>
#include <bit>

#include "dstgc/collector.h"

namespace dstgc {

void Collector::set_busy(EntryIndex index, uint64_t since_tsc) noexcept {
  const uint32_t i = to_u32(index);
  bitmap_[i / 64] |= uint64_t{1} << (i % 64);
  uint64_t& since = block_since_tsc_[i / kBlock];
  if (since == 0 || since_tsc < since) since = since_tsc;
  if (busy() == 0) next_walk_tsc_ = now_tsc_ + timer_.expires();
  busy_.store(busy() + 1, std::memory_order_relaxed);
}

// Reads the counts of one word's busy entries: no entry itself, so no cache miss an entry.
void Collector::walk_word(uint32_t word) noexcept {
  uint64_t bits = bitmap_[word];
  while (bits != 0) {
    const auto bit = static_cast<unsigned>(std::countr_zero(bits));
    bits &= bits - 1;
    const EntryIndex entry{word * 64 + bit};
    if (!refs_.idle(entry)) continue;
    bitmap_[word] &= ~(uint64_t{1} << bit);
    busy_.store(busy() - 1, std::memory_order_relaxed);
    reclaim(entry);
    ++walk_freed_;
  }
}

void Collector::walk(StepReport& report, const Budget& budget, uint64_t now_tsc) noexcept {
  if (kicked_.exchange(false, std::memory_order_relaxed) && timer_.kick())
    next_walk_tsc_ = std::min(next_walk_tsc_, now_tsc + timer_.expires());
  if (!walking_) {
    if (busy() == 0 || now_tsc < next_walk_tsc_) return;
    walking_ = true;
    walk_spent_tsc_ = walk_freed_ = 0;
    cursor_word_ = 0;
  }
  const uint64_t began = rte_get_tsc_cycles();
  const uint32_t words = (capacity_ + 63) / 64;
  while (cursor_word_ < words && report.looked_at < budget.entries) {
    if (bitmap_[cursor_word_] != 0) {
      report.looked_at += static_cast<uint32_t>(std::popcount(bitmap_[cursor_word_]));
      walk_word(cursor_word_);
    } else {
      report.looked_at += (cursor_word_ & 7U) == 0 ? 1 : 0;  // a line of empty words
    }
    ++cursor_word_;
    if (cursor_word_ % 64 == 0 && budget.tsc != 0 && rte_get_tsc_cycles() - began > budget.tsc)
      break;
  }
  walk_entries_.store(walk_entries_.load(std::memory_order_relaxed) + report.looked_at,
                      std::memory_order_relaxed);
  walk_spent_tsc_ += rte_get_tsc_cycles() - began;
  if (cursor_word_ == words) walk_ended(now_tsc);
}

void Collector::walk_ended(uint64_t now_tsc) noexcept {
  walking_ = false;
  flush_doomed();
  if (busy() == 0) {
    timer_.idle();
  } else {
    timer_.walked(busy(), walk_freed_);
  }
  const uint64_t armed = timer_.armed(now_tsc);
  next_walk_tsc_ = now_tsc + armed;
  uint64_t oldest = 0;
  const uint32_t words = (capacity_ + 63) / 64;
  for (uint32_t block = 0; block < block_since_tsc_.size(); ++block) {
    if (block_since_tsc_[block] == 0) continue;
    const uint32_t from = block * (kBlock / 64);
    const uint32_t to = std::min(from + kBlock / 64, words);
    if (std::all_of(bitmap_ + from, bitmap_ + to, [](uint64_t w) { return w == 0; })) {
      block_since_tsc_[block] = 0;
    } else if (oldest == 0 || block_since_tsc_[block] < oldest) {
      oldest = block_since_tsc_[block];
    }
  }
  oldest_since_tsc_.store(oldest, std::memory_order_relaxed);
  passes_.store(passes_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const uint64_t spent_ns = to_ns(walk_spent_tsc_);
  if (spent_ns > walk_ns_max_.load(std::memory_order_relaxed))
    walk_ns_max_.store(spent_ns, std::memory_order_relaxed);
  if (hooks_.trace != nullptr) {
    const CollectorStats s = stats();
    hooks_.trace(hooks_.context,
                 {s.dst_total, busy(), walk_freed_, to_ns(armed) / 4000000, spent_ns / 1000});
  }
}

// dst_run_gc(): the whole list under its lock; again 0.1 s after a run that freed something.
void Collector::legacy_step(bool all, uint64_t now_tsc) noexcept {
  if (!all && (now_tsc < next_walk_tsc_ || legacy_->size() == 0)) return;
  const uint64_t began = rte_get_tsc_cycles();
  const LegacyList::Walked walked = legacy_->walk(all, [this](EntryIndex e) { reclaim(e); });
  flush_doomed();
  busy_.store(walked.delayed, std::memory_order_relaxed);
  const uint64_t spent_ns = to_ns(rte_get_tsc_cycles() - began);
  if (spent_ns > walk_ns_max_.load(std::memory_order_relaxed))
    walk_ns_max_.store(spent_ns, std::memory_order_relaxed);
  passes_.store(passes_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  walk_entries_.store(walk_entries_.load(std::memory_order_relaxed) + walked.freed + walked.delayed,
                      std::memory_order_relaxed);
  // Any work done brings back the shortest delay: that is what kept the CPU in the walk.
  timer_.walked(walked.freed != 0 ? 0 : walked.delayed, walked.freed);
  next_walk_tsc_ = now_tsc + timer_.armed(now_tsc);
  if (hooks_.trace != nullptr && !all) {
    hooks_.trace(hooks_.context, {stats().dst_total, walked.delayed, walked.freed,
                                  to_ns(next_walk_tsc_ - now_tsc) / 4000000, spent_ns / 1000});
  }
}

void Collector::port_down(PortIndex port) noexcept {
  // (C) release: what took the port out of use comes before. Pairs with (D).
  port_shown_[static_cast<size_t>(port)].store(PortState::kAsked, std::memory_order_release);
  kick();
}

bool Collector::port_drained(PortIndex port) const noexcept {
  return port_shown_[static_cast<size_t>(port)].load(std::memory_order_acquire) ==
         PortState::kDrained;
}

// One port at a time: a grace period, so that no reader still makes entries that name it; a
// bounded sweep; one more period, so that no reader still uses what was cut.
void Collector::step_port(const Budget& budget) noexcept {
  if (!port_now_) {
    for (size_t port = 0; port < port_shown_.size(); ++port) {
      if (port_shown_[port].load(std::memory_order_acquire) != PortState::kAsked) continue;  // (D)
      port_now_ = static_cast<uint8_t>(port);
      port_states_[port] = PortState::kGrace;
      port_shown_[port].store(PortState::kGrace, std::memory_order_relaxed);
      port_token_ = grace_->start();
      break;
    }
    if (!port_now_) return;
  }
  PortState& state = port_states_[*port_now_];
  if (state == PortState::kGrace && grace_->passed(port_token_)) {
    state = PortState::kSweep;
    port_cursor_ = 0;
  }
  if (state == PortState::kSweep) {
    const uint32_t end = std::min(capacity_ - port_cursor_, budget.entries * 16U) + port_cursor_;
    for (; port_cursor_ < end; ++port_cursor_) {
      if (ports_[port_cursor_].load(std::memory_order_relaxed) != *port_now_) continue;
      if (hooks_.cut_port != nullptr)
        hooks_.cut_port(hooks_.context, EntryIndex{port_cursor_}, PortIndex{*port_now_});
      set_port(EntryIndex{port_cursor_}, kNoPort);
    }
    if (port_cursor_ < capacity_) return;
    state = PortState::kLastGrace;
    port_token_ = grace_->start();
  }
  if (state == PortState::kLastGrace && grace_->passed(port_token_)) {
    // Asked for again meanwhile: then it begins anew.
    PortState shown = PortState::kGrace;
    port_shown_[*port_now_].compare_exchange_strong(
        shown, PortState::kDrained, std::memory_order_release, std::memory_order_relaxed);
    state = PortState::kIdle;
    port_now_.reset();
  }
}

}  // namespace dstgc
