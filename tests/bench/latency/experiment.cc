// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/experiment.h"

#include <rte_cycles.h>
#include <sched.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/session.h"
#include "tests/bench/latency/dead_entries.h"
#include "tests/bench/latency/laps.h"
#include "tests/bench/latency/lcore_spin.h"
#include "tests/bench/latency/reading.h"
#include "tests/bench/latency/record.h"

namespace dstfwd::bench {
namespace {

using nlohmann::json;
constexpr double kPatience_s = 15;  // for a walk that holds up the lcore
constexpr auto kTick = std::chrono::milliseconds(1);

double seconds(uint64_t tsc) {
  return static_cast<double>(tsc) / static_cast<double>(rte_get_tsc_hz());
}
// Before the other lcore becomes a service core, which this call does not count.
rte_cpuset_t other_cpus() {
  return rte_lcore_cpuset(rte_get_next_lcore(static_cast<unsigned>(-1), 1, 0));
}

Options options_of(const Plan& plan) {
  Options options;
  options.gc_mode = *plan.mode;
  options.nb_cores = 1;
  options.flows = plan.capacity();
  options.flows6 = 1024;
  options.idle_timeout_s = plan.idle_timeout_s;
  options.flush_interval_s = 0;
  options.gc_debug = 2;  // walks are traced
  options.latency_sample = plan.sample;
  return options;
}

class Router {
 public:
  static Result<std::unique_ptr<Router>> create(const Plan& plan);
  Status run();

 private:
  explicit Router(const Plan& plan) : plan_(plan), options_(options_of(plan)) {}
  Status make();
  void control();
  void lap(unsigned number);
  uint64_t begin_lap();
  void release_in_lap(uint64_t from_tsc, uint64_t until_tsc, unsigned number);
  template <typename Done>
  void await(Done&& done);
  void await_poll();
  void take_passes();
  void drop_passes();
  Status finish();
  json record() const;

