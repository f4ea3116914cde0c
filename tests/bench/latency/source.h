// SPDX-License-Identifier: BSD-3-Clause
// The load: an open loop at a constant rate, in the callbacks of two ports, so that it runs on the
// forwarding lcore itself, and no other thread's pace is in what is measured.
//
// Theory of operations
//   Packets arrive in trains (a NIC hands them over so), train k at begin + k x its size / rate,
//   whether the lcore polls or not. The receive callback of port `in` first lets what is due arrive
//   in a queue of 1024 descriptors (what finds it full is lost, as on a NIC), then gives a burst
//   from its head. The transmit callback of port `out` records how long each packet took since its
//   arrival: time in the queue is in it, so a stall counts for every packet that it held up (no
//   coordinated omission).
// Threads
//   create, begin: control, while no lcore polls. receive, transmit: the lcore. Counters and
//   histograms: any thread.
#pragma once

#include <rte_ethdev.h>

#include <array>
#include <memory>

#include "app/mempool.h"
#include "dstgc/collector.h"
#include "fwd/histogram.h"
#include "fwd/small_random.h"
#include "fwd/tsc_scale.h"
#include "tests/bench/frame.h"
#include "tests/bench/latency/plan.h"
#include "tests/bench/latency/timeline.h"

namespace dstfwd::bench {

class Source {
 public:
  static constexpr unsigned kDescriptors = 1024;

  // Sets the callbacks. Destroyed after the ports have stopped. Gaps that begin in a walk of the
  // collector are told from others in each mode, as that takes time.
  static Result<std::unique_ptr<Source>> create(const Plan& plan, PortId in, PortId out,
                                                const MacAddress& to, uint64_t tsc_hz,
                                                const dstgc::Collector& collector);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // Packets arrive from now on; what waited in the queue is forgotten.
  void begin(uint64_t now_tsc) noexcept {
    next_tsc_ = now_tsc;
    head_ = tail_;
  }
  Timeline& timeline() noexcept { return timeline_; }

  uint64_t offered() const noexcept { return offered_.get(); }  // arrived, lost ones too
  uint64_t lost() const noexcept { return lost_.get(); }
  uint64_t sent() const noexcept { return sent_.get(); }  // that came out of the router
  const LatencyHistogram& latency() const noexcept { return latency_; }  // arrival to transmit
  // Gaps between polls that began while a walk was under way, and the others.
  const LatencyHistogram& walk_gaps() const noexcept { return walk_gaps_; }
  const LatencyHistogram& rest_gaps() const noexcept { return rest_gaps_; }

 private:
  Source(const Plan& plan, const MacAddress& to, uint64_t tsc_hz, Mempool pool, int stamp,
         const dstgc::Collector& collector);
  static uint16_t receive(uint16_t port, uint16_t queue, rte_mbuf** packets, uint16_t n,
                          uint16_t room, void* self) noexcept;
  static uint16_t transmit(uint16_t port, uint16_t queue, rte_mbuf** packets, uint16_t n,
                           void* self) noexcept;
  void part_gaps(uint64_t now_tsc) noexcept;
  void arrive(uint64_t now_tsc) noexcept;
  uint16_t give(rte_mbuf** packets, uint16_t room) noexcept;
  uint32_t next_established() noexcept;
  void write(rte_mbuf* m) noexcept;

  Frame template_;
  uint32_t train_;
  uint64_t period_tsc_;  // from train to train
  uint32_t flows_;
  uint32_t new_flow_every_;  // packets; 0: never
  Mempool pool_;
  size_t stamp_;  // where in an mbuf its arrival is
  TscScale scale_;
  Timeline timeline_;

  uint64_t next_tsc_ = 0;
  std::array<uint64_t, kDescriptors> queue_{};  // when each arrived
  uint32_t head_ = 0, tail_ = 0;
  uint64_t given_ = 0;
  uint32_t met_ = 0;  // established flows that had a packet
  SmallRandom random_{1};
  uint32_t begun_ = 0;
  Counter offered_, lost_, sent_;
  LatencyHistogram latency_;

  const dstgc::Collector* collector_;
  bool walking_ = false;  // at the last poll
  LatencyHistogram walk_gaps_, rest_gaps_;
};

}  // namespace dstfwd::bench
