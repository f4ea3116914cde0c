// SPDX-License-Identifier: BSD-3-Clause
// The program's statistics as a value: taken once (app/collect_stats.h), then printed as JSON, as a
// report, or as telemetry.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.h"
#include "dstgc/collector.h"
#include "fwd/types.h"
#include "fwd/verdict.h"

namespace dstfwd {

struct PortStats {
  PortId port{};
  std::string device;
  MacAddress mac;
  uint16_t mtu = 0;
  bool up = false;
  bool timestamps = false;  // the device stamps packets: their residence counts from there
  uint16_t rx_queues = 0, tx_queues = 0;
  uint64_t rx = 0, tx = 0, rx_bytes = 0, tx_bytes = 0;
  uint64_t missed = 0, no_mbuf = 0, rx_errors = 0, tx_errors = 0;
};

struct CacheStats {
  uint64_t capacity = 0;  // entries, both families
  uint64_t live = 0;
  uint64_t hits = 0, misses = 0, inserted = 0, bypassed = 0;
  uint64_t revalidated = 0, expired = 0, flushed = 0, moved = 0;
  uint64_t slots = 0, slots_in_use = 0;  // of the flow tables
};

std::string_view name(dstgc::Pressure pressure) noexcept;

struct GcStats {
  GcMode mode = GcMode::kService;
  uint64_t created = 0, retired = 0, reclaimed = 0;
  uint64_t intake = 0, busy = 0;  // now
  uint64_t spilled = 0, passes = 0, walk_entries = 0, walk_ns_max = 0, dst_total = 0;
  uint64_t step_ns_max = 0;
  uint64_t oldest_dead_ms = 0;
  uint64_t refused = 0;  // allocations that found the arena empty
  uint64_t double_retired = 0;
  dstgc::Pressure pressure = dstgc::Pressure::kNone;  // of the family that is shorter of entries
  uint64_t low_pressures = 0, emergencies = 0;        // how often each began
  std::optional<unsigned> laggard_lcore;              // not quiescent for half a second or more
};

// What the router does besides forwarding (docs/slow-path.md).
struct SlowStats {
  bool enabled = false;
  uint64_t punts = 0;  // packets that the control thread took
  uint64_t local = 0, arp = 0, nd = 0, errors = 0, holds = 0;
  uint64_t punt_full = 0;  // packets for it that its ring had no room for
  uint64_t answers_sent = 0, errors_sent = 0, errors_limited = 0, errors_suppressed = 0;
  uint64_t originated = 0, originated_dropped = 0;  // frames that the router made
  uint64_t fragments = 0;                           // frames that packets in transit became
  uint64_t neighbours = 0, resolved = 0, failed = 0, solicits_sent = 0, table_full = 0;
  uint64_t address_conflicts = 0;
};

// A histogram summed up, in ns; all 0: nothing was measured.
struct LatencySummary {
  uint64_t count = 0;
  uint64_t p50 = 0, p90 = 0, p99 = 0, p999 = 0, p9999 = 0, max = 0;
  uint64_t over_1ms = 0;  // how many of count
};

struct LatencyFigures {
  LatencySummary poll_gap_ns;        // from one poll to the next
  LatencySummary residence_ns;       // of sampled packets, received to sent
  LatencySummary neighbour_wait_ns;  // of those that waited for a neighbour, apart
  LatencySummary gc_slice_ns;        // steps of the collector on forwarding lcores
  uint64_t stalls = 0;               // poll gaps of stall_threshold_ns or more
};

struct LcoreLatency {
  unsigned lcore = 0;
  std::string role;  // "forward" or "gc"
  LatencyFigures figures;
};

// Of an interval: since the start or the last reset, or shorter.
struct LatencyReport {
  double seconds = 0;               // its length
  uint32_t sample = 0;              // residence of one packet in so many; 0: of none
  uint64_t stall_threshold_ns = 0;  // 0: no watch
  LatencyFigures forwarding;        // all forwarding lcores, merged
  std::vector<LcoreLatency> lcores;
};

struct LcoreStats {
  unsigned lcore = 0;
  std::string role;  // "forward" or "gc"
  uint64_t rx = 0, tx = 0;
  LatencyFigures latency;
  double cpu_seconds = 0;     // CPU time of forwarding, up to the last stop
  double waited_seconds = 0;  // with --power adaptive: waited, having found no packets
};

struct Stats {
  double seconds = 0;          // since the start
  double running_seconds = 0;  // of them, lcores were told to forward
  uint64_t rx = 0, tx = 0, rx_bytes = 0, tx_bytes = 0;
  uint64_t held = 0;  // now
  std::array<uint64_t, kVerdictCount> verdicts{};
  std::vector<PortStats> ports;
  CacheStats cache;
  uint64_t encapsulated = 0, decapsulated = 0;  // packets that went into tunnels, that came out
  GcStats gc;
  SlowStats slow_path;
  std::vector<LcoreStats> lcores;
  LatencyReport latency;    // since the start or the last reset, as lcores' is
  uint64_t mbufs_lost = 0;  // at exit: mbufs that did not come back to their pool

  uint64_t verdict(Verdict v) const noexcept { return verdicts[static_cast<size_t>(v)]; }
  uint64_t consumed() const noexcept;
  uint64_t dropped() const noexcept;
};

// Invariants 2 and 4 of docs/architecture.md and the mbufs: a line for each that does not hold.
// Only after the stop, when all is home.
std::vector<std::string> broken_invariants(const Stats& stats);

}  // namespace dstfwd
