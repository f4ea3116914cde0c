// SPDX-License-Identifier: BSD-3-Clause
#include "app/option_table.h"

#include <charconv>
#include <sstream>

#include "fwd/flow_table.h"

namespace dstfwd {
namespace {

constexpr uint32_t kMaxFlows = 900'000'000;  // 8 entries for 7, and a pool has 2^30 at most
constexpr double kDay_s = 86400;
constexpr int kMaxNode = 31;

constexpr OptionRow kTable[] = {
    {"cmdline-file", 0, "FILE", "commands to run at the start, one a line (docs/commands.md)",
     TextField{&Options::cmdline_file}, "Start and end"},
    {"interactive", 'i', nullptr, "a prompt; forwarding begins with the command start",
     FlagField{&Options::interactive}},
    {"duration", 0, "S", "stop after S seconds",
     SecondsField{&Options::duration_s, 0.001, 1e9, true}},
    {"idle-exit", 0, "MS", "stop when no packet came for MS milliseconds; 0 is never",
     CountField{&Options::idle_exit_ms, 0, 86400000}},

    {"portmask", 0, "MASK", "ports to use, hexadecimal: 0x3 is ports 0 and 1; default all",
     PortmaskField{&Options::portmask}, "Ports and lcores"},
    {"nb-cores", 0, "N", "forwarding lcores; default all that EAL was given, less the collector's",
     OptionalCountField{&Options::nb_cores, 1, 128}},
    {"lcore-nodes", 0, "LIST",
     "takes lcores to be on these NUMA nodes, such as 2@1,3@1 (lcore@node): where a virtual "
     "machine "
     "hides its nodes, and to test with several; memory of a node that there is not is anywhere",
     LcoreNodesField{&Options::lcore_nodes}},
    {"rxq", 0, "N",
     "receive queues a port; default one a forwarding lcore, where the port has them",
     OptionalCountField{&Options::rxq, 1, 1024}},
    {"txq", 0, "N", "transmit queues a port; default one a forwarding lcore (each needs its own)",
     OptionalCountField{&Options::txq, 1, 1024}},
    {"rxd", 0, "N", "descriptors a receive queue", CountField{&Options::rxd, 1, 65535}},
    {"txd", 0, "N", "descriptors a transmit queue", CountField{&Options::txd, 1, 65535}},
    {"burst", 0, "N", "packets taken from a queue at a time",
     CountField{&Options::burst, 1, kMaxBurst}},
    {"mbuf-size", 0, "N",
     "bytes of an mbuf's buffer, 128 of them headroom; raised to take a whole frame of a port's "
     "MTU",
     CountField{&Options::mbuf_size, 512, 65535}},
    {"mbufs", 0, "N",
     "mbufs more a pool than queues and lcores need, for devices that keep some (net_pcap with "
     "infinite_rx)",
     CountField{&Options::mbufs, 0, 1U << 24}},
    {"power", 0, "adaptive|off",
     "adaptive: an lcore that finds no packets waits before it polls again, longer each time",
     OnOffField{&Options::adaptive_power, "adaptive", "off"}},
    {"power-wait", 0, "S", "with --power adaptive: the longest wait, and so the latest wake-up",
     SecondsField{&Options::power_wait_s, 1e-6, 0.1, false}},
    {"promiscuous", 0, nullptr, "accept frames for any MAC address",
     FlagField{&Options::promiscuous}},

    {"slow-path", 0, "on|off",
     "resolve neighbours, answer for the router's addresses, send ICMP errors; off: only forward",
     OnOffField{&Options::slow_path}, "Slow path"},
    {"dad", 0, "on|off",
     "ask whether another station has an address of the router's before it is preferred (RFC 5227, "
     "RFC 4862)",
     OnOffField{&Options::dad}},
    {"icmp-rate", 0, "N", "ICMP errors sent a second, at most; 0 is no limit",
     CountField{&Options::icmp_rate, 0, 1000000}},

    {"cache", 0, "on|off", "the dst cache; off: every packet asks the FIB",
     OnOffField{&Options::cache}, "Dst cache"},
    {"flows", 0, "N",
     "room for so many cached IPv4 flows, of all NUMA nodes together; without room, new flows are "
     "forwarded uncached",
     CountField{&Options::flows, 1, kMaxFlows}},
    {"flows6", 0, "N", "room for so many cached IPv6 flows; default a quarter of --flows",
     OptionalCountField{&Options::flows6, 1, kMaxFlows}},
    {"idle-timeout", 0, "S", "a flow without packets for S seconds leaves the cache",
     SecondsField{&Options::idle_timeout_s, 0.01, kDay_s, true}},
    {"flush-interval", 0, "S", "the whole cache dies every S seconds",
     SecondsField{&Options::flush_interval_s, 0.01, kDay_s, true}},

    {"gc-mode", 0, "MODE",
     "who reclaims dead entries: service (an lcore of its own), inline (forwarding lcores, between "
     "bursts), legacy (a forwarding lcore, the whole list under a lock), off (nobody)",
     GcModeField{&Options::gc_mode}, "Collector"},
    {"gc-lcore", 0, "N",
     "the collector's lcore in service mode, for all NUMA nodes; default a service core of EAL's "
     "(-S, -s) a node, else each node's last lcore",
     OptionalCountField{&Options::gc_lcore, 0, 1023}},
    {"gc-min", 0, "S", "shortest delay between two walks of the busy entries, seconds",
     SecondsField{&Options::gc_min_s, 0.001, kDay_s, false}},
    {"gc-inc", 0, "S", "a walk that freed little lengthens the delay by this, and more each time",
     SecondsField{&Options::gc_inc_s, 0.001, kDay_s, false}},
    {"gc-max", 0, "S", "longest delay between two walks, seconds",
     SecondsField{&Options::gc_max_s, 0.001, kDay_s, false}},
    {"gc-budget", 0, "N", "entries that one step of the collector looks at, at most",
     CountField{&Options::gc_budget, 1, 1U << 24}},
    {"gc-debug", 0, "LEVEL", "1: warnings; 2: a line after each walk of the busy entries",
     CountField{&Options::gc_debug, 0, 2}},

    {"stats-period", 0, "S", "print a short report every S seconds",
     SecondsField{&Options::stats_period_s, 0.01, kDay_s, true}, "Statistics"},
    {"stats-json", 0, "FILE", "write statistics as one JSON object at exit; - is stdout",
     TextField{&Options::stats_json}},

    {"latency-sample", 0, "N",
     "measure the time from receive to transmit of one packet in N, on each lcore; 0 is none",
     CountField{&Options::latency_sample, 0, 1U << 30}, "Latency"},
    {"cycles", 0, "on|off", "count the loop's cycles by stage, for the command show cycles",
     OnOffField{&Options::cycles}},
    {"stall-threshold", 0, "S",
     "tell of an lcore that has not polled for S seconds, and of the stage that it is in",
     SecondsField{&Options::stall_threshold_s, 1e-5, kDay_s, true}},
    {"latency-hgrm", 0, "PREFIX",
     "write latencies at exit to PREFIX-poll_gap.hgrm and others, for HdrHistogram's plotters",
     TextField{&Options::latency_hgrm}},

    {"version", 0, nullptr, "print the versions of dstfwd and DPDK", FlagField{&Options::version},
     "Other"},
    {"help", 'h', nullptr, "print this", FlagField{&Options::help}},
};

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::string to_text(double value) {
  std::ostringstream out;
  out.precision(10);
  out << value;
  return out.str();
}

std::string quoted(std::string_view value) {
  return '"' + std::string(value) + '"';
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto parsed = [&] {
    if constexpr (std::is_floating_point_v<Number>)
      return std::from_chars(text.data(), end, number, std::chars_format::fixed);
    else
      return std::from_chars(text.data(), end, number, base);
  }();
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

Result<uint32_t> parse_count(std::string_view value, uint32_t min, uint32_t max) {
  const auto number = parse_number<uint64_t>(value);
  if (!number || *number < min || *number > max)
    return Error{quoted(value) + " is not a number from " + std::to_string(min) + " to " +
                 std::to_string(max)};
  return static_cast<uint32_t>(*number);
}

Result<double> parse_seconds(const SecondsField& field, std::string_view value) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr Unit kUnits[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
  std::string_view digits = value;
  double unit_s = 1;
  for (const Unit& unit : kUnits) {
    if (!digits.ends_with(unit.name)) continue;
    digits.remove_suffix(unit.name.size());
    unit_s = unit.seconds;
    break;
  }
  auto number = parse_number<double>(digits);
  if (number) *number *= unit_s;
  // Written so that NaN fails.
  const bool in_range = number && *number >= field.min && *number <= field.max;
  if (!in_range && !(field.never && number && *number == 0))
    return Error{quoted(value) + " is not a number of seconds from " + to_text(field.min) + " to " +
                 to_text(field.max) + (field.never ? ", or 0 for never" : "")};
  return *number;
}

Result<uint64_t> parse_portmask(std::string_view value) {
  std::string_view digits = value;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  const auto mask = parse_number<uint64_t>(digits, 16);
  if (!mask || *mask == 0)
    return Error{quoted(value) + " is not a hexadecimal mask of ports, such as 0x3"};
  return *mask;
}

// 2@1,3@1
Result<std::map<unsigned, int>> parse_lcore_nodes(std::string_view value) {
  std::map<unsigned, int> nodes;
  for (size_t at = 0; at <= value.size();) {
    const std::string_view one = value.substr(at, value.find(',', at) - at);
    at += one.size() + 1;
    const size_t middle = std::min(one.find('@'), one.size());
    const auto lcore = parse_number<unsigned>(one.substr(0, middle));
    const auto node = parse_number<int>(one.substr(std::min(middle + 1, one.size())));
    if (!lcore || !node || *node < 0 || *node > kMaxNode || !nodes.emplace(*lcore, *node).second)
      return Error{quoted(value) +
                   " is not a list such as 2@1,3@1 of lcores, each once, and nodes "
                   "from 0 to " +
                   std::to_string(kMaxNode)};
  }
  return nodes;
}

template <class T, class Field>
Status store(Options& options, Field field, Result<T> value) {
  if (!value) return value.error();
  options.*field = *value;
  return Ok{};
}

}  // namespace

std::span<const OptionRow> option_table() noexcept {
  return kTable;
}

Status apply(const OptionRow& row, std::string_view value, Options& options) {
  const Overloaded set{
      [&](FlagField f) -> Status {
        options.*f.field = true;
        return Ok{};
      },
      [&](OnOffField f) -> Status {
        if (value != f.on && value != f.off)
          return Error{quoted(value) + " is not " + f.on + " or " + f.off};
        options.*f.field = value == f.on;
        return Ok{};
      },
      [&](CountField f) { return store(options, f.field, parse_count(value, f.min, f.max)); },
      [&](OptionalCountField f) {
        return store(options, f.field, parse_count(value, f.min, f.max));
      },
      [&](const SecondsField& f) { return store(options, f.field, parse_seconds(f, value)); },
      [&](TextField f) -> Status {
        if (value.empty()) return Error{"\"\" is not the name of a file"};
        options.*f.field = std::string(value);
        return Ok{};
      },
      [&](LcoreNodesField f) { return store(options, f.field, parse_lcore_nodes(value)); },
      [&](PortmaskField f) { return store(options, f.field, parse_portmask(value)); },
      [&](GcModeField f) -> Status {
        for (auto mode : {GcMode::kService, GcMode::kInline, GcMode::kLegacy, GcMode::kOff}) {
          if (value != name(mode)) continue;
          options.*f.field = mode;
          return Ok{};
        }
        return Error{quoted(value) + " is not service, inline, legacy or off"};
      },
  };
  return std::visit(set, row.field);
}

std::string describe(const OptionField& field) {
  static const Options kDefaults;
  const auto range = [](uint32_t min, uint32_t max) {
    return std::to_string(min) + " to " + std::to_string(max);
  };
  const Overloaded text{
      [](FlagField) { return std::string(); },
      [](OnOffField f) { return std::string("default ") + (kDefaults.*f.field ? f.on : f.off); },
      [&](CountField f) {
        return range(f.min, f.max) + "; default " + std::to_string(kDefaults.*f.field);
      },
      [&](OptionalCountField f) { return range(f.min, f.max); },
      [](const SecondsField& f) {
        return to_text(f.min) + " to " + to_text(f.max) + (f.never ? ", 0 is never" : "") +
               "; default " + to_text(kDefaults.*f.field);
      },
      [](TextField) { return std::string(); },
      [](PortmaskField) { return std::string(); },
      [](LcoreNodesField) { return std::string(); },
      [](GcModeField f) { return "default " + std::string(name(kDefaults.*f.field)); },
  };
  return std::visit(text, field);
}

}  // namespace dstfwd
