// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/receiver.h"

#include <rte_cycles.h>

namespace dstfwd::gen {

unsigned Receiver::step() noexcept {
  rte_mbuf* frames[kBurst];
  const uint16_t n = rte_eth_rx_burst(config_.port, config_.queue, frames, kBurst);
  if (n == 0) return 0;
  const uint64_t now_tsc = rte_rdtsc();
  for (uint16_t i = 0; i < n; ++i) {
    if (i + 4 < n) rte_prefetch0(rte_pktmbuf_mtod(frames[i + 4], const void*));
    judge(frames[i], now_tsc);
  }
  rte_pktmbuf_free_bulk(frames, n);
  return n;
}

void Receiver::judge(const rte_mbuf* m, uint64_t now_tsc) noexcept {
  if (config_.judge) {
    const auto payload = read_payload(m, config_.trial);
    if (!payload) {
      counters_.foreign.add(1);
      return;
    }
    const uint64_t sequence = payload->sequence();
    tracker_.received(sequence);
    if (sequence >= config_.first_measured)
      latency_.record(scale_.to_ns(payload->age_ticks(now_tsc)));
  }
  counters_.received.add(1);
  counters_.received_bytes.add(m->pkt_len + kFcsBytes);
}

}  // namespace dstfwd::gen
