// SPDX-License-Identifier: BSD-3-Clause
// Whether a new flow gets an entry: a decision of its own, so that a cache under pressure or in a
// flood is never worse than none.
//
// An entry costs three times a FIB look-up to make and to reclaim. A flow's first packet gets one
// while the lcore has allowance: one cache's worth at once, and kFirst_s a second in the long run,
// so that what never comes back costs a few per cent of an lcore; a 64th of that while hardly
// any entry is used again (reuse_meter.h). Beyond it, or under low pressure, only a flow that comes
// back does: its first packet leaves its tag in a small table, the second finds it there (the
// "doorkeeper" of Einziger, Friedman and Manes, "TinyLFU", 2017). So a flood of flows of one packet
// each costs a store a packet, and flows that live get in nevertheless. In an emergency none does.
// Threads: one lcore.
#pragma once

#include <algorithm>
#include <array>

#include "dstgc/collector.h"
#include "fwd/flow_hash.h"

namespace dstfwd {

class Admission {
 public:
  // Entries a second for first packets, an lcore and a family.
  static constexpr uint32_t kFirst_s = 250000;
  static constexpr uint32_t kLowReuse = 64;  // where few are used again, so many times fewer

  // allowance: the cache's capacity. ticks_per_s: of the clock that open() is given, not 0.
  Admission(uint32_t allowance, uint32_t ticks_per_s) noexcept
      : most_(allowance), left_(allowance), per_tick_(std::max(kFirst_s / ticks_per_s, 1U)) {}

  // What holds for the flows that ask next: once a burst.
  void open(dstgc::Pressure pressure, bool reuse_is_low, uint32_t tick) noexcept {
    pressure_ = pressure;
    if (tick == tick_) return;
    const uint32_t per_tick = reuse_is_low ? std::max(per_tick_ / kLowReuse, 1U) : per_tick_;
    // What it has it keeps.
    const uint32_t most =
        reuse_is_low ? std::max(left_, std::min(most_, kFirst_s / kLowReuse)) : most_;
    const uint64_t more = uint64_t{tick - tick_} * per_tick;
    left_ = static_cast<uint32_t>(std::min<uint64_t>(left_ + more, most));
    tick_ = tick;
  }
  bool admit(const FlowHash& hash) noexcept {
    if (pressure_ == dstgc::Pressure::kNone && left_ != 0) {
      --left_;
      return true;
    }
    if (pressure_ == dstgc::Pressure::kEmergency) return false;
    uint16_t& seen = tags_[hash.primary % kTags];
    const uint16_t tag = hash.slot_tag();
    if (seen == tag) return true;
    seen = tag;
    return false;
  }

 private:
  static constexpr size_t kTags = 32768;  // 64 KB: the last some thousand new flows

  uint32_t most_;
  uint32_t left_;
  uint32_t per_tick_;
  uint32_t tick_ = 0;
  dstgc::Pressure pressure_ = dstgc::Pressure::kNone;
  std::array<uint16_t, kTags> tags_{};
};

}  // namespace dstfwd
