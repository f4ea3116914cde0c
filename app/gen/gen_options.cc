// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/gen_options.h"

#include <getopt.h>

#include <sstream>
#include <vector>

#include "app/gen/gen_values.h"

namespace dstfwd::gen {
namespace {

using Apply = Status (*)(std::string_view, GenOptions&);

struct Row {
  const char* name;
  char letter;
  const char* value;  // nullptr: takes none
  const char* help;
  Apply apply;
  const char* heading = nullptr;
};

template <typename T, typename Field>
Status store(Result<T> value, Field& field) {
  if (!value) return value.error();
  field = static_cast<Field>(*value);
  return Ok{};
}
template <typename T, typename Field>
Status store(Result<T> value, std::optional<Field>& field) {
  if (!value) return value.error();
  field = static_cast<Field>(*value);
  return Ok{};
}

Status store_text(std::string_view value, std::string& field) {
  if (value.empty()) return Error{"\"\" is not the name of a file"};
  field = value;
  return Ok{};
}

Status store_rate(std::string_view value, double& field) {
  if (value == "max") {
    field = 0;
    return Ok{};
  }
  return store(parse_quantity(value, 0.001, 1e9, ""), field);
}

constexpr double kDay_s = 86400;
constexpr double kFraction = 0.01;  // of a percent

Status store_percent(std::string_view value, double min, double max, double& field) {
  const auto percent = parse_quantity(value, min, max, " of percent");
  if (!percent) return percent.error();
  field = *percent * kFraction;
  return Ok{};
}

using V = std::string_view;
using O = GenOptions;

constexpr Row kRows[] = {
    {"tx-port", 0, "N", "port that sends; default 0",
     [](V v, O& o) { return store(parse_count(v, 0, 65534), o.tx_port); }, "Ports"},
    {"rx-port", 0, "N", "port that receives; default the last there is",
     [](V v, O& o) { return store(parse_count(v, 0, 65534), o.rx_port); }},
    {"rxd", 0, "N", "receive descriptors; 1 to 65535, default 1024",
     [](V v, O& o) { return store(parse_count(v, 1, 65535), o.rxd); }},
    {"txd", 0, "N", "transmit descriptors; 1 to 65535, default 1024",
     [](V v, O& o) { return store(parse_count(v, 1, 65535), o.txd); }},

    {"dst-mac", 0, "MAC", "destination, the router's; default 02:00:00:00:00:01",
     [](V v, O& o) {
       o.rewrite_mac = true;
       return store(parse_mac(v), o.destination_mac);
     },
     "Frames"},
    {"src-mac", 0, "MAC", "source; default the transmit port's",
     [](V v, O& o) { return store(parse_mac(v), o.source_mac); }},
    {"vlan", 0, "ID", "802.1Q tag; 1 to 4094, default none",
     [](V v, O& o) { return store(parse_count(v, 1, 4094), o.vlan); }},
    {"size", 0, "SIZES",
     "bytes of a frame with FCS, 64 to 9600; a mix as 64:7,594:4,1518:1; or imix, that mix; "
     "default 64 (IPv6 frames have 84 at least)",
     [](V v, O& o) { return store(SizeMix::parse(v), o.sizes); }},
    {"ipv6", 0, "PERCENT", "share of IPv6 in the flows; 0 to 100, default 0",
     [](V v, O& o) { return store(parse_count(v, 0, 100), o.flows.ipv6_percent); }},
    {"src4", 0, "PREFIX", "IPv4 sources; default 198.18.0.0/16",
     [](V v, O& o) { return store(parse_range4(v), o.flows.source4); }},
    {"dst4", 0, "PREFIX", "IPv4 destinations; default 198.19.0.0/16",
     [](V v, O& o) { return store(parse_range4(v), o.flows.destination4); }},
    {"src6", 0, "PREFIX", "IPv6 sources; default 2001:2:0:1::/64",
     [](V v, O& o) { return store(parse_range6(v), o.flows.source6); }},
    {"dst6", 0, "PREFIX", "IPv6 destinations; default 2001:2:0:2::/64",
     [](V v, O& o) { return store(parse_range6(v), o.flows.destination6); }},
    {"dst-port", 0, "N", "UDP destination port; 1 to 65535, default 9",
     [](V v, O& o) { return store(parse_count(v, 1, 65535), o.destination_port); }},
    {"flows", 0, "N", "flows at once; 1 to 2^30, default 1",
     [](V v, O& o) { return store(parse_count(v, 1, 1U << 30U), o.flows.flows); }},
    {"new-flows", 0, "N", "flows that replace older ones, a second; default 0",
     [](V v, O& o) { return store(parse_quantity(v, 0, 1e9, " of flows"), o.new_flows_per_s); }},

    {"rate", 0, "PPS",
     "frames a second, constant, k and M allowed; max: as fast as possible; "
     "default 1M",
     [](V v, O& o) { return store_rate(v, o.rate_pps); }, "Load"},
    {"duration", 0, "S", "seconds of sending, of each trial; default 10",
     [](V v, O& o) {
       return store(parse_quantity(v, 0.001, kDay_s, " of seconds"), o.duration_s);
     }},
    {"wait", 0, "S",
     "seconds from when links are up to the first frame: the router has to notice, too; default "
     "0.5",
     [](V v, O& o) { return store(parse_quantity(v, 0, kDay_s, " of seconds"), o.wait_s); }},
    {"warmup", 0, "S",
     "of the duration, seconds at its start that do not count for latency; default 0",
     [](V v, O& o) { return store(parse_quantity(v, 0, kDay_s, " of seconds"), o.warmup_s); }},
    {"drain", 0, "MS", "milliseconds to wait for the last frames; default 200",
     [](V v, O& o) {
       Status status = store(parse_quantity(v, 0, 60000, " of milliseconds"), o.drain_s);
       o.drain_s /= 1000;
       return status;
     }},
    {"frames", 0, "N", "stop after N frames; default by duration",
     [](V v, O& o) { return store(parse_count(v, 1, uint64_t{1} << 47U), o.frames); }},
    {"search", 0, nullptr, "look for the highest rate without loss, up to --rate (RFC 2544, 26.1)",
     [](V, O& o) -> Status {
       o.search = true;
       return Ok{};
     }},
    {"precision", 0, "PERCENT", "of --rate, for --search; default 1",
     [](V v, O& o) { return store_percent(v, 0.001, 50, o.search_precision); }},
    {"loss", 0, "PERCENT", "loss that --search takes for none; default 0",
     [](V v, O& o) { return store_percent(v, 0, 50, o.max_loss); }},
    {"replay", 0, "FILE", "send a capture's frames (pcap, pcapng) instead, again and again",
     [](V v, O& o) { return store_text(v, o.replay); }},
    {"replay-speed", 0, "X", "times the capture's own; max: as fast as possible; default 1",
     [](V v, O& o) { return store_rate(v, o.replay_speed); }},

    {"period", 0, "S", "seconds between reports; 0 is none, default 1",
     [](V v, O& o) { return store(parse_quantity(v, 0, kDay_s, " of seconds"), o.period_s); },
     "Output"},
    {"json", 0, "FILE", "write the result as one JSON object; - is stdout",
     [](V v, O& o) { return store_text(v, o.json); }},
    {"hgrm", 0, "FILE",
     "write the latencies' distribution, microseconds, for HdrHistogram's plotters",
     [](V v, O& o) { return store_text(v, o.hgrm); }},
    {"version", 0, nullptr, "print the version",
     [](V, O& o) -> Status {
       o.version = true;
       return Ok{};
     }},
    {"help", 'h', nullptr, "print this",
     [](V, O& o) -> Status {
       o.help = true;
       return Ok{};
     }},
};

// Conflicts between options.
Status check(GenOptions& options, bool rate_given) {
  if (options.help || options.version) return Ok{};
  if (!options.replay.empty()) {
    if (rate_given) return Error{"--rate and --replay: a capture has its own; see --replay-speed"};
    if (options.search) return Error{"--search and --replay do not go together"};
    if (options.warmup_s > 0) return Error{"--warmup and --replay do not go together"};
    return Ok{};
  }
  const bool max = options.rate_pps == 0;
  if (max && options.search) return Error{"--search: needs the highest rate to try, --rate PPS"};
  if (max && options.new_flows_per_s > 0) return Error{"--new-flows: needs a number for --rate"};
  if (max && options.warmup_s > 0) return Error{"--warmup: needs a number for --rate"};
  if (options.new_flows_per_s > options.rate_pps && !max)
    return Error{"--new-flows: more new flows than frames (--rate)"};
  if (options.warmup_s >= options.duration_s)
    return Error{"--warmup: as long as the whole --duration"};
  if (!max) options.flows.new_per_packet = options.new_flows_per_s / options.rate_pps;
  return Ok{};
}

std::string name_of(const Row& row) {
  return std::string("--") + row.name;
}

}  // namespace

Result<GenOptions> parse_gen_options(std::span<char*> arguments) {
  std::vector<option> known;
  for (int i = 0; const Row& row : kRows)
    known.push_back({row.name, row.value != nullptr ? 1 : 0, nullptr, 1000 + i++});
  known.push_back({});
  std::string program = "dstfwd-gen";
  std::vector<char*> argv{program.data()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(argv.size()) - 1;

  GenOptions options;
  bool rate_given = false;
  optind = 0;
  opterr = 0;
  for (int code = 0; (code = getopt_long(argc, argv.data(), ":h", known.data(), nullptr)) != -1;) {
    const char* word = argv[static_cast<size_t>(optind) - 1];
    if (code == ':') return Error{std::string(word) + ": needs a value"};
    if (code == '?') return Error{std::string(word) + ": no such option; see --help"};
    const size_t index = code == 'h' ? std::size(kRows) - 1 : static_cast<size_t>(code) - 1000;
    const Row& row = kRows[index];
    rate_given |= std::string_view(row.name) == "rate";
    const Status status = row.apply(optarg != nullptr ? optarg : "", options);
    if (!status) return Error{name_of(row) + ": " + status.error().message};
  }
  if (optind < argc)
    return Error{std::string(argv[static_cast<size_t>(optind)]) + ": not an option"};
  if (const Status status = check(options, rate_given); !status) return status.error();
  return options;
}

std::string gen_usage() {
  std::ostringstream out;
  out << "usage: dstfwd-gen EAL-ARGS -- ARGS\n"
         "Sends test frames at a constant rate, takes them back, and reports loss, duplicates, "
         "order\n"
         "and latency. One lcore sends and receives; with two, the second receives.\n";
  for (const Row& row : kRows) {
    if (row.heading != nullptr) out << '\n' << row.heading << '\n';
    std::string left = row.letter != 0 ? std::string("-") + row.letter + ", " : "    ";
    left += name_of(row);
    if (row.value != nullptr) left += std::string(" ") + row.value;
    left.resize(std::max<size_t>(left.size() + 2, 24), ' ');
    out << "  " << left << row.help << '\n';
  }
  return out.str();
}

}  // namespace dstfwd::gen
