// SPDX-License-Identifier: BSD-3-Clause
#define ALLOW_EXPERIMENTAL_API  // rte_eth_read_clock, unchanged since DPDK 19.08
#include "fwd/hardware_clock.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>

namespace dstfwd {

std::optional<HardwareClock> HardwareClock::of_port(PortId port) {
  rte_eth_rxq_info queue{};
  if (rte_eth_rx_queue_info_get(to_u16(port), 0, &queue) != 0 ||
      (queue.conf.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) == 0)
    return std::nullopt;
  uint64_t clock = 0;
  int offset = -1;
  uint64_t flag = 0;
  if (rte_eth_read_clock(to_u16(port), &clock) != 0 ||
      rte_mbuf_dyn_rx_timestamp_register(&offset, &flag) != 0)
    return std::nullopt;
  return HardwareClock(offset, flag);
}

void HardwareClock::observe(uint64_t clock, uint64_t tsc, uint64_t tsc_hz) noexcept {
  if (!begun_) {
    begun_ = true;
    first_clock_ = clock;
    first_tsc_ = tsc;
    return;
  }
  const uint64_t ticks = clock - first_clock_;  // modulo 2^64, as the clock may wrap
  if (ticks == 0 || tsc - first_tsc_ < tsc_hz / 10) return;
  const Line* now = line_.load(std::memory_order_relaxed);  // this thread's own
  Line& next = lines_[now == lines_.data() ? 1 : 0];
  next = {clock, tsc, static_cast<double>(tsc - first_tsc_) / static_cast<double>(ticks)};
  line_.store(&next, std::memory_order_release);  // (A)
}

bool HardwareClock::observe_port(PortId port, uint64_t tsc_hz) noexcept {
  uint64_t clock = 0;
  const uint64_t before = rte_rdtsc();
  if (rte_eth_read_clock(to_u16(port), &clock) != 0) return false;
  const uint64_t after = rte_rdtsc();
  observe(clock, before + (after - before) / 2, tsc_hz);
  return true;
}

uint64_t HardwareClock::arrival_tsc(const rte_mbuf* m, uint64_t now_tsc) const noexcept {
  const Line* line = line_.load(std::memory_order_acquire);  // pairs with (A)
  if (line == nullptr || (m->ol_flags & flag_) == 0) return now_tsc;
  const uint64_t stamp = *RTE_MBUF_DYNFIELD(m, offset_, const uint64_t*);
  const auto ticks = static_cast<int64_t>(stamp - line->clock);  // before the reading: negative
  const auto away = static_cast<int64_t>(static_cast<double>(ticks) * line->tsc_per_tick);
  return std::min(line->tsc + static_cast<uint64_t>(away), now_tsc);
}

}  // namespace dstfwd
