// SPDX-License-Identifier: BSD-3-Clause
// The longest single step over a whole walk of ten million busy entries, against its budget. In
// the thread's own CPU time, so that what else runs on the machine is not in it; and by the clock.
// Interrupts are in both: the floor is the longest turn of a loop that only waits out the budget.
#include <ctime>

#include "tests/bench/gc/rig.h"

namespace dstgc::bench {
namespace {

constexpr uint32_t kEntries = 10'000'000;
constexpr double kBudget_us = 50;

uint64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// The longest of `turns` waits of the budget's length.
double floor_us(uint64_t budget_tsc, uint64_t turns) {
  uint64_t max_ns = 0;
  for (uint64_t i = 0; i < turns; ++i) {
    const uint64_t from_ns = cpu_ns();
    for (const uint64_t from_tsc = rte_rdtsc(); rte_rdtsc() - from_tsc < budget_tsc;) {
    }
    max_ns = std::max(max_ns, cpu_ns() - from_ns);
  }
  return static_cast<double>(max_ns) / 1000;
}

void step(benchmark::State& state) {
  static const std::unique_ptr<Collector> collector = make_busy(kEntries);
  const Budget budget{
      1U << 20U, static_cast<uint64_t>(kBudget_us * 1e-6 * static_cast<double>(rte_get_tsc_hz()))};
  for (auto unused : state) {
    collector->kick();
    uint64_t looked = 0, max_ns = 0, max_tsc = 0, walking = 0;
    const uint64_t began_tsc = rte_rdtsc();
    while (looked < kEntries) {
      const uint64_t from_ns = cpu_ns();
      const uint64_t from_tsc = rte_rdtsc();
      const uint32_t now = collector->step(budget, from_tsc).looked_at;
      looked += now;
      if (now != 0) ++walking;
      max_tsc = std::max(max_tsc, rte_rdtsc() - from_tsc);
      max_ns = std::max(max_ns, cpu_ns() - from_ns);
    }
    state.SetIterationTime(seconds(rte_rdtsc() - began_tsc));
    state.counters["budget_us"] = kBudget_us;
    state.counters["max_us"] = static_cast<double>(max_ns) / 1000;
    state.counters["max_wall_us"] = seconds(max_tsc) * 1e6;
    state.counters["floor_max_us"] = floor_us(budget.tsc, walking);
  }
}
BENCHMARK(step)->UseManualTime()->Iterations(1);

}  // namespace
}  // namespace dstgc::bench
