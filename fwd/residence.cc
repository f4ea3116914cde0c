// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/residence.h"

#include <algorithm>

namespace dstfwd {

void ResidenceMeter::stamp(rte_mbuf* const* packets, unsigned n,
                           const HardwareClock* clock) noexcept {
  const uint64_t now_tsc = turn_tsc_ != 0 ? turn_tsc_ : rte_rdtsc();
  unsigned at = until_next_ - 1;
  for (; at < n; at += one_in_)
    note(packets[at], at, clock != nullptr ? clock->arrival_tsc(packets[at], now_tsc) : now_tsc);
  until_next_ = at + 1 - n;
}

void ResidenceMeter::collect(rte_mbuf* const* packets, unsigned n) noexcept {
  leaving_ = 0;
  for (unsigned i = 0; i < std::min(n, kMaxLeaving); ++i) {
    if (!stamp_.is_set(packets[i])) continue;
    waiting_[leaving_++] = {stamp_.get(packets[i]), i};
    stamp_.clear(packets[i]);
  }
}

void ResidenceMeter::depart(unsigned taken) noexcept {
  if (departed_ + leaving_ >= kMaxLeaving) record(rte_rdtsc());
  for (unsigned i = 0; i < leaving_ && waiting_[i].position < taken; ++i)
    departed_tsc_[departed_++] = waiting_[i].tsc;
  leaving_ = 0;
}

void ResidenceMeter::record(uint64_t now_tsc) noexcept {
  for (unsigned i = 0; i < departed_; ++i) residence_.record(since(departed_tsc_[i], now_tsc));
  departed_ = 0;
}

}  // namespace dstfwd
