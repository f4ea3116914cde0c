// SPDX-License-Identifier: BSD-3-Clause
// dstfwd-gen EAL-ARGS -- ARGS: traffic generator and latency meter (docs/generator.md).
#include <rte_version.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "app/gen/gen_report.h"
#include "app/gen/gen_rig.h"
#include "app/gen/throughput_search.h"
#include "app/signals.h"
#include "fwd/histogram_hgrm.h"

namespace dstfwd::gen {
namespace {

constexpr int kBadArguments = 2;
constexpr int kFailed = 1;

int complain(const std::string& message, int code) {
  std::cerr << "dstfwd-gen: " << message << '\n';
  return code;
}

struct Outcome {
  TrialResult result;  // of the search: its best trial, or the last
  std::vector<SearchTrial> trials;
  double found_pps = 0;
};

class Runner {
 public:
  Runner(const GenOptions& options, const GenRig& rig, const Capture* capture)
      : options_(options), rig_(rig) {
    FrameConfig& frames = traffic_.frames;
    frames.source_mac = options.source_mac.value_or(rig.tx_mac());
    frames.destination_mac = options.destination_mac;
    frames.vlan = options.vlan;
    frames.destination_port = options.destination_port;
    traffic_.flows = options.flows;
    traffic_.capture = capture;
    traffic_.replay.speed = options.replay_speed;
    if (options.rewrite_mac) traffic_.replay.destination_mac = options.destination_mac;
  }

  TrialResult trial(double rate_pps) {
    traffic_.frames.trial = random_();
    TrialConfig config;
    config.packets_per_s = traffic_.capture == nullptr ? rate_pps : 0;
    config.duration_s = options_.duration_s;
    config.warmup_s = options_.warmup_s;
    config.drain_s = options_.drain_s;
    config.max_frames = options_.frames;
    config.period_s = options_.search ? 0 : options_.period_s;
    TrialWatch watch;
    watch.period = [&](const TrialPeriod& p) { std::cerr << to_text(p, options_.period_s); };
    watch.stop = [] { return caught_signal() != 0; };
    return run_trial(config, rig_.links(), traffic_, watch);
  }

  Outcome search() {
    Outcome outcome;
    ThroughputSearch search(options_.rate_pps, options_.search_precision);
    while (const auto rate = search.next()) {
      SearchTrial judged = judge_trial(*rate, trial(*rate), options_.max_loss);
      if (caught_signal() != 0) break;
      std::cerr << to_text(judged);
      search.report(judged.passed);
      if (judged.passed || outcome.trials.empty()) outcome.result = judged.result;
      outcome.trials.push_back(std::move(judged));
    }
    outcome.found_pps = search.found();
    return outcome;
  }

 private:
  const GenOptions& options_;
  const GenRig& rig_;
  TrialTraffic traffic_{{}, {}, options_.sizes, nullptr, {}};
  std::random_device random_;
};

bool write(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  if (path == "-") {
    std::cout << text << std::flush;
    return std::cout.good();
  }
  std::ofstream out(path);
  out << text;
  out.close();
  if (out) return true;
  complain(path + ": " + std::strerror(errno), kFailed);
  return false;
}

int report(const GenOptions& options, const Outcome& outcome) {
  // A stream of JSON on stdout is not mixed with text.
  std::ostream& out = options.json == "-" ? std::cerr : std::cout;
  out << to_text(outcome.result);
  if (options.search)
    out << "throughput " << outcome.found_pps / 1e6 << " Mpps, of " << options.rate_pps / 1e6
        << " Mpps asked\n";
  const bool written =
      write(options.json, to_json(outcome.result, outcome.trials, outcome.found_pps)) &&
      write(options.hgrm, to_hgrm(outcome.result.latency, 1000));
  if (outcome.result.sent == 0) return complain("nothing was sent", kFailed);
  return written ? 0 : kFailed;
}

// Less when a signal comes.
void wait(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < until && caught_signal() == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

int run(std::span<char*> eal_arguments, const GenOptions& options) {
  std::optional<Capture> capture;
  uint32_t largest = options.sizes.largest() + uint32_t{sizeof(VlanHeader)};
  if (!options.replay.empty()) {
    Result<Capture> read = Capture::read(options.replay);
    if (!read) return complain("--replay: " + read.error().message, kBadArguments);
    largest = read->largest() + kFcsBytes;
    if (largest > UINT16_MAX - RTE_PKTMBUF_HEADROOM)
      return complain("--replay: " + options.replay + ": a frame of " +
                          std::to_string(read->largest()) + " bytes does not fit into an mbuf",
                      kBadArguments);
    capture = std::move(*read);
  }
  catch_signals();
  Result<GenRig> rig = GenRig::create(eal_arguments, options, largest);
  if (!rig) return complain(rig.error().message, kBadArguments);
  for (const std::string& warning : rig->wait_links())
    std::cerr << "dstfwd-gen: " << warning << '\n';
  wait(options.wait_s);
  Runner runner(options, *rig, capture ? &*capture : nullptr);
  if (options.search) return report(options, runner.search());
  return report(options, {runner.trial(options.rate_pps), {}, 0});
}

}  // namespace
}  // namespace dstfwd::gen

int main(int argc, char** argv) {
  const auto arguments = dstfwd::split_arguments({argv, static_cast<size_t>(argc)});
  auto options = dstfwd::gen::parse_gen_options(arguments.app);
  if (!options) return dstfwd::gen::complain(options.error().message, dstfwd::gen::kBadArguments);
  if (options->help) {
    std::cout << dstfwd::gen::gen_usage();
    return 0;
  }
  if (options->version) {
    std::cout << "dstfwd-gen " << DSTFWD_VERSION << ", " << rte_version() << '\n';
    return 0;
  }
  return dstfwd::gen::run(arguments.eal, *options);
}
