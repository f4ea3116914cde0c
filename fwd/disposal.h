// SPDX-License-Identifier: BSD-3-Clause
// Where packets end that are not sent: counted by verdict at once; then handed to the control
// thread, if there is a slow path that can do something with them, or freed in bulk. One lcore.
#pragma once

#include "dstgc/ref_table.h"
#include "fwd/punter.h"

namespace dstfwd {

class Disposal {
 public:
  // punter, refs: both or none. Without them nothing is held, and nobody is told anything.
  explicit Disposal(LcoreCounters& counters, Punter* punter = nullptr,
                    dstgc::RefTable* refs = nullptr) noexcept
      : counters_(&counters), punter_(punter), refs_(refs) {}
  Disposal(const Disposal&) = delete;
  Disposal& operator=(const Disposal&) = delete;

  // Of what ends from here on. Once a turn.
  void set_time(uint64_t now_tsc) noexcept { now_tsc_ = now_tsc; }

  // By which port what is offered from here on came: not all drivers say so in the mbuf.
  void set_arrival(PortId port) noexcept { arrival_ = to_u16(port); }

  // Takes the packet, which is as it came. hop: that it would have gone by. Precondition: verdict
  // is neither kForward nor kHold. mtu: for kDropMtu, where it is not the hop's own.
  void end(rte_mbuf* m, Verdict verdict, NextHopIndex hop = kNoRouteHop,
           uint16_t mtu = 0) noexcept {
    counters_->verdict(verdict).add(1);
    if (punter_ != nullptr && punt(m, verdict, hop, kNoEntry, mtu)) return;
    discard(m);
  }
  // Many with one verdict.
  void end(rte_mbuf* const* packets, unsigned n, Verdict verdict) noexcept {
    for (unsigned i = 0; i < n; ++i) end(packets[i], verdict);
  }

  // Takes a packet, as it came, that lacks the link-layer address of `hop`, or of its destination
  // if that is a glean hop. It waits on the control thread, with a reference on its entry if it has
  // one that lives; without a slow path it is dropped (kDropNoNeighbour).
  // tunnel: that it goes into; `hop` is its outer packets' then.
  static constexpr uint32_t kNoTunnel = 0xffffffffU;
  void hold(rte_mbuf* m, NextHopIndex hop, EntryIndex entry, uint32_t tunnel = kNoTunnel) noexcept;

  // Frees what ended since the last call, and puts what is for the control thread on its ring. Once
  // a turn of the loop.
  void flush() noexcept;

 private:
  bool punt(rte_mbuf* m, Verdict verdict, NextHopIndex hop, EntryIndex entry,
            uint16_t detail) noexcept {
    m->port = arrival_;
    return punter_->take(m, verdict, hop, now_tsc_, entry, detail);
  }
  void discard(rte_mbuf* m) noexcept {
    if (count_ == packets_.size()) free_all();
    packets_[count_++] = m;
  }
  void free_all() noexcept {
    rte_pktmbuf_free_bulk(packets_.data(), count_);
    count_ = 0;
  }
  void refuse_hold(rte_mbuf* m, EntryIndex entry) noexcept;

  LcoreCounters* counters_;
  Punter* punter_;
  dstgc::RefTable* refs_;
  uint64_t now_tsc_ = 0;
  uint16_t arrival_ = to_u16(kInvalidPort);
  unsigned count_ = 0;
  std::array<rte_mbuf*, 256> packets_;
};

}  // namespace dstfwd
