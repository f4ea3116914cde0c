// SPDX-License-Identifier: BSD-3-Clause
// usage: traffic_bench EAL-ARGS -- KIND SECONDS LAPS ROUTES [ARGS of dstfwd]
// The whole dataplane; the collector on EAL's other lcore. KIND: flood (half of the packets are of
// 64 Ki established flows, each other one begins a flow), calm (the established alone) or churn
// (flows of two packets, 64 at a time), fed by net_ring; flood-ports or calm-ports: the same from
// EAL's first device to its second, drivers included; ports: packets as that device has them, for
// sampled_share alone.
// LAPS: parts of SECONDS that it has by turns with another program (tests/bench/turns.h); 1: it
// does not stop. ROUTES: how many --cmdline-file has: with 1, flows go to one destination; with
// more, to random unicast addresses, for which it must have a default route. Prints one JSON
// object. Rates of flood and calm count the worker's time alone, churn's is by the clock. turn_ns
// is a turn of the worker with a burst, lap_packet_ns a packet in each lap, meter_ns what of a turn
// the poll meter with its histogram takes, sampled_share a turn's time with --latency-sample over
// without.
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include <iostream>
#include <random>
#include <set>

#include "app/eal.h"
#include "app/session.h"
#include "tests/bench/fwd/traffic.h"
#include "tests/bench/turns.h"

namespace dstfwd::bench {
namespace {

constexpr unsigned kChurnPackets = 2;  // a flow
constexpr double kLapWarmup_s = 0.05;  // what the other has left in the caches goes
// Of a flood the newcomers of its first second go, and the table comes to fit (fwd/table_fit.h).
constexpr double kFloodSettles_s = 40;

// A PollMeter's turn, by itself: of gaps like those of turns with and without packets.
double meter_ns() {
  constexpr unsigned kTurns = 1U << 20U;
  std::vector<uint32_t> gaps_tsc(4096);
  std::mt19937 random(1);
  std::lognormal_distribution<double> gap_tsc(6.5, 0.7);
  for (uint32_t& gap : gaps_tsc) gap = static_cast<uint32_t>(gap_tsc(random));
  const TscScale scale(rte_get_tsc_hz());
  const auto meter = std::make_unique<PollMeter>(scale);
  uint64_t at_tsc = 1;
  const uint64_t began_tsc = rte_rdtsc();
  for (unsigned i = 0; i < kTurns; ++i) meter->turn(at_tsc += gaps_tsc[i % gaps_tsc.size()]);
  return static_cast<double>(scale.to_ns(rte_rdtsc() - began_tsc)) / kTurns;
}

struct Measured {
  double worker_s = 0;  // the worker's own time, of turns in which it did not share its CPU
  double wall_s = 0;
  uint64_t packets = 0, turns = 0;  // of those turns
  uint64_t rx = 0, tx = 0;
  uint64_t hits = 0, misses = 0, bypassed = 0, established = 0, begun = 0, reclaimed = 0,
           created = 0;

