// SPDX-License-Identifier: BSD-3-Clause
#include "app/stall_log.h"

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <chrono>
#include <iostream>

#include "app/stall_lines.h"

namespace dstfwd {
namespace {

cpu_set_t without_lcores(const cpu_set_t& cpus, const Layout& layout) {
  cpu_set_t rest = cpus;
  const auto leave_out = [&](unsigned lcore) {
    const cpu_set_t own = rte_lcore_cpuset(lcore);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &own)) CPU_CLR(cpu, &rest);
    }
  };
  for (const auto& lcore : layout.ports.lcores) leave_out(lcore.lcore);
  for (const unsigned lcore : layout.lcores.gc) leave_out(lcore);
  return CPU_COUNT(&rest) != 0 ? rest : cpus;
}

}  // namespace

StallLog::StallLog(const Dataplane& dataplane, const cpu_set_t& cpus) {
  const uint64_t threshold_ns = dataplane.stall_threshold_ns();
  if (threshold_ns == 0) return;
  const Layout& layout = dataplane.layout();
  StallWatch watch(TscScale(rte_get_tsc_hz()), threshold_ns);
  for (size_t i = 0; i < dataplane.workers(); ++i)
    watch.watch(layout.ports.lcores[i].lcore, dataplane.worker(i).meter());
  const GcLcores& gc = dataplane.gc_lcores();
  for (size_t i = 0; i < gc.size(); ++i) watch.watch(gc.lcore(i), gc.meter(i));
  thread_ = std::jthread([this, watch = std::move(watch),
                          own = without_lcores(cpus, layout)](const std::stop_token& stop) {
    sched_setaffinity(0, sizeof own, &own);
    run(stop, watch);
  });
}

void StallLog::run(const std::stop_token& stop, StallWatch watch) {
  StallLines lines(rte_get_tsc_hz(), rte_rdtsc());
  const std::chrono::nanoseconds period(watch.threshold_ns() / 2);
  std::unique_lock lock(lock_);
  while (!sleep_.wait_for(lock, stop, period, [&] { return stop.stop_requested(); })) {
    const uint64_t now_tsc = rte_rdtsc();
    std::string said;
    watch.check(now_tsc, [&](const Stall& stall) { said += lines.of(stall, now_tsc); });
    if (!said.empty()) std::cerr << said << std::flush;
  }
}

void StallLog::stop() noexcept {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

}  // namespace dstfwd
