// SPDX-License-Identifier: BSD-3-Clause
// All that forwards, as one value: ports, routing tables, caches, collector and workers. Made once
// EAL is up; it starts no thread.
//
// Theory of operations
//   Members are made in the order in which they stand and destroyed in the reverse one: what names
//   something else stands below it.
// Threads
//   create, end and destruction: the control thread, while no lcore runs. Workers and gc_lcores()
//   are for lcores (app/lcores.h). All else: any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "app/gc_lcores.h"
#include "app/lcore_plan.h"
#include "app/mempool.h"
#include "app/port.h"
#include "app/port_plan.h"
#include "app/shard_plan.h"
#include "app/trace_queue.h"
#include "fwd/cache_shard.h"
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
  std::vector<ShardPlan> shards;  // a NUMA node with forwarding lcores
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

  // Once no lcore runs: what waits in the slow path ends. Before end(), which counts mbufs.
  void end_slow_path() noexcept;
  // Once no lcore runs: every entry dies and is reclaimed, ports stop. Returns how many mbufs did
  // not come home to their pools.
  uint64_t end() noexcept;

  const Layout& layout() const noexcept { return layout_; }
  Router& router() noexcept { return *router_; }
  const Router& router() const noexcept { return *router_; }
  // Shard i is layout().shards[i].
  const std::vector<std::unique_ptr<CacheShard>>& shards() const noexcept { return shards_; }
  dstgc::CollectorStats gc_stats() const noexcept;  // of all shards
  // As Collector::port_down and port_drained, of all shards.
  void port_down(dstgc::PortIndex port, bool unregister) noexcept;
  bool port_drained(dstgc::PortIndex port) const noexcept;
  // None outside service mode.
  GcLcores& gc_lcores() noexcept { return gc_lcores_; }
  const GcLcores& gc_lcores() const noexcept { return gc_lcores_; }
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
  // Worker i belongs to layout().ports.lcores[i], and is reader i of the grace period.
  size_t workers() const noexcept { return workers_.size(); }
  Worker& worker(size_t i) noexcept { return *workers_[i]; }
  const Worker& worker(size_t i) const noexcept { return *workers_[i]; }
  dstgc::Producer& producer(size_t i) noexcept { return *producers_[i]; }
  // Worker i's; nullptr without --latency-sample.
  ResidenceMeter* residence(size_t i) const noexcept {
    return residence_.empty() ? nullptr : residence_[i].get();
  }
  uint32_t latency_sample() const noexcept { return latency_sample_; }
  uint64_t stall_threshold_ns() const noexcept { return stall_threshold_ns_; }
  TraceQueue& traces(size_t shard) noexcept { return traces_[shard]; }
  uint64_t capacity() const noexcept;  // of the caches, entries

 private:
  Dataplane(const Options& options, Layout layout);

  Status open_ports(const Options& options);
  Status make_router(const Options& options);
  Status make_shards(const Options& options);
  Result<std::unique_ptr<CacheShard>> make_shard(const Options& options, const ShardPlan& plan,
                                                 const KeyedHash& hash);
  Status make_fragment_pools();
  Status make_slow_path(const Options& options);
  Status make_meters();
  void make_workers(const Options& options);
  CacheShard& shard_of(size_t worker) noexcept;

  Layout layout_;
  std::vector<TraceQueue> traces_;  // by shard
  std::vector<Mempool> pools_;
  FragmentPools fragments_;
  mutable std::mutex ports_lock_;
  std::vector<Port> ports_;
  std::unique_ptr<Router> router_;
  std::optional<dstgc::GracePeriod> grace_;
  std::vector<std::unique_ptr<CacheShard>> shards_;
  std::vector<dstgc::Producer*> producers_;  // by worker
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
  dstgc::Budget gc_budget_;
  GcLcores gc_lcores_;
};

}  // namespace dstfwd
