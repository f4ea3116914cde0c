// SPDX-License-Identifier: BSD-3-Clause
// dstfwd EAL-ARGS -- ARGS
#include <rte_eal.h>
#include <rte_version.h>
#include <sched.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/control.h"
#include "app/eal.h"
#include "app/latency_files.h"
#include "app/signals.h"
#include "app/stall_log.h"
#include "app/stats_json.h"
#include "app/telemetry.h"

namespace dstfwd {
namespace {

constexpr int kFailed = 1;
constexpr int kBadArguments = 2;

int complain(const std::string& message, int status) {
  std::cerr << "dstfwd: " << message << '\n';
  return status;
}

bool has_word(std::span<char*> words, std::string_view long_form, std::string_view short_form) {
  return std::ranges::any_of(words, [&](const char* word) {
    return long_form == word || (!short_form.empty() && short_form == word);
  });
}

int print_version() {
  std::cout << "dstfwd " DSTFWD_VERSION ", " << rte_version() << '\n';
  return 0;
}

// What is asked before EAL starts, from either part of the arguments. -1: nothing.
int answer_at_once(const SplitArguments& arguments, const Options& options) {
  if (options.version || has_word(arguments.eal, "--version", "")) return print_version();
  if (options.help) {
    std::cout << usage();
    return 0;
  }
  if (has_word(arguments.eal, "--help", "-h")) {
    rte_set_application_usage_hook([](const char*) { std::cout << usage() << std::flush; });
    (void)Eal::start(arguments.eal);  // prints its arguments and ours, and ends the program
    return 0;
  }
  return -1;
}

// The stop: everything dies and comes home, and the statistics say so.
int finish(Dataplane& dataplane, Lcores& lcores, const Session& session, const Options& options,
           const JsonOutput& json) {
  lcores.end();
  dataplane.end_slow_path();
  Stats stats = session.stats();  // live flows and ports as they were
  stats.mbufs_lost = dataplane.end();
  const dstgc::CollectorStats gc = dataplane.gc_stats();
  stats.gc.retired = gc.retired;
  stats.gc.reclaimed = gc.reclaimed;
  stats.gc.intake = gc.intake;
  stats.gc.busy = gc.busy;
  stats.gc.dst_total = gc.dst_total;
  stats.gc.double_retired = gc.double_retired;
  if (json.wanted()) {
    if (const Status written = json.write(to_json(stats)); !written)
      return complain(written.error().message, kFailed);
  }
  if (!options.latency_hgrm.empty()) {
    const auto written = write_latency_files(session.latency(), options.latency_hgrm);
    if (!written) return complain("--latency-hgrm: " + written.error().message, kFailed);
  }
  const std::vector<std::string> broken = broken_invariants(stats);
  for (const std::string& line : broken) complain(line, kFailed);
  return broken.empty() ? 0 : kFailed;
}

// The control thread is none of EAL's: it may use all CPUs that the program was given.
class ControlThread {
 public:
  explicit ControlThread(const cpu_set_t& cpus, std::function<void()> work)
      : thread_([cpus, work = std::move(work)] {
          sched_setaffinity(0, sizeof cpus, &cpus);
          work();
        }) {}
  ~ControlThread() { thread_.join(); }

 private:
  std::thread thread_;
};

int run(const Options& options, Session& session, const std::optional<CommandFile>& file,
        const JsonOutput& json, const cpu_set_t& cpus) {
  Result<Layout> layout = plan_layout(options);
  if (!layout) return complain(layout.error().message, kBadArguments);
  Result<std::unique_ptr<Dataplane>> made = Dataplane::create(options, std::move(*layout));
  if (!made) return complain(made.error().message, kFailed);
  Dataplane& dataplane = **made;
  for (const std::string& warning : dataplane.layout().warnings)
    std::cerr << "dstfwd: " << warning << '\n';
  session.attach(dataplane);
  if (file) {
    if (const Status done = session.run(*file); !done)
      return complain(done.error().message, kBadArguments);
  }
  Result<std::unique_ptr<Lcores>> launched =
      Lcores::launch(dataplane, options.adaptive_power ? options.power_wait_s : 0);
  if (!launched) return complain(launched.error().message, kFailed);
  Lcores& lcores = **launched;
  session.attach(lcores);
  catch_signals();
  StallLog stalls(dataplane, cpus);

  int status = 0;
  {
    const ControlThread control(cpus, [&] {
      const Telemetry telemetry(session);
      Control(options, dataplane, lcores, session).run();
      stalls.stop();
      status = finish(dataplane, lcores, session, options, json);
    });
    lcores.run_main();
  }
  return status;
}

int program(std::span<char*> argv) {
  cpu_set_t cpus;  // before EAL binds this thread
  sched_getaffinity(0, sizeof cpus, &cpus);
  const SplitArguments arguments = split_arguments(argv);
  const Result<Options> parsed = parse_options(arguments.app);
  if (!parsed) return complain(parsed.error().message, kBadArguments);
  const Options& options = *parsed;
  if (const int status = answer_at_once(arguments, options); status >= 0) return status;

  Session session(options);
  std::optional<CommandFile> file;
  if (!options.cmdline_file.empty()) {
    Result<CommandFile> read = CommandFile::read(options.cmdline_file);
    if (!read) return complain("--cmdline-file: " + read.error().message, kBadArguments);
    file = std::move(*read);
    if (const Status checked = session.check(*file); !checked)
      return complain(checked.error().message, kBadArguments);
  }
  const Result<JsonOutput> json = JsonOutput::open(options.stats_json);
  if (!json) return complain(json.error().message, kBadArguments);
  if (!options.latency_hgrm.empty()) {
    if (const Status checked = check_latency_prefix(options.latency_hgrm); !checked)
      return complain("--latency-hgrm: " + checked.error().message, kBadArguments);
  }
  const Result<Eal> eal = Eal::start(arguments.eal);
  if (!eal) return complain(eal.error().message, kFailed);
  return run(options, session, file, *json, cpus);
}

}  // namespace
}  // namespace dstfwd

int main(int argc, char** argv) {
  return dstfwd::program({argv, static_cast<size_t>(argc)});
}
