// SPDX-License-Identifier: BSD-3-Clause
// dstfwd's own arguments, those after "--". Nothing here needs EAL: a bad argument is found before
// any device is touched.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fwd/types.h"

namespace dstfwd {

// Who reclaims dead entries; --gc-mode.
enum class GcMode : uint8_t { kService, kInline, kLegacy, kOff };
std::string_view name(GcMode mode) noexcept;

// Values as given, or their defaults. Empty optionals: derived from the machine at start.
struct Options {
  // Start and end
  std::string cmdline_file;
  bool interactive = false;
  double duration_s = 0;      // 0: until told to stop
  uint32_t idle_exit_ms = 0;  // 0: never
  // Ports and lcores
  std::optional<uint64_t> portmask;
  std::optional<uint32_t> nb_cores;
  std::map<unsigned, int> lcore_nodes;  // the NUMA nodes of lcores, where not as EAL says
  std::optional<uint32_t> rxq;
  std::optional<uint32_t> txq;
  uint32_t rxd = 1024;
  uint32_t txd = 1024;
  uint32_t burst = 64;
  uint32_t mbuf_size = 2176;  // bytes of an mbuf's buffer, 128 of them headroom
  uint32_t mbufs = 0;         // a pool, beside those that queues and lcores need
  bool adaptive_power = false;
  double power_wait_s = 500e-6;
  bool promiscuous = false;
  // Slow path
  bool slow_path = true;
  bool dad = true;
  uint32_t icmp_rate = 1000;  // errors a second; 0: no limit
  // Cache
  bool cache = true;
  uint32_t flows = 1U << 20;
  std::optional<uint32_t> flows6;  // a quarter of flows
  double idle_timeout_s = 60;      // 0: never
  double flush_interval_s = 600;   // 0: never
  // Collector
  GcMode gc_mode = GcMode::kService;
  std::optional<uint32_t> gc_lcore;
  double gc_min_s = 0.1;
  double gc_inc_s = 0.5;
  double gc_max_s = 120;
  uint32_t gc_budget = 4096;
  uint32_t gc_debug = 0;
  // Statistics
  double stats_period_s = 0;  // 0: never
  std::string stats_json;     // empty: none; "-": stdout
  // Latency
  bool cycles = false;              // count cycles by stage from the start
  uint32_t latency_sample = 0;      // residence of one packet in so many; 0: of none
  double stall_threshold_s = 1e-3;  // 0: no watch
  std::string latency_hgrm;         // prefix of files; empty: none
  // Only these are acted on when set
  bool help = false;
  bool version = false;

  uint32_t ipv6_flows() const noexcept;  // flows6, or its default; at least 1
};

// argv in its two parts: EAL's (with argv[0]), and ours: what follows the first "--".
struct SplitArguments {
  std::span<char*> eal;
  std::span<char*> app;
};
SplitArguments split_arguments(std::span<char*> argv) noexcept;

// Our part. The error is one line without "dstfwd: ", such as
//   --burst: "999" is not a number from 1 to 64
// Not reentrant (getopt_long).
Result<Options> parse_options(std::span<char*> app_arguments);

// What --help prints: every option with its unit, range and default.
std::string usage();

}  // namespace dstfwd
