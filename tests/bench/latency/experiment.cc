// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/experiment.h"

#include <rte_cycles.h>
#include <sched.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/session.h"
#include "tests/bench/latency/dead_entries.h"
#include "tests/bench/latency/lcore_spin.h"
#include "tests/bench/latency/record.h"
#include "tests/bench/latency/source.h"

namespace dstfwd::bench {
namespace {

using nlohmann::json;
constexpr double kPatience_s = 15;  // for a walk that holds up the lcore
constexpr auto kTick = std::chrono::milliseconds(1);

uint64_t ticks(double seconds) {
  return static_cast<uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
}
double seconds(uint64_t tsc) {
  return static_cast<double>(tsc) / static_cast<double>(rte_get_tsc_hz());
}
TscScale scale() {
  return TscScale(rte_get_tsc_hz());
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

// What is read at the window's begin and end.
struct Reading {
  HistogramSnapshot gap, residence, latency, slices, walk_gaps, rest_gaps;
  uint64_t offered, lost, sent, hits, misses, inserted, bypassed, polls;
  dstgc::CollectorStats gc;
};
Reading read(const Dataplane& dataplane, const Source& source) {
  const Worker& worker = dataplane.worker(0);
  const LcoreCounters& c = worker.counters();
  return {worker.meter().gaps().snapshot(),
          dataplane.residence(0)->residence().snapshot(),
          source.latency().snapshot(),
          worker.gc_slices().snapshot(),
          source.walk_gaps().snapshot(),
          source.rest_gaps().snapshot(),
          source.offered(),
          source.lost(),
          source.sent(),
          c.hits.get(),
          c.misses.get(),
          c.inserted.get(),
          c.bypassed.get(),
          c.polls.get(),
          dataplane.gc_stats()};
}
void subtract(Reading& now, const Reading& before) {
  now.gap.subtract(before.gap);
  now.residence.subtract(before.residence);
  now.latency.subtract(before.latency);
  now.slices.subtract(before.slices);
  now.walk_gaps.subtract(before.walk_gaps);
  now.rest_gaps.subtract(before.rest_gaps);
  now.offered -= before.offered;
  now.lost -= before.lost;
  now.sent -= before.sent;
  now.hits -= before.hits;
  now.misses -= before.misses;
  now.inserted -= before.inserted;
  now.bypassed -= before.bypassed;
  now.polls -= before.polls;
}

class Router {
 public:
  static Result<std::unique_ptr<Router>> create(const Plan& plan);
  Status run();

 private:
  explicit Router(const Plan& plan) : plan_(plan), options_(options_of(plan)) {}
  Status make();
  void control();
  void window();
  template <typename Done>
  void await(Done&& done);
  void await_poll();
  void take_passes(uint64_t begin_tsc);
  Status finish();
  json record() const;

  const Plan& plan_;
  Options options_;
  std::unique_ptr<Dataplane> dataplane_;
  std::unique_ptr<Source> source_;
  std::optional<DeadEntries> dead_;
  std::unique_ptr<Lcores> lcores_;
  std::optional<Reading> before_, after_;
  rte_cpuset_t control_cpus_ = other_cpus();
  uint64_t begin_tsc_ = 0, end_tsc_ = 0;
  double setup_s_ = 0;
  json passes_ = json::array();
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
  window();
  lcores_->end();
}

void Router::window() {
  dataplane_->shards().front()->collector().kick();  // of walks that found all referenced until now
  before_ = read(*dataplane_, *source_);
  for (dstgc::WalkTrace old{}; dataplane_->traces(0).take(old);) {
  }
  begin_tsc_ = rte_rdtsc();
  const uint64_t until_tsc = begin_tsc_ + ticks(plan_.window_s);
  source_->timeline().open(begin_tsc_, until_tsc);
  for (uint64_t now = begin_tsc_; now < until_tsc; now = rte_rdtsc()) {
    dead_->release_until(seconds(now - begin_tsc_) / plan_.window_s);
    take_passes(begin_tsc_);
    std::this_thread::sleep_for(kTick);
  }
  await_poll();
  end_tsc_ = rte_rdtsc();
  after_ = read(*dataplane_, *source_);
  subtract(*after_, *before_);
}

template <typename Done>
void Router::await(Done&& done) {
  const uint64_t began_tsc = rte_rdtsc();
  while (!done() && seconds(rte_rdtsc() - began_tsc) < kPatience_s) {
    std::this_thread::sleep_for(kTick);
    if (begin_tsc_ != 0) take_passes(begin_tsc_);
  }
}

// At the window's end: a gap that has begun in it belongs to it whole.
void Router::await_poll() {
  const Counter& polls = dataplane_->worker(0).counters().polls;
  await([&polls, before = polls.get()] { return polls.get() != before; });
}

void Router::take_passes(uint64_t begin_tsc) {
  const double now_s = seconds(rte_rdtsc() - begin_tsc);
  for (dstgc::WalkTrace pass{}; dataplane_->traces(0).take(pass);)
    passes_.push_back({now_s, pass.elapsed_us, pass.work_perf, pass.delayed});
}

json Router::record() const {
  const Reading& w = *after_;
  const double window_s = seconds(end_tsc_ - begin_tsc_);
  const dstgc::CollectorStats& gc = w.gc;
  json all = {{"mode", name(*plan_.mode)},
              {"dead", plan_.dead},
              {"window_s", window_s},
              {"setup_s", setup_s_},
              {"gap", to_json(w.gap)},
              {"residence", to_json(w.residence)},
              {"latency", to_json(w.latency)},
              {"timeline", to_json(source_->timeline(), begin_tsc_, scale())},
              {"passes", passes_},
              {"offered", w.offered},
              {"lost", w.lost},
              {"forwarded", w.sent},
              {"mpps", static_cast<double>(w.sent) / window_s * 1e-6},
              {"hits", w.hits},
              {"misses", w.misses},
              {"inserted", w.inserted},
              {"bypassed", w.bypassed},
              {"polls", w.polls},
              {"reclaimed", gc.reclaimed - before_->gc.reclaimed},
              {"retired", gc.retired - before_->gc.retired},
              {"walked", gc.walk_entries - before_->gc.walk_entries},
              {"busy_at_begin", before_->gc.busy},
              {"busy_at_end", gc.busy},
              {"step_max_ns", gc.step_ns_max}};
  if (w.slices.count() != 0) all["slices"] = to_json(w.slices);
  if (w.walk_gaps.count() != 0) {
    all["walk_gap"] = to_json(w.walk_gaps);
    all["rest_gap"] = to_json(w.rest_gaps);
  }
  return all;
}

Status Router::finish() {
  if (after_->gap.count() == 0)
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
      {"gap", &after_->gap}, {"residence", &after_->residence}, {"latency", &after_->latency}};
  if (after_->slices.count() != 0) histograms.emplace_back("slice", &after_->slices);
  return write_record(plan_.out, record(), histograms);
}

}  // namespace

Status run_router(const Plan& plan) {
  Result<std::unique_ptr<Router>> router = Router::create(plan);
  if (!router) return router.error();
  return (*router)->run();
}

Status run_floor(const Plan& plan) {
  const LcoreSpin spin(true);
  claim_cpu();
  PollMeter meter(scale());
  Timeline timeline(rte_get_tsc_hz());
  const uint64_t from_tsc = rte_rdtsc() + ticks(plan.warmup_s);
  const uint64_t to_tsc = from_tsc + ticks(plan.window_s);
  timeline.open(from_tsc, to_tsc);
  HistogramSnapshot before;
  bool warm = true;
  for (uint64_t now = rte_rdtsc(); now < to_tsc; now = rte_rdtsc()) {
    meter.turn(now);
    timeline.poll(now);
    if (warm && now >= from_tsc) {
      before = meter.gaps().snapshot();
      meter.offline();
      warm = false;
    }
  }
  HistogramSnapshot gap = meter.gaps().snapshot();
  gap.subtract(before);
  const json record = {{"mode", "floor"},
                       {"window_s", plan.window_s},
                       {"gap", to_json(gap)},
                       {"timeline", to_json(timeline, from_tsc, scale())}};
  return write_record(plan.out, record, {{"gap", &gap}});
}

}  // namespace dstfwd::bench
