// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/residence.h"

#include <algorithm>

namespace dstfwd {

void ResidenceMeter::stamp(rte_mbuf* const* packets, unsigned n,
                           const HardwareClock* clock) noexcept {
  const uint64_t now_tsc = rte_rdtsc();
  unsigned at = until_next_ - 1;
  for (; at < n; at += one_in_) {
    const uint64_t arrived = clock != nullptr ? clock->arrival_tsc(packets[at], now_tsc) : now_tsc;
    stamp_.set(packets[at], arrived);
  }
  until_next_ = at + 1 - n;
  stamped_ = true;
}

void ResidenceMeter::collect(rte_mbuf* const* packets, unsigned n) noexcept {
  leaving_ = 0;
  for (unsigned i = 0; i < std::min(n, kMaxLeaving); ++i) {
    if (!stamp_.is_set(packets[i])) continue;
    waiting_[leaving_++] = {stamp_.get(packets[i]), i};
    stamp_.clear(packets[i]);
  }
}

void ResidenceMeter::record(unsigned taken) noexcept {
  const uint64_t now_tsc = rte_rdtsc();
  for (unsigned i = 0; i < leaving_ && waiting_[i].position < taken; ++i)
    residence_.record(since(waiting_[i].tsc, now_tsc));
  leaving_ = 0;
}

}  // namespace dstfwd
