// SPDX-License-Identifier: BSD-3-Clause
// Whether a new flow gets an entry: a decision of its own, so that a cache under pressure is never
// worse than none.
//
// Without pressure every flow gets one. Under low pressure only a flow that comes back: its first
// packet leaves its tag in a small table, the second finds it there (the "doorkeeper" of Einziger,
// Friedman and Manes, "TinyLFU", 2017). So a flood of flows of one packet each costs a store a
// packet, and flows that live get in nevertheless. In an emergency none does.
// Threads: one lcore.
#pragma once

#include <array>

#include "dstgc/collector.h"
#include "fwd/flow_hash.h"

namespace dstfwd {

class Admission {
 public:
  bool admit(const FlowHash& hash, dstgc::Pressure pressure) noexcept {
    if (pressure == dstgc::Pressure::kNone) [[likely]]
      return true;
    if (pressure == dstgc::Pressure::kEmergency) return false;
    uint32_t& seen = tags_[hash.primary % kTags];
    if (seen == hash.tag) return true;
    seen = hash.tag;
    return false;
  }

 private:
  static constexpr size_t kTags = 16384;  // 64 KB: the last some thousand new flows
  std::array<uint32_t, kTags> tags_{};
};

}  // namespace dstfwd
