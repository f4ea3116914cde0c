// SPDX-License-Identifier: BSD-3-Clause
// The slow path as a program has it: rings to and from each forwarding lcore, and what works on
// them over a Router.
//
// Use: create() behind the Router and the collector, and before the workers, which take their parts
// (worker()); poll() in the control thread's loop; end() when no lcore runs.
// Threads
//   The control thread.
#pragma once

#include "dstgc/ref_table.h"
#include "fwd/slow_path.h"
#include "fwd/slow_router.h"
#include "fwd/worker.h"

namespace dstfwd {

struct RingDeleter {
  void operator()(rte_ring* ring) const noexcept { rte_ring_free(ring); }
};
using RingHandle = std::unique_ptr<rte_ring, RingDeleter>;

struct SlowServiceConfig {
  struct Lcore {
    dstgc::RefTable* refs;  // of the cache that it uses
    int numa_node = -1;     // of its rings
  };
  std::vector<Lcore> lcores;    // forwarding ones, at least one
  uint32_t ring_entries = 512;  // of a lcore's punt ring and of its inject ring: a power of two
  uint32_t held = 512;          // packets of a family that wait for neighbours
  rte_mempool* pool = nullptr;  // for what the router sends itself
  FragmentPools fragments{};    // for what of that is larger than the MTU
  uint32_t icmp_errors_per_s = 1000;  // sent; 0: no limit, and none on what lcores hand over
  bool detect_duplicates = true;      // of our own addresses (duplicate_detection.h)
  NeighbourTimers timers{};
  uint64_t tsc_hz = 0;
  uint64_t now_tsc = 0;
  int numa_node = -1;
};

class SlowService {
 public:
  // EAL is up. router, the lcores' refs and the pools outlive it.
  static Result<std::unique_ptr<SlowService>> create(Router& router,
                                                     const SlowServiceConfig& config);
  SlowService(const SlowService&) = delete;
  SlowService& operator=(const SlowService&) = delete;

  // For WorkerConfig. lcore: from 0, its position among the forwarding ones.
  WorkerSlowPath worker(uint16_t lcore) const noexcept;

  // Handles a bounded number of packets, and timers. Returns how many packets it took: when that is
  // not 0, there may be more.
  unsigned poll(uint64_t now_tsc);
  // `neigh add|replace|del` was done.
  template <typename Family>
  void neighbour_changed(const LinkRef& link, const typename Family::Address& address) {
    path_->neighbour_changed<Family>(link, address);
  }
  // No lcore runs any more: all waits end, every mbuf and reference comes home. Safe to call twice.
  void end();

  const SlowPath& path() const noexcept { return *path_; }
  uint64_t failed_commits() const noexcept { return routing_.failed_commits(); }

 private:
  struct Rings {
    RingHandle punts;
    RingHandle injects;
  };
  SlowService(Router& router, const SlowServiceConfig& config, PuntField field)
      : router_(&router), config_(config), field_(field), routing_(router) {}
  Status make_rings();
  Status make_path();

  Router* router_;
  SlowServiceConfig config_;
  PuntField field_;
  std::vector<Rings> rings_;
  SlowRouter routing_;
  std::unique_ptr<SlowPath> path_;
};

}  // namespace dstfwd
