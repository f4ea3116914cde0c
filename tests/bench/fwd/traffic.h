// SPDX-License-Identifier: BSD-3-Clause
// What traffic_bench gives the forwarding lcore, from the lcore's own thread.
#pragma once

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include <iostream>

#include "fwd/worker.h"
#include "tests/bench/fwd/flow_mix.h"

namespace dstfwd::bench {

inline constexpr unsigned kBurst = 64;

struct Turn {
  uint64_t spent_tsc;
  unsigned packets;
};
// A turn of the worker, timed.
inline Turn take_turn(Worker& worker) {
  const uint64_t began_tsc = rte_rdtsc();
  const unsigned n = worker.poll_once(began_tsc);
  return {rte_rdtsc() - began_tsc, n};
}

// Where a turn's packets come from, and what the worker took for it.
class Traffic {
 public:
  explicit Traffic(const FlowMix& mix) : mix_(mix) {}
  virtual ~Traffic() = default;
  virtual Turn turn(Worker& worker) = 0;
  const FlowMix& mix() const noexcept { return mix_; }

 protected:
  FlowMix mix_;
};

// A burst a turn by net_ring from port 0's transmit queue to its receive queue.
class RingTraffic : public Traffic {
 public:
  // Flows that begin are of `repeats` packets.
  RingTraffic(const FlowMix& mix, rte_mempool* pool, unsigned repeats = 1)
      : Traffic(mix), repeats_(repeats) {
    rte_pktmbuf_alloc_bulk(pool, packets_, kBurst);
  }
  Turn turn(Worker& worker) override {
    give();
    const Turn turn = take_turn(worker);
    if (rte_eth_rx_burst(1, 0, packets_, kBurst) != kBurst) {
      std::cerr << "traffic_bench: packets were lost\n";
      std::exit(1);
    }
    return turn;
  }

 private:
  void give() noexcept {
    if (turn_++ % repeats_ != 0) mix_.begin_again(begun_before_);
    begun_before_ = mix_.begun();
    for (rte_mbuf* m : packets_) {
      m->data_off = RTE_PKTMBUF_HEADROOM;
      m->ol_flags = 0;
      m->packet_type = 0;
    }
    mix_.write(packets_, kBurst);
    rte_eth_tx_burst(0, 0, packets_, kBurst);
  }

  unsigned repeats_;
  uint64_t turn_ = 0, begun_before_ = 0;
  rte_mbuf* packets_[kBurst];
};

// What port 0 receives, its drivers' time included. Which flows the packets are of is written on
// receipt, and that time is not the worker's.
class PortTraffic : public Traffic {
 public:
  explicit PortTraffic(const FlowMix& mix) : Traffic(mix) {
    callback_ = rte_eth_add_rx_callback(0, 0, write, this);
  }
  ~PortTraffic() override { rte_eth_remove_rx_callback(0, 0, callback_); }
  Turn turn(Worker& worker) override {
    written_tsc_ = 0;
    const Turn turn = take_turn(worker);
    return {turn.spent_tsc - written_tsc_, turn.packets};
  }

 private:
  static uint16_t write(uint16_t, uint16_t, rte_mbuf** packets, uint16_t n, uint16_t,
                        void* self) noexcept {
    auto& traffic = *static_cast<PortTraffic*>(self);
    const uint64_t began_tsc = rte_rdtsc();
    traffic.mix_.write(packets, n);
    traffic.written_tsc_ = rte_rdtsc() - began_tsc;
    return n;
  }

  const rte_eth_rxtx_callback* callback_;
  uint64_t written_tsc_ = 0;
};

}  // namespace dstfwd::bench
