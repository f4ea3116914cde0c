// SPDX-License-Identifier: BSD-3-Clause
// The dst cache of one NUMA node: both families' entries and flow tables, the sweep over them, and
// their collector, all in memory of that node.
//
// Theory of operations
//   Each node that has forwarding lcores has a shard, which only those lcores look up and fill. A
//   flow whose packets come to lcores of two nodes has an entry in each shard; neither is shared.
//   The shards' collectors have one GracePeriod, of which all forwarding lcores are readers: what
//   any of them may still read (next hops, a port) is waited for by each.
// Invariants
//   1. An entry's index, its references and its child belong to its shard: whoever holds a
//   reference
//      on an entry knows the shard, by the lcore that took it.
// Threads
//   create, end: control, while no lcore runs. step: the collector's lcore. The rest as its parts
//   say.
#pragma once

#include "fwd/aging.h"
#include "fwd/dst_hooks.h"

namespace dstfwd {

struct CacheShardConfig {
  uint32_t flows4 = 0;  // room for so many, at least 1
  uint32_t flows6 = 0;
  int numa_node = -1;                   // of its memory; -1: any
  dstgc::GracePeriod* grace = nullptr;  // of all shards, which it outlives
  std::vector<uint32_t> readers;        // in it: the lcores' names, and last the sweep's
  dstgc::Mode mode = dstgc::Mode::kService;
  dstgc::TimerConfig timer;
  double idle_timeout_s = 60;  // above 0
  uint64_t tsc_hz = 0;
  DstHooks::Trace trace = nullptr;
  void* trace_context = nullptr;
};

class CacheShard {
 public:
  // version: RouterView's. What is passed by reference outlives the shard.
  static Result<std::unique_ptr<CacheShard>> create(const CacheShardConfig& config,
                                                    const KeyedHash& hash, NextHopTable& next_hops,
                                                    const std::atomic<uint64_t>& version);
  CacheShard(const CacheShard&) = delete;
  CacheShard& operator=(const CacheShard&) = delete;

  // A turn of the collector's lcore: the sweep, and a step of the collector. False: there was
  // nothing to do.
  bool step(const dstgc::Budget& budget, uint64_t now_tsc) noexcept {
    const bool behind = aging_->step(now_tsc, budget.entries) == budget.entries;
    const dstgc::StepReport done = collector_->step(budget, now_tsc);
    return behind || done.taken + done.reclaimed + done.looked_at != 0;
  }
  // Every entry dies and is reclaimed.
  void end() noexcept;

  DstCache<Ipv4>& ipv4() noexcept { return *ipv4_; }
  DstCache<Ipv6>& ipv6() noexcept { return *ipv6_; }
  dstgc::Collector& collector() noexcept { return *collector_; }
  const dstgc::Collector& collector() const noexcept { return *collector_; }
  Aging& aging() noexcept { return *aging_; }
  const Aging& aging() const noexcept { return *aging_; }
  // i: position in CacheShardConfig::readers.
  dstgc::Producer& producer(size_t i) noexcept {
    return collector_->producer(dstgc::ProducerId{static_cast<uint16_t>(i)});
  }
  dstgc::Producer& sweep() noexcept { return *own_; }
  // Flows that there is room for, of both families.
  uint64_t capacity() const noexcept { return capacity_; }
  std::vector<dstgc::MemoryPlace> places() const;

 private:
  CacheShard() = default;
  Status make_caches(const CacheShardConfig& config, const KeyedHash& hash,
                     NextHopTable& next_hops);
  Status make_collector(const CacheShardConfig& config, const std::atomic<uint64_t>& version);
  template <typename Family>
  void kill_all(DstCache<Family>& cache) noexcept;

  std::unique_ptr<DstCache<Ipv4>> ipv4_;
  std::unique_ptr<DstCache<Ipv6>> ipv6_;
  std::unique_ptr<DstHooks> hooks_;
  std::unique_ptr<dstgc::Collector> collector_;
  std::unique_ptr<Aging> aging_;
  dstgc::Producer* own_ = nullptr;  // the sweep's
  uint64_t capacity_ = 0;
};

}  // namespace dstfwd
