// SPDX-License-Identifier: BSD-3-Clause
#include <rte_cycles.h>

#include <nlohmann/json.hpp>

#include "fwd/poll_meter.h"
#include "tests/bench/latency/experiment.h"
#include "tests/bench/latency/laps.h"
#include "tests/bench/latency/lcore_spin.h"
#include "tests/bench/latency/record.h"

namespace dstfwd::bench {
namespace {

// The gaps of one lap, after its warm-up.
HistogramSnapshot lap(PollMeter& meter, Timeline& timeline, double warmup_s, double lap_s) {
  const uint64_t from_tsc = rte_rdtsc() + ticks(warmup_s);
  const uint64_t to_tsc = from_tsc + ticks(lap_s);
  timeline.begin_lap(from_tsc, to_tsc);
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
  meter.offline();
  HistogramSnapshot gap = meter.gaps().snapshot();
  gap.subtract(before);
  return gap;
}

}  // namespace

Status run_floor(const Plan& plan) {
  const LcoreSpin spin(true);
  claim_cpu();
  const TscScale scale(rte_get_tsc_hz());
  PollMeter meter(scale);
  Timeline timeline(rte_get_tsc_hz(), ticks(plan.window_s));
  HistogramSnapshot gap;
  auto laps = nlohmann::json::array();
  for (unsigned number = 0; number < plan.laps; ++number) {
    if (takes_turns(plan)) await_turn();
    const HistogramSnapshot its =
        lap(meter, timeline, takes_turns(plan) ? kLapWarmup_s : plan.warmup_s, plan.lap_s());
    laps.push_back({{"gap", summary(its)}});
    gap.merge(its);
  }
  const nlohmann::json record = {{"mode", "floor"},
                                 {"window_s", plan.window_s},
                                 {"gap", to_json(gap)},
                                 {"laps", laps},
                                 {"timeline", to_json(timeline, scale)}};
  return write_record(plan.out, record, {{"gap", &gap}});
}

}  // namespace dstfwd::bench
