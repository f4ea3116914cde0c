// SPDX-License-Identifier: BSD-3-Clause
// Where packets end that are not sent: counted by verdict at once, their mbufs freed in bulk. One
// lcore.
#pragma once

#include <rte_mbuf.h>

#include "fwd/lcore_counters.h"

namespace dstfwd {

class Disposal {
 public:
  explicit Disposal(LcoreCounters& counters) noexcept : counters_(&counters) {}
  Disposal(const Disposal&) = delete;
  Disposal& operator=(const Disposal&) = delete;

  // Takes the packet. Precondition: verdict is not kForward.
  void end(rte_mbuf* m, Verdict verdict) noexcept {
    counters_->verdict(verdict).add(1);
    if (count_ == packets_.size()) flush();
    packets_[count_++] = m;
  }
  // Many with one verdict.
  void end(rte_mbuf* const* packets, unsigned n, Verdict verdict) noexcept {
    for (unsigned i = 0; i < n; ++i) end(packets[i], verdict);
  }

  // Frees what ended since the last call. Once a turn of the loop.
  void flush() noexcept {
    if (count_ == 0) return;
    rte_pktmbuf_free_bulk(packets_.data(), count_);
    count_ = 0;
  }

 private:
  LcoreCounters* counters_;
  unsigned count_ = 0;
  std::array<rte_mbuf*, 256> packets_;
};

}  // namespace dstfwd
