// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/stage_cycles.h"

#include <numeric>

namespace dstfwd {
namespace {

// Each count of `to` and `from`, in pairs.
template <typename Combine>
void combine(StageCyclesSnapshot& to, const StageCyclesSnapshot& from, Combine&& with) noexcept {
  for (size_t i = 0; i < kStageCount; ++i) {
    with(to.stages[i].entered, from.stages[i].entered);
    with(to.stages[i].cycles, from.stages[i].cycles);
  }
  with(to.packets, from.packets);
  with(to.turns, from.turns);
  with(to.empty_turns, from.empty_turns);
  with(to.empty_cycles, from.empty_cycles);
}

}  // namespace

uint64_t StageCyclesSnapshot::cycles() const noexcept {
  return std::accumulate(stages.begin(), stages.end(), uint64_t{0},
                         [](uint64_t sum, const Of& stage) { return sum + stage.cycles; });
}

StageCyclesSnapshot& StageCyclesSnapshot::operator+=(const StageCyclesSnapshot& other) noexcept {
  combine(*this, other, [](uint64_t& a, uint64_t b) { a += b; });
  return *this;
}

StageCyclesSnapshot& StageCyclesSnapshot::operator-=(const StageCyclesSnapshot& other) noexcept {
  combine(*this, other, [](uint64_t& a, uint64_t b) { a -= b; });
  return *this;
}

void StageCycles::end(uint64_t packets, uint64_t now_tsc) noexcept {
  turn_[static_cast<size_t>(stage_)].cycles += now_tsc - since_tsc_;
  if (packets == 0) {
    uint64_t sum = 0;
    for (const auto& stage : turn_) sum += stage.cycles;
    empty_turns_.add(1);
    empty_cycles_.add(sum);
    return;
  }
  for (size_t i = 0; i < kStageCount; ++i) {
    stages_[i].entered.add(turn_[i].entered);
    stages_[i].cycles.add(turn_[i].cycles);
  }
  packets_.add(packets);
  turns_.add(1);
}

StageCyclesSnapshot StageCycles::snapshot() const noexcept {
  StageCyclesSnapshot seen;
  for (size_t i = 0; i < kStageCount; ++i)
    seen.stages[i] = {stages_[i].entered.get(), stages_[i].cycles.get()};
  seen.packets = packets_.get();
  seen.turns = turns_.get();
  seen.empty_turns = empty_turns_.get();
  seen.empty_cycles = empty_cycles_.get();
  return seen;
}

}  // namespace dstfwd