  double packet_ns() const { return 1e9 * worker_s / static_cast<double>(packets); }
  double burst() const { return static_cast<double>(packets) / static_cast<double>(turns); }
  // What `after` has more than `before`, besides.
  void add(const Measured& before, const Measured& after) {
    for (const auto member :
         {&Measured::packets, &Measured::turns, &Measured::rx, &Measured::tx, &Measured::hits,
          &Measured::misses, &Measured::bypassed, &Measured::established, &Measured::begun,
          &Measured::reclaimed, &Measured::created})
      this->*member += after.*member - before.*member;
    worker_s += after.worker_s - before.worker_s;
    wall_s += after.wall_s - before.wall_s;
  }
};

Measured measure(Dataplane& dataplane, Traffic& traffic, double run_s) {
  Worker& worker = dataplane.worker(0);
  const auto read = [&] {
    const LcoreCounters& c = worker.counters();
    Measured m;
    m.rx = c.rx.get(), m.tx = c.tx.get();
    m.hits = c.hits.get(), m.misses = c.misses.get(), m.bypassed = c.bypassed.get();
    m.established = traffic.mix().established(), m.begun = traffic.mix().begun();
    m.reclaimed = dataplane.gc_stats().reclaimed;
    m.created = dataplane.gc_stats().created;
    return m;
  };
  const Measured before = read();
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  // A turn that took so long shared its CPU: its time is not the worker's.
  const auto preempted_tsc = static_cast<uint64_t>(100e-6 * hz);
  const uint64_t began_tsc = rte_rdtsc();
  uint64_t spent_tsc = 0, packets = 0, turns = 0, now_tsc = began_tsc;
  while (static_cast<double>(now_tsc - began_tsc) < run_s * hz) {
    const Turn turn = traffic.turn(worker);
    if (turn.spent_tsc < preempted_tsc) {
      spent_tsc += turn.spent_tsc;
      packets += turn.packets;
      ++turns;
    }
    now_tsc = rte_rdtsc();
  }
  Measured after = read();
  after.packets = packets, after.turns = turns;
  after.worker_s = static_cast<double>(spent_tsc) / hz;
  after.wall_s = static_cast<double>(now_tsc - began_tsc) / hz;
  Measured m;
  m.add(before, after);
  return m;
}

// Of all laps together; each one's time a packet goes to `lap_packet_ns`.
Measured measure_laps(Dataplane& dataplane, Traffic& traffic, double run_s, unsigned laps,
                      std::vector<double>& lap_packet_ns) {
  Measured all;
  for (unsigned lap = 0; lap < laps; ++lap) {
    if (laps > 1) {
      await_turn();
      measure(dataplane, traffic, kLapWarmup_s);
    }
    const Measured one = measure(dataplane, traffic, run_s / laps);
    lap_packet_ns.push_back(one.packet_ns());
    all.add({}, one);
  }
  return all;
}

void print(const Measured& m, double share, std::span<const double> lap_packet_ns) {
  std::cout << "{\"packets_s\": " << 1e9 / m.packet_ns()
            << ", \"turn_ns\": " << m.packet_ns() * m.burst() << ", \"burst\": " << m.burst()
            << ", \"sent\": " << static_cast<double>(m.tx) / static_cast<double>(m.rx)
            << ", \"meter_ns\": " << meter_ns() << ", \"sampled_share\": " << share
            << ", \"hits\": " << m.hits << ", \"misses\": " << m.misses
            << ", \"bypassed\": " << m.bypassed << ", \"established\": " << m.established
            << ", \"begun\": " << m.begun
            << ", \"created_s\": " << static_cast<double>(m.created) / m.wall_s
            << ", \"reclaimed_s\": " << static_cast<double>(m.reclaimed) / m.wall_s
            << ", \"lap_packet_ns\": [";
  for (const char* separator = ""; const double ns : lap_packet_ns) {
    std::cout << separator << ns;
    separator = ", ";
  }
  std::cout << "]}\n" << std::flush;
}

// What a turn takes with sampling over without, in turns within one process: its place in memory
// is worth more than that from one process to the next.
template <typename TakeTurn>
double sampled_share(Dataplane& dataplane, double run_s, TakeTurn&& take_turn) {
  constexpr unsigned kBlock = 1000;  // turns
  ResidenceMeter& meter = *dataplane.residence(0);
  const uint32_t one_in = meter.one_in();
  std::vector<double> ratios;
  const auto block_tsc = [&] {
    uint64_t spent_tsc = 0;
    for (unsigned i = 0; i < kBlock; ++i) spent_tsc += take_turn();
    return static_cast<double>(spent_tsc);
  };
  const auto hz = static_cast<double>(rte_get_tsc_hz());
  const uint64_t until_tsc = rte_rdtsc() + static_cast<uint64_t>(run_s * hz);
  while (rte_rdtsc() < until_tsc) {
    meter.set_one_in(0);
    const double without = block_tsc();
    meter.set_one_in(one_in);
    ratios.push_back(block_tsc() / without);
  }
  std::ranges::nth_element(ratios, ratios.begin() + static_cast<ptrdiff_t>(ratios.size() / 2));
  return ratios[ratios.size() / 2];
}

struct Collecting {
  Dataplane* dataplane;
  std::atomic<bool> stop{false};
};
int collect(void* argument) {
  auto& self = *static_cast<Collecting*>(argument);
  while (!self.stop.load(std::memory_order_relaxed))
    self.dataplane->gc_lcores().collect(0, rte_rdtsc());
  return 0;
}

int complain(const std::string& message) {
  std::cerr << "traffic_bench: " << message << '\n';
  return 1;
}

// Prints sampled_share of turns with the ports' drivers in them, and ends the program.
[[noreturn]] void measure_ports(Dataplane& dataplane, double run_s) {
  Worker& worker = dataplane.worker(0);
  const double share = sampled_share(dataplane, run_s, [&] { return take_turn(worker).spent_tsc; });
  const LcoreCounters& c = worker.counters();
  std::cout << "{\"sampled_share\": " << share << ", \"burst\": "
            << static_cast<double>(c.rx.get()) / static_cast<double>(c.polls.get())
            << ", \"sent\": " << static_cast<double>(c.tx.get()) / static_cast<double>(c.rx.get())
            << "}\n"
            << std::flush;
  std::_Exit(0);
}

int run(const std::string& kind, double run_s, unsigned laps, uint32_t routes,
        const Options& options) {
  Result<Layout> layout = plan_layout(options);
  if (!layout) return complain(layout.error().message);
  Result<std::unique_ptr<Dataplane>> made = Dataplane::create(options, std::move(*layout));
  if (!made) return complain(made.error().message);
  Dataplane& dataplane = **made;
  Session session(options);
  session.attach(dataplane);
  const Result<CommandFile> file = CommandFile::read(options.cmdline_file);
  if (!file) return complain(file.error().message);
  if (const Status done = session.run(*file); !done) return complain(done.error().message);
  Result<Mempool> pool = create_mempool("traffic", {1023, 0}, 2176, SOCKET_ID_ANY);
  if (!pool) return complain(pool.error().message);

  Collecting collecting{&dataplane, {}};
  rte_eal_remote_launch(collect, &collecting, rte_get_next_lcore(-1, 1, 0));
  dataplane.producer(0).online();
  if (kind == "ports") measure_ports(dataplane, run_s);
  const bool by_ports = kind.ends_with("-ports");
  const auto traffic_of = [&](const FlowMix& mix, unsigned repeats) -> std::unique_ptr<Traffic> {
    if (by_ports) return std::make_unique<PortTraffic>(mix);
    return std::make_unique<RingTraffic>(mix, pool->get(), repeats);
  };
  const MacAddress mac = dataplane.ports().front().mac();
  {
    const auto warm = traffic_of(FlowMix(mac, routes != 1, 0), 1);  // the established flows
    measure(dataplane, *warm, 0.3);
  }
  const bool churn = kind == "churn";
  const unsigned new_of_8 = kind.starts_with("calm") ? 0 : churn ? 8 : 4;
  const auto traffic = traffic_of(FlowMix(mac, routes != 1, new_of_8), churn ? kChurnPackets : 1);
  // Until it is steady.
  const bool is_flood = kind.starts_with("flood") && dataplane.capacity() != 0;
  measure(dataplane, *traffic, is_flood ? kFloodSettles_s : run_s / 3);
  std::vector<double> lap_packet_ns;
  const Measured m = measure_laps(dataplane, *traffic, run_s, laps, lap_packet_ns);
  const bool sampled = options.latency_sample != 0;
  const double share =
      sampled ? sampled_share(dataplane, run_s,
                              [&] { return traffic->turn(dataplane.worker(0)).spent_tsc; })
              : 1;
  dataplane.worker(0).flush();
  dataplane.producer(0).quiescent();
  dataplane.producer(0).offline();
  collecting.stop.store(true, std::memory_order_relaxed);
  rte_eal_mp_wait_lcore();
  print(m, share, lap_packet_ns);
  std::_Exit(0);  // mbufs of two pools are in the ports: nothing to bring home
}

int program(std::span<char*> argv) {
  const SplitArguments arguments = split_arguments(argv);
  const std::set<std::string> kinds{"flood", "calm", "churn", "flood-ports", "calm-ports", "ports"};
  if (arguments.app.size() < 4)
    return complain(
        "EAL-ARGS -- flood|calm|churn|flood-ports|calm-ports|ports SECONDS LAPS ROUTES [ARGS]");
  const std::string kind = arguments.app[0];
  if (!kinds.contains(kind)) return complain(kind + ": no such kind");
  const Result<Options> options = parse_options(arguments.app.subspan(4));
  if (!options) return complain(options.error().message);
  die_with_parent();
  const Result<Eal> eal = Eal::start(arguments.eal);
  if (!eal) return complain(eal.error().message);
  const int laps = std::max(std::atoi(arguments.app[2]), 1);
  const auto routes = static_cast<uint32_t>(std::atoi(arguments.app[3]));
  return run(kind, std::atof(arguments.app[1]), static_cast<unsigned>(laps), routes, *options);
}

}  // namespace
}  // namespace dstfwd::bench

int main(int argc, char** argv) {
  return dstfwd::bench::program({argv, static_cast<size_t>(argc)});
}
