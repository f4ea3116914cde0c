// SPDX-License-Identifier: BSD-3-Clause
#include "app/collect_stats.h"

#include <algorithm>

namespace dstfwd {
namespace {

void add_worker(const LcoreCounters& counters, Stats& stats) {
  stats.rx += counters.rx.get();
  stats.tx += counters.tx.get();
  stats.rx_bytes += counters.rx_bytes.get();
  stats.tx_bytes += counters.tx_bytes.get();
  for (size_t i = 0; i < kVerdictCount; ++i) stats.verdicts[i] += counters.verdicts[i].get();
  // Modulo 2^64: another's counters may have the end of a wait that these have the start of.
  stats.held += counters.verdict(Verdict::kHold).get() - counters.unheld.get();
  stats.cache.hits += counters.hits.get();
  stats.cache.misses += counters.misses.get();
  stats.cache.inserted += counters.inserted.get();
  stats.cache.bypassed += counters.bypassed.get();
  stats.cache.revalidated += counters.revalidated.get();
  stats.cache.flushed += counters.flushed.get();
  stats.cache.moved += counters.moved.get();
  stats.encapsulated += counters.encapsulated.get();
  stats.decapsulated += counters.decapsulated.get();
  stats.slow_path.punt_full += counters.punt_full.get();
  stats.slow_path.errors_limited += counters.errors_limited.get();
  stats.slow_path.originated += counters.originated.get();
  stats.slow_path.originated_dropped += counters.originated_dropped.get();
  stats.slow_path.fragments += counters.fragments.get();
}

template <typename Family>
void add_neighbours(const NeighbourResolver<Family>& resolver, SlowStats& slow) {
  slow.neighbours += resolver.size();
  slow.resolved += resolver.stats().resolved;
  slow.failed += resolver.stats().failed;
  slow.solicits_sent += resolver.stats().solicits_sent;
  slow.table_full += resolver.stats().table_full;
}

void add_slow_path(const SlowPath& path, SlowStats& slow) {
  slow.enabled = true;
  const SlowPathStats counted = path.stats();
  slow.punts = counted.punts;
  slow.local = counted.local;
  slow.arp = counted.arp;
  slow.nd = counted.nd;
  slow.errors = counted.errors;
  slow.holds = counted.holds;
  slow.answers_sent = path.icmp().answers_sent;
  slow.errors_sent = path.icmp().errors_sent;
  slow.errors_limited += path.icmp().errors_limited;
  slow.errors_suppressed = path.icmp().errors_suppressed;
  slow.address_conflicts = path.guard4().conflicts() + path.guard6().conflicts();
  add_neighbours(path.neighbours4(), slow);
  add_neighbours(path.neighbours6(), slow);
}

PortStats stats_of(const Port& port, const PortPlan& plan) {
  PortStats stats;
  stats.port = port.id();
  stats.device = port.device();
  stats.mac = port.mac();
  stats.mtu = port.mtu();
  stats.up = port.link_up();
  stats.timestamps = port.timestamps();
  const auto queues = std::ranges::find(plan.ports, port.id(), &PortQueues::port);
  stats.rx_queues = queues->rx_queues;
  stats.tx_queues = queues->tx_queues;
  const PortCounters counters = port.counters();
  stats.rx = counters.rx;
  stats.tx = counters.tx;
  stats.rx_bytes = counters.rx_bytes;
  stats.tx_bytes = counters.tx_bytes;
  stats.missed = counters.missed;
  stats.no_mbuf = counters.no_mbuf;
  stats.rx_errors = counters.rx_errors;
  stats.tx_errors = counters.tx_errors;
  return stats;
}

GcStats gc_stats(const Dataplane& dataplane) {
  const dstgc::CollectorStats counted = dataplane.gc_stats();
  GcStats gc;
  gc.mode = dataplane.layout().gc_mode;
  gc.created = counted.created;
  gc.retired = counted.retired;
  gc.reclaimed = counted.reclaimed;
  gc.intake = counted.intake;
  gc.busy = counted.busy;
  gc.spilled = counted.spilled;
  gc.passes = counted.passes;
  gc.walk_entries = counted.walk_entries;
  gc.walk_ns_max = counted.walk_ns_max;
  gc.dst_total = counted.dst_total;
  gc.step_ns_max = counted.step_ns_max;
  gc.oldest_dead_ms = counted.oldest_dead_ms;
  gc.refused = counted.refused;
  gc.double_retired = counted.double_retired;
  gc.pressure = counted.pressure;
  gc.low_pressures = counted.low_pressures;
  gc.emergencies = counted.emergencies;
  if (counted.laggard && *counted.laggard < dataplane.workers())
    gc.laggard_lcore = dataplane.layout().ports.lcores[*counted.laggard].lcore;
  return gc;
}

void add_table(const FlowTable& table, CacheStats& cache) noexcept {
  cache.slots += uint64_t{table.buckets()} * FlowBucket::kSlots;
  cache.slots_in_use += uint64_t{table.region().now().next} * FlowBucket::kSlots;
}

}  // namespace

Stats collect_stats(const LatencyBook& latency, double seconds) {
  const Dataplane& dataplane = latency.dataplane();
  Stats stats;
  stats.seconds = seconds;
  stats.latency = latency_report(latency.since_reset(seconds), dataplane);
  for (const LcoreLatency& lcore : stats.latency.lcores)
    stats.lcores.push_back({lcore.lcore, lcore.role, 0, 0, lcore.figures});
  for (size_t i = 0; i < dataplane.workers(); ++i) {
    const Worker& worker = dataplane.worker(i);
    add_worker(worker.counters(), stats);
    stats.lcores[i].rx = worker.counters().rx.get();
    stats.lcores[i].tx = worker.counters().tx.get();
  }
  if (const SlowService* slow = dataplane.slow_path(); slow != nullptr) {
    add_worker(slow->path().counters(), stats);  // ends of waits
    add_slow_path(slow->path(), stats.slow_path);
  }
  if (static_cast<int64_t>(stats.held) < 0) stats.held = 0;  // seen between the two
  {
    const auto lock = dataplane.ports_lock();
    for (const Port& port : dataplane.ports())
      stats.ports.push_back(stats_of(port, dataplane.layout().ports));
  }
  stats.gc = gc_stats(dataplane);
  stats.cache.capacity = dataplane.capacity();
  stats.cache.live = stats.gc.created - std::min(stats.gc.created, stats.gc.retired);
  for (const auto& shard : dataplane.shards()) {
    stats.cache.expired += shard->aging().expired();
    stats.cache.flushed += shard->aging().flushed();
    stats.cache.moved += shard->aging().moved();
    add_table(shard->ipv4().table(), stats.cache);
    add_table(shard->ipv6().table(), stats.cache);
  }
  return stats;
}

uint64_t received(const Dataplane& dataplane) noexcept {
  uint64_t packets = 0;
  for (size_t i = 0; i < dataplane.workers(); ++i)
    packets += dataplane.worker(i).counters().rx.get();
  return packets;
}

}  // namespace dstfwd
