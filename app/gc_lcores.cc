// SPDX-License-Identifier: BSD-3-Clause
#include "app/gc_lcores.h"

#include <rte_cycles.h>
#include <rte_pause.h>

namespace dstfwd {

void GcLcores::add(unsigned lcore, CacheShard& shard) {
  if (!find(lcore)) lcores_.push_back(std::make_unique<Lcore>(lcore, scale_, stall_ns_));
  lcores_[*find(lcore)]->shards.push_back(&shard);
}

std::optional<size_t> GcLcores::find(unsigned lcore) const noexcept {
  for (size_t i = 0; i < lcores_.size(); ++i)
    if (lcores_[i]->lcore == lcore) return i;
  return std::nullopt;
}

bool GcLcores::collect(size_t i, uint64_t now_tsc) noexcept {
  Lcore& lcore = *lcores_[i];
  lcore.meter.turn(now_tsc);
  lcore.meter.enter(Stage::kGc);
  if (state_.load(std::memory_order_acquire) != State::kOn &&  // (B)
      !may_collect(i, now_tsc)) [[unlikely]]
    return false;
  bool worked = false;
  for (CacheShard* shard : lcore.shards) worked |= shard->step(budget_, now_tsc);
  return worked;
}

bool GcLcores::may_collect(size_t i, uint64_t now_tsc) noexcept {
  if (state_.load(std::memory_order_acquire) != State::kStall) return false;  // (B)
  if (i != stalled_) return true;
  lcores_[i]->meter.enter(Stage::kDebug);
  const uint64_t ticks = stall_ticks_;
  while (rte_rdtsc() - now_tsc < ticks) rte_pause();
  State stalled = State::kStall;  // unless told otherwise meanwhile
  state_.compare_exchange_strong(stalled, State::kOn, std::memory_order_relaxed);
  return false;
}

bool GcLcores::stall(size_t i, uint64_t ticks) noexcept {
  if (state_.load(std::memory_order_relaxed) != State::kOn) return false;
  stalled_ = i;
  stall_ticks_ = ticks;
  state_.store(State::kStall, std::memory_order_release);  // (A)
  return true;
}

}  // namespace dstfwd
