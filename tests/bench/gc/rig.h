// SPDX-License-Identifier: BSD-3-Clause
// What the collector's benchmarks share.
#pragma once

#include <benchmark/benchmark.h>
#include <rte_cycles.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "dstgc/collector.h"

namespace dstgc::bench {

template <typename T>
T good(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << "gc_bench: " << result.error().message << '\n';
  std::exit(1);
}

inline void bind_to_cpu(unsigned cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu % std::thread::hardware_concurrency(), &cpus);
  pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus);
}

inline double seconds(uint64_t tsc) {
  return static_cast<double>(tsc) / static_cast<double>(rte_get_tsc_hz());
}

// Hooks of entries that have nothing to end.
inline Hooks no_hooks() {
  Hooks hooks{};
  hooks.destroy = [](void*, std::span<const EntryIndex>, std::span<Child>) noexcept {};
  hooks.cut_port = [](void*, EntryIndex, PortIndex) noexcept {};
  return hooks;
}

inline std::unique_ptr<Collector> make_collector(uint32_t entries, uint32_t intake = 0,
                                                 const Hooks& hooks = no_hooks()) {
  CollectorConfig config;
  config.pool_entries = {entries};
  config.producers = 1;
  config.tsc_hz = rte_get_tsc_hz();
  config.intake_entries = intake;
  config.hooks = hooks;
  return good(Collector::create(config));
}

// A collector whose entries are all dead and referenced: what the walk goes over.
inline std::unique_ptr<Collector> make_busy(uint32_t entries) {
  // A little larger, so that nothing is under pressure.
  auto collector = make_collector(entries + entries / 4);
  Producer& producer = collector->producer(ProducerId{0});
  const Budget all{1U << 30U, 0};
  for (uint32_t i = 0; i < entries; ++i) {
    const EntryIndex entry = producer.allocate(PoolId{0});
    collector->refs().acquire(entry);
    producer.retire(entry);
    if (i % 4096 == 0) collector->step(all, rte_rdtsc());
  }
  while (collector->stats().busy < entries) collector->step(all, rte_rdtsc());
  // Until all are old: the walk that finds them so is not the one to measure.
  const uint64_t began_tsc = rte_rdtsc();
  while (seconds(rte_rdtsc() - began_tsc) < 0.5) collector->step(all, rte_rdtsc());
  return collector;
}

}  // namespace dstgc::bench
