// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_service.h"

#include <rte_errno.h>

#include <atomic>

#include "fwd/day_time.h"

namespace dstfwd {
namespace {

// Its name is of no use to anybody, but must be its own.
Result<RingHandle> make_ring(uint32_t entries, int numa_node) {
  static std::atomic<unsigned> serial{0};
  const std::string name = "dstfwd_slow" + std::to_string(serial++);
  RingHandle ring(rte_ring_create(name.c_str(), entries, numa_node, RING_F_SP_ENQ | RING_F_SC_DEQ));
  if (ring) return ring;
  return Error{"a slow path's ring of " + std::to_string(entries) +
               " entries: " + rte_strerror(rte_errno)};
}

constexpr uint32_t kPuntedErrorsPerSecond = 10000;

}  // namespace

Result<std::unique_ptr<SlowService>> SlowService::create(Router& router,
                                                         const SlowServiceConfig& config) {
  const Result<PuntField> field = PuntField::create();
  if (!field) return field.error();
  std::unique_ptr<SlowService> made(new SlowService(router, config, *field));
  if (Status rings = made->make_rings(); !rings) return rings.error();
  if (Status path = made->make_path(); !path) return path.error();
  return made;
}

Status SlowService::make_rings() {
  for (const SlowServiceConfig::Lcore& lcore : config_.lcores) {
    Result<RingHandle> punts = make_ring(config_.ring_entries, lcore.numa_node);
    if (!punts) return punts.error();
    Result<RingHandle> injects = make_ring(config_.ring_entries, lcore.numa_node);
    if (!injects) return injects.error();
    rings_.push_back({std::move(*punts), std::move(*injects)});
  }
  return Ok{};
}

Status SlowService::make_path() {
  SlowIoConfig io{.rings = {},
                  .field = field_,
                  .pool = config_.pool,
                  .fragments = config_.fragments,
                  .release_entry = [this](uint16_t lcore, EntryIndex entry) {
                    config_.lcores[lcore].refs->release(entry);
                  }};
  for (const Rings& rings : rings_) io.rings.push_back({rings.punts.get(), rings.injects.get()});
  NeighbourResolverLimits limits;
  limits.held = config_.held;
  auto made = SlowPath::create(routing_, {.io = std::move(io),
                                          .timers = config_.timers,
                                          .limits = limits,
                                          .icmp_errors_per_s = config_.icmp_errors_per_s,
                                          .detect_duplicates = config_.detect_duplicates,
                                          .tsc_hz = config_.tsc_hz,
                                          .now_tsc = config_.now_tsc,
                                          .numa_node = config_.numa_node});
  if (!made) return made.error();
  path_ = std::move(*made);
  return Ok{};
}

WorkerSlowPath SlowService::worker(uint16_t lcore) const noexcept {
  const Rings& rings = rings_[lcore];
  return {rings.punts.get(), rings.injects.get(), field_, config_.lcores[lcore].refs,
          config_.icmp_errors_per_s == 0 ? 0 : kPuntedErrorsPerSecond};
}

unsigned SlowService::poll(uint64_t now_tsc) {
  router_->set_time(ms_since_midnight());
  return path_->poll(now_tsc);
}

void SlowService::end() {
  path_->stop();
}

}  // namespace dstfwd
