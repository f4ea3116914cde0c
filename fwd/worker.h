// SPDX-License-Identifier: BSD-3-Clause
// A forwarding lcore: takes bursts from its receive queues and carries each through to the transmit
// queues (run to completion).
//
// Threads
//   poll_once, inject, flush: the worker's lcore, which is an online reader of the collector's
//   grace periods. counters, meter, cycles, set_timing: any thread.
// Invariants
//   1. Every packet received ends in tx or in exactly one verdict by the end of poll_once(), and so
//      does every packet that was held and is released.
//   2. No step waits, allocates from the heap, locks, logs or makes a system call (but for what a
//      driver does in its burst functions).
//   3. An entry or next hop that poll_once() found is used only until its quiescent state.
#pragma once

#include <optional>
#include <vector>

#include "fwd/aging.h"
#include "fwd/classify.h"
#include "fwd/injector.h"
#include "fwd/poll_meter.h"
#include "fwd/resolver.h"
#include "fwd/rewrite.h"
#include "fwd/stage_cycles.h"
#include "fwd/tx_buffers.h"

namespace dstfwd {

struct RxQueue {
  PortId port;
  uint16_t queue;
  bool checksum_offload = false;         // the port was set up with RTE_ETH_RX_OFFLOAD_IPV4_CKSUM
  const HardwareClock* clock = nullptr;  // the port stamps packets by it
};

// Collection on forwarding lcores, where no service core has it. All null: none here.
struct WorkerGc {
  dstgc::Collector* collector = nullptr;
  Aging* aging = nullptr;
  // kInline: every worker, when its bursts were not full. kLegacy: one worker, every turn.
  dstgc::Mode mode = dstgc::Mode::kService;
  dstgc::Budget budget;         // of one turn
  uint32_t aging_budget = 256;  // places of the arena a turn
};

// The lcore's part of the slow path (slow_io.h).
struct WorkerSlowPath {
  rte_ring* punts = nullptr;    // to the control thread, this lcore the only producer
  rte_ring* injects = nullptr;  // from it, this lcore the only consumer
  PuntField field;
  dstgc::RefTable* refs = nullptr;  // of the caches' entries
  uint32_t errors_per_s = 10000;    // PunterConfig's
};

struct WorkerConfig {
  std::vector<RxQueue> rx;
  uint16_t tx_queue = 0;  // the worker's own, on every port
  unsigned burst = 64;    // packets from a queue at once, 1 to kMaxBurst
  const RouterView* view = nullptr;
  DstCache<Ipv4>* ipv4 = nullptr;
  DstCache<Ipv6>* ipv6 = nullptr;
  bool cache_enabled = true;  // false: every packet asks the FIB
  dstgc::Producer* producer = nullptr;
  uint64_t tsc_hz = 0;
  uint64_t stall_ns = 1'000'000;        // gaps between polls from here on count as stalls
  ResidenceMeter* residence = nullptr;  // nullptr: no packet is sampled
  WorkerGc gc;
  FragmentPools fragments;                  // none: nothing is fragmented
  std::optional<WorkerSlowPath> slow_path;  // none: what would need it is dropped
};

class Worker {
 public:
  explicit Worker(const WorkerConfig& config);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // One turn of the loop. Returns how many packets it received. now_tsc: of the TSC, not going
  // back.
  unsigned poll_once(uint64_t now_tsc) noexcept {
    if (timing_.load(std::memory_order_relaxed)) [[unlikely]]
      return turn<true>(now_tsc);
    return turn<false>(now_tsc);
  }
  // Before the lcore goes offline: what waits is sent, freed, or on the punt ring.
  void flush() noexcept;
  // The loop pauses on purpose: no gap until the next turn. The worker's lcore.
  void pause() noexcept { meter_.offline(); }

  // The loop stops turning on purpose, and that is a gap. The worker's lcore.
  void stall() noexcept { meter_.enter(Stage::kDebug); }

  const LcoreCounters& counters() const noexcept { return counters_; }
  const PollMeter& meter() const noexcept { return meter_; }
  // Time that single steps of the collector took on this lcore; nothing in service mode.
  const LatencyHistogram& gc_slices() const noexcept { return gc_slices_; }
  // From the next turn on, cycles() counts, or stands still. Any thread.
  void set_timing(bool on) noexcept { timing_.store(on, std::memory_order_relaxed); }
  const StageCycles& cycles() const noexcept { return cycles_; }

 private:
  Punter* make_punter(const WorkerConfig& config);

  struct Source {
    RxQueue queue;
    Classifier classifier;
  };

  // A turn, and its stages. kTimed: their cycles are counted.
  template <bool kTimed>
  unsigned turn(uint64_t now_tsc) noexcept;
  template <bool kTimed>
  void enter(Stage stage) noexcept;
  template <bool kTimed>
  unsigned take_released() noexcept;
  unsigned receive(const Source& source, rte_mbuf** packets) noexcept;
  // Returns the sum of the frames' bytes.
  template <bool kTimed>
  uint64_t route(rte_mbuf* const* packets, unsigned n, const Source& source) noexcept;
  template <bool kTimed, typename Family>
  void forward(Batch<Family>& batch, Resolver<Family>& resolver) noexcept;
  template <typename Family>
  void end_aside(Aside<Family>& aside, const Resolver<Family>& resolver) noexcept;
  template <bool kTimed>
  uint64_t carry(rte_mbuf* const* packets, unsigned n, const Source& source) noexcept;
  template <bool kTimed>
  void route_unwrapped(const Source& source) noexcept;
  void send() noexcept;
  bool collects(bool busy) const noexcept {
    return gc_.collector != nullptr && !(busy && gc_.mode == dstgc::Mode::kInline);
  }
  void collect(uint64_t now_tsc) noexcept;

  LcoreCounters counters_;
  PollMeter meter_;
  StageCycles cycles_;
  TscScale scale_;
  LatencyHistogram gc_slices_;
  ResidenceMeter* residence_;
  std::optional<Punter> punter_;
  std::optional<Injector> injector_;
  Disposal disposal_;
  TxBuffers tx_;
  OuterDst outer_;
  Resolver<Ipv4> resolver4_;
  Resolver<Ipv6> resolver6_;
  std::vector<Source> sources_;
  unsigned burst_;
  unsigned part_;
  std::atomic<bool> timing_{false};
  const RouterView* view_;
  dstgc::Producer* producer_;
  DstClock clock_;
  WorkerGc gc_;
  Turn turn_{};
  Unwrapped unwrapped_;
  RewriteContext rewriting_;
  Classified classified_;
};

}  // namespace dstfwd
