// SPDX-License-Identifier: BSD-3-Clause
// The control thread: commands, timers, and whatever must never run on a forwarding lcore.
#pragma once

#include <memory>

#include "app/line_source.h"
#include "app/link_events.h"
#include "app/session.h"

namespace dstfwd {

class Control {
 public:
  // All outlive it. Control thread.
  Control(const Options& options, Dataplane& dataplane, Lcores& lcores, Session& session);

  // Until a signal, `quit`, the end of input, --duration or --idle-exit.
  void run();

 private:
  // An action that is due every so often.
  class Every {
   public:
    explicit Every(double period_s) : period_s_(period_s), next_s_(period_s) {}
    bool due(double now_s) noexcept {
      if (period_s_ <= 0 || now_s < next_s_) return false;
      next_s_ = now_s + period_s_;
      return true;
    }

   private:
    double period_s_;
    double next_s_;
  };

  bool over();
  bool idle_for_long(double now_s);
  void read_commands(int timeout_ms);
  // Returns whether there may be more to do at once.
  bool serve_slow_path();
  void watch_links();
  uint64_t now_ms() const { return static_cast<uint64_t>(session_->seconds() * 1000); }
  void tick();
  void print_period();
  void print_traces();
  void watch_readers();

  const Options* options_;
  Dataplane* dataplane_;
  Lcores* lcores_;
  Session* session_;
  std::unique_ptr<LineSource> input_;
  std::unique_ptr<LinkEvents> links_;
  Every flush_;
  Every report_;
  Every watch_{0.2};
  Every clocks_{1.0};
  Stats last_report_;
  LatencyIntervals intervals_;  // of --stats-period
  double began_s_;
  uint64_t last_received_ = 0;
  double last_received_s_;
  std::optional<uint32_t> laggard_;
};

}  // namespace dstfwd
