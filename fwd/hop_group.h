// SPDX-License-Identifier: BSD-3-Clause
// Equal-cost multipath (RFC 2992 compares the ways to do it): several weighted next hops, of which
// each flow takes one.
//
// Theory of operations
//   A group is a table of slots. The control thread fills each slot by weighted rendezvous hashing
//   (Thaler and Ravishankar 1998; weights after Schindelhauer and Schomaker 2005): every member has
//   a score for the slot, and the best usable one has it. A member that goes down loses its slots
//   to the others and nothing else moves; when it comes back it has the same ones. A lcore takes
//   the slot that the flow's hash names.
// Threads
//   assign(): the control thread. select(): any lcore, at any time, meanwhile too.
// Ordering
//   Slots are relaxed: each holds a member of the old or of the new assignment, and next hops are
//   freed only after a grace period and when no entry counts them.
// Cost
//   4 KB a group; select() is a multiplication and one load.
#pragma once

#include <array>
#include <atomic>
#include <span>

#include "fwd/types.h"

namespace dstfwd {

struct GroupMember {
  uint64_t id;  // the same for the same gateway at all times: what its slots depend on
  NextHopIndex hop;
  uint16_t weight;  // 1 to 256
  bool usable;
};

class HopGroup {
 public:
  // Shares are within some percent of the weights; the Internet's flows are not alike anyway.
  static constexpr size_t kSlots = 1024;
  static constexpr uint16_t kMaxWeight = 256;

  // No usable member: every slot is kNoRouteHop. Members with the same id count as one; the order
  // of members has no effect.
  void assign(std::span<const GroupMember> members) noexcept;

  NextHopIndex select(uint32_t flow_hash) const noexcept {
    const size_t slot = (uint64_t{flow_hash} * kSlots) >> 32U;
    return NextHopIndex{slots_[slot].load(std::memory_order_relaxed)};
  }

 private:
  std::array<std::atomic<uint32_t>, kSlots> slots_{};
};

}  // namespace dstfwd
