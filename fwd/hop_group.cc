// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/hop_group.h"

#include <cmath>
#include <limits>

#include "fwd/small_random.h"

namespace dstfwd {
namespace {

// The larger, the better: -weight / ln(u), with u uniform in (0, 1) of slot and member.
double score(const GroupMember& member, size_t slot) noexcept {
  SmallRandom mix(member.id ^ (uint64_t{slot} * 0xd6e8feb86659fd93U));
  const double u = (static_cast<double>(mix.next() >> 12U) + 0.5) * 0x1p-52;
  return -static_cast<double>(member.weight) / std::log(u);
}

}  // namespace

void HopGroup::assign(std::span<const GroupMember> members) noexcept {
  for (size_t slot = 0; slot < kSlots; ++slot) {
    NextHopIndex best = kNoRouteHop;
    double best_score = -std::numeric_limits<double>::infinity();
    for (const GroupMember& member : members) {
      if (!member.usable) continue;
      const double s = score(member, slot);
      if (s > best_score) {
        best_score = s;
        best = member.hop;
      }
    }
    slots_[slot].store(to_u32(best), std::memory_order_relaxed);
  }
}

}  // namespace dstfwd
