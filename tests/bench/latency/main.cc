// SPDX-License-Identifier: BSD-3-Clause
// usage: latency_bench EAL-ARGS -- KEY=VALUE...
// One run of the latency experiment (docs/latency.md), for scripts/latency, which repeats and
// compares them. EAL-ARGS give two lcores, the main one first, and two ports that receive nothing
// (net_null0,no-rx=1 and net_null1,no-rx=1). Keys: plan.h. Writes OUT.json and OUT_*.hgrm.
#include <iostream>

#include "app/eal.h"
#include "tests/bench/latency/experiment.h"
#include "tests/bench/latency/laps.h"

namespace dstfwd::bench {
namespace {

int complain(const std::string& message, int status) {
  std::cerr << "latency_bench: " << message << '\n';
  return status;
}

int program(std::span<char*> argv) {
  const SplitArguments arguments = split_arguments(argv);
  Result<Plan> plan = parse_plan(arguments.app);
  if (!plan) return complain(plan.error().message, 2);
  if (takes_turns(*plan)) die_with_parent();
  const Result<Eal> eal = Eal::start(arguments.eal);
  if (!eal) return complain(eal.error().message, 1);
  const Status ran = plan->mode ? run_router(*plan) : run_floor(*plan);
  return ran ? 0 : complain(ran.error().message, 1);
}

}  // namespace
}  // namespace dstfwd::bench

int main(int argc, char** argv) {
  return dstfwd::bench::program({argv, static_cast<size_t>(argc)});
}
