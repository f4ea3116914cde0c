// SPDX-License-Identifier: BSD-3-Clause
// The slow path's way to and from the forwarding lcores.
//
// Theory of operations
//   A lcore puts packets that it cannot end itself on its punt ring, and takes packets from its
//   inject ring once a turn of its loop. Both rings are bounded and neither side waits: what does
//   not fit is dropped by who would have put it there, and counted.
// Invariants
//   1. A packet is in one place: a lcore's burst, a ring, a HoldQueue, or freed.
//   2. A held packet was counted as Verdict::kHold by the lcore that punted it; whoever ends its
//      wait counts `unheld`: the lcore that takes it from the inject ring, or drop_held() here.
// Threads
//   The control thread calls everything here; a lcore the other ends of its own two rings.
// Ordering
//   The rings' enqueue (release) and dequeue (acquire) order PuntInfo and the packet's bytes.
#pragma once

#include <rte_ring.h>

#include <vector>

#include "fwd/fragment.h"
#include "fwd/lcore_counters.h"
#include "fwd/punt.h"
#include "fwd/slow_routing.h"
#include "fwd/wire.h"

namespace dstfwd {

// One lcore's rings, of rte_mbuf pointers, single producer and consumer.
struct SlowRings {
  rte_ring* punts = nullptr;    // lcore -> control
  rte_ring* injects = nullptr;  // control -> lcore
};

struct HeldPacket {
  rte_mbuf* packet = nullptr;
  uint16_t lcore = 0;  // position in SlowIoConfig::rings, where it came from
};

struct SlowIoConfig {
  std::vector<SlowRings> rings;
  PuntField field;
  rte_mempool* pool = nullptr;  // for what we send: data room for the largest MTU, or chains
  FragmentPools fragments;
  // Drops a held packet's reference on its dst, which lcore `lcore` took.
  std::function<void(uint16_t lcore, EntryIndex)> release_entry;
};

class SlowIo {
 public:
  explicit SlowIo(SlowIoConfig config);

  // Takes up to out.size() packets of lcore `lcore`'s punt ring.
  unsigned take(uint16_t lcore, std::span<rte_mbuf*> out) noexcept;
  uint16_t lcores() const noexcept { return static_cast<uint16_t>(config_.rings.size()); }
  PuntInfo& info(rte_mbuf* packet) const noexcept { return config_.field.of(packet); }

  // A packet of our own, behind a link header; fragments it when it is larger than `mtu`. False:
  // not sent (no mbuf, or the ring is full); counted.
  bool send(const LinkRef& link, const MacAddress& src, const MacAddress& dst, uint16_t ether_type,
            Bytes packet, uint16_t mtu) noexcept;

  // A held packet goes on: back to its lcore, which routes it anew.
  void resume(const HeldPacket& held) noexcept;
  // Its wait ends here, with this drop.
  void drop_held(const HeldPacket& held, Verdict reason) noexcept;

  // No lcore takes from its inject ring any more: what is on it ends here.
  void drain_injects() noexcept;

  // The control thread's own counts: verdicts and unheld of held packets, originated_dropped.
  const LcoreCounters& counters() const noexcept { return counters_; }

 private:
  rte_mbuf* frame(const LinkRef& link, const MacAddress& src, const MacAddress& dst,
                  uint16_t ether_type, Bytes packet) noexcept;
  bool inject(rte_mbuf* frame, const LinkRef& link) noexcept;

  LcoreCounters counters_;
  SlowIoConfig config_;
  uint32_t fragment_id_;  // from a random start (RFC 7739)
};

}  // namespace dstfwd