  const Plan& plan_;
  Options options_;
  std::unique_ptr<Dataplane> dataplane_;
  std::unique_ptr<Source> source_;
  std::optional<DeadEntries> dead_;
  std::unique_ptr<Lcores> lcores_;
  Reading window_;  // all laps
  rte_cpuset_t control_cpus_ = other_cpus();
  uint64_t lap_begin_tsc_ = 0;  // 0: before the first
  double window_s_ = 0, setup_s_ = 0;
  bool starved_ = false;  // in some lap
  uint64_t busy_at_begin_ = 0;
  json passes_ = json::array(), laps_ = json::array();
};

Result<std::unique_ptr<Router>> Router::create(const Plan& plan) {
  std::unique_ptr<Router> router(new Router(plan));
  const uint64_t began_tsc = rte_rdtsc();
  if (Status made = router->make(); !made) return made.error();
  router->setup_s_ = seconds(rte_rdtsc() - began_tsc);
  return router;
}

Status Router::make() {
  Result<Layout> layout = plan_layout(options_);
  if (!layout) return layout.error();
  Result<std::unique_ptr<Dataplane>> made = Dataplane::create(options_, std::move(*layout));
  if (!made) return made.error();
  dataplane_ = std::move(*made);
  if (dataplane_->ports().size() != 2) return Error{"two ports are needed: net_null0, net_null1"};
  Session session(options_);
  session.attach(*dataplane_);
  session.run(std::vector<std::string>{"address add 192.0.2.1/24 port 0",
                                       "address add 203.0.113.1/24 port 1",
                                       "neigh add 203.0.113.2 lladdr 02:00:00:00:01:02 port 1",
                                       "route add default via 203.0.113.2"});
  const auto& ports = dataplane_->ports();
  Result<std::unique_ptr<Source>> source =
      Source::create(plan_, ports[0].id(), ports[1].id(), ports[0].mac(), rte_get_tsc_hz(),
                     dataplane_->shards().front()->collector());
  if (!source) return source.error();
  source_ = std::move(*source);
  Result<DeadEntries> dead = DeadEntries::bury(plan_, *dataplane_);
  if (!dead) return dead.error();
  dead_.emplace(std::move(*dead));
  Result<std::unique_ptr<Lcores>> lcores = Lcores::launch(*dataplane_);
  if (!lcores) return lcores.error();
  lcores_ = std::move(*lcores);
  return Ok{};
}

// The main lcore is the one that forwards.
Status Router::run() {
  const LcoreSpin spin(*plan_.mode != GcMode::kService);
  std::thread control([this] { this->control(); });
  claim_cpu();
  lcores_->run_main();
  control.join();
  return finish();
}

void Router::control() {
  sched_setaffinity(0, sizeof control_cpus_, &control_cpus_);
  source_->begin(rte_rdtsc());
  lcores_->resume();
  await_poll();
  std::this_thread::sleep_for(std::chrono::duration<double>(plan_.warmup_s));
  await([this] { return source_->sent() >= plan_.flows; });  // each had its first packet
  for (unsigned number = 0; number < plan_.laps; ++number) lap(number);
  lcores_->end();
}

void Router::lap(unsigned number) {
  const uint64_t from_tsc = begin_lap();
  // Ends the back-off of walks that found all referenced, and what the clock made due while others
  // had their laps: each lap has its walk.
  dataplane_->shards().front()->collector().kick();
  if (number == 0) busy_at_begin_ = dataplane_->gc_stats().busy;
  const Reading before = Reading::of(*dataplane_, *source_);
  drop_passes();
  lap_begin_tsc_ = from_tsc;
  release_in_lap(from_tsc, from_tsc + ticks(plan_.lap_s()), number);
  await_poll();
  const double lap_s = seconds(rte_rdtsc() - from_tsc);
  Reading lap = Reading::of(*dataplane_, *source_);
  lap.subtract(before);
  laps_.push_back({{"gap", summary(lap.gap)},
                   {"residence", summary(lap.residence)},
                   {"latency", summary(lap.latency)},
                   {"mpps", static_cast<double>(lap.sent) / lap_s * 1e-6}});
  starved_ |= lap.gap.count() == 0;
  window_.merge(lap);
  window_s_ += lap_s;
}

// When it begins: now, or at the end of its warm-up, until which this waits.
uint64_t Router::begin_lap() {
  if (!takes_turns(plan_)) {
    const uint64_t now_tsc = rte_rdtsc();
    source_->timeline().begin_lap(now_tsc, now_tsc + ticks(plan_.lap_s()));
    return now_tsc;
  }
  lcores_->pause();
  await_turn();
  const uint64_t now_tsc = rte_rdtsc();
  const uint64_t from_tsc = now_tsc + ticks(kLapWarmup_s);
  source_->timeline().begin_lap(from_tsc, from_tsc + ticks(plan_.lap_s()));
  source_->begin(now_tsc);
  lcores_->resume();
  while (rte_rdtsc() < from_tsc) std::this_thread::sleep_for(kTick / 10);
  return from_tsc;
}

// The holder's part: references end over all laps at an even pace.
void Router::release_in_lap(uint64_t from_tsc, uint64_t until_tsc, unsigned number) {
  for (uint64_t now = from_tsc; now < until_tsc; now = rte_rdtsc()) {
    dead_->release_until((number + seconds(now - from_tsc) / plan_.lap_s()) / plan_.laps);
    take_passes();
    std::this_thread::sleep_for(kTick);
  }
}

template <typename Done>
void Router::await(Done&& done) {
  const uint64_t began_tsc = rte_rdtsc();
  while (!done() && seconds(rte_rdtsc() - began_tsc) < kPatience_s) {
    std::this_thread::sleep_for(kTick);
    if (lap_begin_tsc_ != 0) take_passes();
  }
}

// At a lap's end: a gap that has begun in it belongs to it whole.
void Router::await_poll() {
  const Counter& polls = dataplane_->worker(0).counters().polls;
  await([&polls, before = polls.get()] { return polls.get() != before; });
}

void Router::drop_passes() {
  for (dstgc::WalkTrace old{}; dataplane_->traces(0).take(old);) {
  }
}

// Of one that began before the lap, what is in it.
void Router::take_passes() {
  const double lap_s = seconds(rte_rdtsc() - lap_begin_tsc_);
  for (dstgc::WalkTrace pass{}; dataplane_->traces(0).take(pass);)
    passes_.push_back({window_s_ + lap_s,
                       std::min(static_cast<double>(pass.elapsed_us), lap_s * 1e6), pass.work_perf,
                       pass.delayed});
}

json Router::record() const {
  const Reading& w = window_;
  json all = {{"mode", name(*plan_.mode)},
              {"dead", plan_.dead},
              {"window_s", window_s_},
              {"setup_s", setup_s_},
              {"gap", to_json(w.gap)},
              {"residence", to_json(w.residence)},
              {"latency", to_json(w.latency)},
              {"laps", laps_},
              {"timeline", to_json(source_->timeline(), TscScale(rte_get_tsc_hz()))},
              {"passes", passes_},
              {"offered", w.offered},
              {"lost", w.lost},
              {"forwarded", w.sent},
              {"mpps", static_cast<double>(w.sent) / window_s_ * 1e-6},
              {"hits", w.hits},
              {"misses", w.misses},
              {"inserted", w.inserted},
              {"bypassed", w.bypassed},
              {"polls", w.polls},
              {"reclaimed", w.reclaimed},
              {"retired", w.retired},
              {"walked", w.walked},
              {"busy_at_begin", busy_at_begin_},
              {"busy_at_end", dataplane_->gc_stats().busy}};
  if (w.slices.count() != 0) all["slices"] = to_json(w.slices);
  if (w.walk_gaps.count() != 0) {
    all["walk_gap"] = to_json(w.walk_gaps);
    all["rest_gap"] = to_json(w.rest_gaps);
  }
  return all;
}

Status Router::finish() {
  if (starved_)
    return Error{"the forwarding lcore did not poll during the window: something else has its CPU"};
  if (plan_.verify) {
    dead_->release_all();
    dataplane_->end_slow_path();
    const uint64_t mbufs = dataplane_->end();
    const dstgc::CollectorStats gc = dataplane_->gc_stats();
    if (mbufs != 0) return Error{std::to_string(mbufs) + " mbufs did not come home"};
    if (gc.created != gc.reclaimed || gc.retired != gc.reclaimed || gc.double_retired != 0)
      return Error{"entries: " + std::to_string(gc.created) + " created, " +
                   std::to_string(gc.retired) + " retired, " + std::to_string(gc.reclaimed) +
                   " reclaimed"};
  }
  std::vector<std::pair<std::string, const HistogramSnapshot*>> histograms = {
      {"gap", &window_.gap}, {"residence", &window_.residence}, {"latency", &window_.latency}};
  if (window_.slices.count() != 0) histograms.emplace_back("slice", &window_.slices);
  return write_record(plan_.out, record(), histograms);
}

}  // namespace

Status run_router(const Plan& plan) {
  Result<std::unique_ptr<Router>> router = Router::create(plan);
  if (!router) return router.error();
  return (*router)->run();
}

}  // namespace dstfwd::bench
