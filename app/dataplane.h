// SPDX-License-Identifier: BSD-3-Clause
// All that forwards, as one value: ports, routing tables, caches, collector and workers. Made once
// EAL is up; it starts no thread.
//
// Theory of operations
//   Members are made in the order in which they stand and destroyed in the reverse one: what names
//   something else stands below it.
// Threads
//   create, end and destruction: the control thread, while no lcore runs. Workers and collect() are
//   for lcores (app/lcores.h). All else: any thread.
// Ordering
//   (A) stall_collector's release store pairs with (B) collect's acquire load: its length is seen.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "app/lcore_plan.h"
#include "app/mempool.h"
#include "app/port.h"
#include "app/port_plan.h"
#include "app/trace_queue.h"
#include "fwd/aging.h"
#include "fwd/dst_hooks.h"
#include "fwd/router.h"
#include "fwd/slow_service.h"
#include "fwd/worker.h"

namespace dstfwd {

// Time of one step of the collector between a forwarding lcore's bursts (--gc-mode inline).
inline constexpr double kInlineStep_s = 20e-6;

// Who does what, from the options and what EAL has.
struct Layout {
  LcorePlan lcores;
  PortPlan ports;
  GcMode gc_mode;
  std::vector<std::string> warnings;
};
// The error is a line for the user.
Result<Layout> plan_layout(const Options& options);

class Dataplane {
 public:
  // The error is a line for the user.
  static Result<std::unique_ptr<Dataplane>> create(const Options& options, Layout layout);
  Dataplane(const Dataplane&) = delete;
  Dataplane& operator=(const Dataplane&) = delete;

  // One turn of the collector's lcore. Service mode.
  // False: there was nothing to do.
  bool collect(uint64_t now_tsc) noexcept;
  // The collector's lcore waits on purpose: no gap until the next turn.
  void pause_collector() noexcept { gc_meter_.offline(); }
  // False: collect() does nothing, until it is told to again. Any thread.
  void set_collecting(bool on) noexcept {
    collecting_.store(on ? Collecting::kOn : Collecting::kOff, std::memory_order_relaxed);
  }
  // For tests of the stall watch: the collector's lcore does nothing for so long, once. False: it
  // is stalled or told not to collect. Control thread.
  bool stall_collector(uint64_t ticks) noexcept;

  // Once no lcore runs: what waits in the slow path ends. Before end(), which counts mbufs.
  void end_slow_path() noexcept;
  // Once no lcore runs: every entry dies and is reclaimed, ports stop. Returns how many mbufs did
  // not come home to their pools.
  uint64_t end() noexcept;

  const Layout& layout() const noexcept { return layout_; }
  Router& router() noexcept { return *router_; }
  const Router& router() const noexcept { return *router_; }
  dstgc::Collector& collector() noexcept { return *collector_; }
  const dstgc::Collector& collector() const noexcept { return *collector_; }
  const Aging& aging() const noexcept { return *aging_; }
  DstCache<Ipv4>& ipv4() noexcept { return *ipv4_; }
  // nullptr: --slow-path off.
  SlowService* slow_path() noexcept { return slow_.get(); }
  const SlowService* slow_path() const noexcept { return slow_.get(); }
  // Reads the clocks of ports that stamp packets: once at the start, then every second or so.
  // Control thread.
  void read_port_clocks() noexcept;
  // No lcore uses it any more: closes it, and gives the device back to its bus when that was its
  // last port. The error is the bus's. Control thread.
  Status close_port(PortId port);
  // The control thread, which alone changes it; others hold ports_lock() meanwhile.
  const std::vector<Port>& ports() const noexcept { return ports_; }
  std::unique_lock<std::mutex> ports_lock() const { return std::unique_lock(ports_lock_); }
  // Worker i belongs to layout().ports.lcores[i], and is producer and reader i of the collector.
  size_t workers() const noexcept { return workers_.size(); }
  Worker& worker(size_t i) noexcept { return *workers_[i]; }
  const Worker& worker(size_t i) const noexcept { return *workers_[i]; }
  dstgc::Producer& producer(size_t i) noexcept {
    return collector_->producer(dstgc::ProducerId{static_cast<uint16_t>(i)});
  }
  // Of the collector's lcore, in service mode.
  const PollMeter& gc_meter() const noexcept { return gc_meter_; }
  // Worker i's; nullptr without --latency-sample.
  const ResidenceMeter* residence(size_t i) const noexcept {
    return residence_.empty() ? nullptr : residence_[i].get();
  }
  uint32_t latency_sample() const noexcept { return latency_sample_; }
  uint64_t stall_threshold_ns() const noexcept { return stall_threshold_ns_; }
  TraceQueue& traces() noexcept { return traces_; }
  // What the caches and the collector work in, for `show numa`.
  std::vector<dstgc::MemoryPlace> places() const;
  uint64_t capacity() const noexcept { return uint64_t{ipv4_->capacity()} + ipv6_->capacity(); }

 private:
  Dataplane(const Options& options, Layout layout, TraceQueue traces);

  void stall_or_rest(uint64_t now_tsc) noexcept;
  Status open_ports(const Options& options);
  Status make_router(const Options& options);
  Status make_caches(const Options& options);
  Status make_collector(const Options& options);
  Status make_fragment_pools();
  Status make_slow_path(const Options& options);
  Status make_meters();
  void make_workers(const Options& options);
  template <typename Family>
  void kill_all(DstCache<Family>& cache) noexcept;

  Layout layout_;
  TraceQueue traces_;
  std::vector<Mempool> pools_;
  FragmentPools fragments_;
  mutable std::mutex ports_lock_;
  std::vector<Port> ports_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<DstCache<Ipv4>> ipv4_;
  std::unique_ptr<DstCache<Ipv6>> ipv6_;
  std::unique_ptr<DstHooks> hooks_;
  std::unique_ptr<dstgc::Collector> collector_;
  std::unique_ptr<Aging> aging_;
  std::unique_ptr<SlowService> slow_;
  // Of ports that stamp packets. Kept when a port is closed.
  struct PortClock {
    PortId port;
    HardwareClock clock;
  };
  std::vector<std::unique_ptr<PortClock>> clocks_;
  std::vector<std::unique_ptr<ResidenceMeter>> residence_;  // by worker
  std::vector<std::unique_ptr<Worker>> workers_;
  uint32_t latency_sample_;
  uint64_t stall_threshold_ns_;
  PollMeter gc_meter_;
  dstgc::Budget gc_budget_;
  enum class Collecting : uint8_t { kOn, kOff, kStall };
  std::atomic<Collecting> collecting_{Collecting::kOn};
  uint64_t gc_stall_ticks_ = 0;
};

}  // namespace dstfwd
