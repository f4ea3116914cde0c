// SPDX-License-Identifier: BSD-3-Clause
// The command language bound to a running program. Made before EAL starts, so that a command file's
// syntax is checked before any device is touched. Control thread.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "app/collect_stats.h"
#include "app/command_file.h"
#include "app/command_table.h"
#include "app/latency.h"
#include "app/lcores.h"
#include "app/options.h"
#include "app/stage_times.h"

namespace dstfwd {

class Session {
 public:
  explicit Session(const Options& options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Once they are there: before the first execute().
  void attach(Dataplane& dataplane) {
    dataplane_ = &dataplane;
    latency_.emplace(dataplane);
    stage_times_.emplace(dataplane);
    if (times_stages_) stage_times_->start();
  }
  void attach(Lcores& lcores) noexcept { lcores_ = &lcores; }

  // Syntax only.
  Status check(const CommandFile& file) const;
  // Runs all lines and makes their changes known to lcores at once; what they answer is printed.
  Status run(const CommandFile& file);
  // The same for lines of a prompt: a refused one is answered by "error: ..." and changes nothing.
  void run(const std::vector<std::string>& lines);
  Status commit();

  const CommandTable& commands() const noexcept { return table_; }
  bool wants_quit() const noexcept { return quit_; }
  // Ports that `port detach` named since the last call.
  std::vector<PortId> take_detached() { return std::exchange(detached_, {}); }
  bool wants_to_run() const noexcept { return run_; }  // `start` was the last of start and stop
  void set_running(bool run);
  Stats stats() const;
  // Since the start or the last `latency reset`.
  LatencySnapshot latency() const { return latency_->since_reset(seconds()); }
  double seconds() const;  // since the session began

 private:
  void add_control_commands();
  void add_show_commands();
  void add_latency_commands();
  void add_cycles_commands();
  void add_debug_commands();
  Status stall(unsigned lcore, uint32_t ms);
  double running_seconds() const;
  Result<std::string> source(const std::string& path);
  Result<std::string> detach(PortId port);

  CommandTable table_;
  Dataplane* dataplane_ = nullptr;
  Lcores* lcores_ = nullptr;
  std::optional<LatencyBook> latency_;
  std::optional<StageTimes> stage_times_;
  bool times_stages_;           // from the start
  LatencyIntervals intervals_;  // of `show latency delta`
  std::vector<PortId> detached_;
  bool quit_ = false;
  bool run_;
  unsigned depth_ = 0;  // of files that name files
  double ran_s_ = 0;    // until the last stop
  double resumed_s_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace dstfwd
