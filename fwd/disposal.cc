// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/disposal.h"

namespace dstfwd {

void Disposal::hold(rte_mbuf* m, NextHopIndex hop, EntryIndex entry, uint32_t tunnel) noexcept {
  if (punter_ == nullptr) {
    end(m, Verdict::kDropNoNeighbour, hop);
    return;
  }
  counters_->verdict(Verdict::kHold).add(1);
  if (entry != kNoEntry && !refs_->acquire(entry)) entry = kNoEntry;
  // kNoTunnel plus one is 0.
  if (!punt(m, Verdict::kHold, hop, entry, static_cast<uint16_t>(tunnel + 1)))
    refuse_hold(m, entry);
}

// Its wait is over before it began: there is no room for it.
void Disposal::refuse_hold(rte_mbuf* m, EntryIndex entry) noexcept {
  if (entry != kNoEntry) refs_->release(entry);
  counters_->unheld.add(1);
  counters_->verdict(Verdict::kDropHoldFull).add(1);
  discard(m);
}

void Disposal::flush() noexcept {
  if (punter_ != nullptr) {
    punter_->flush([this](rte_mbuf* m, const PuntInfo& info) {
      if (info.kind == PuntKind::kHold) {
        refuse_hold(m, info.entry);
      } else {
        discard(m);
      }
    });
  }
  if (count_ != 0) free_all();
}

}  // namespace dstfwd
