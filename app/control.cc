// SPDX-License-Identifier: BSD-3-Clause
#include "app/control.h"

#include <rte_cycles.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "app/latency_text.h"
#include "app/signals.h"
#include "app/stats_text.h"

namespace dstfwd {
namespace {

constexpr int kTick_ms = 1;  // what a packet for the router itself may wait while all is quiet

}  // namespace

Control::Control(const Options& options, Dataplane& dataplane, Lcores& lcores, Session& session)
    : options_(&options),
      dataplane_(&dataplane),
      lcores_(&lcores),
      session_(&session),
      flush_(options.flush_interval_s),
      report_(options.stats_period_s),
      began_s_(session.seconds()),
      last_received_s_(began_s_) {
  if (options.interactive) input_ = LineSource::of_stdin(session.commands());
}

void Control::run() {
  auto links = LinkEvents::create(*dataplane_, now_ms());
  if (links) {
    links_ = std::move(*links);
  } else {
    std::cerr << "dstfwd: " << links.error().message << '\n';
  }
  if (session_->wants_to_run()) session_->set_running(true);
  while (!over()) {
    read_commands(serve_slow_path() ? 0 : kTick_ms);
    watch_links();
    tick();
  }
  session_->set_running(false);
}

bool Control::over() {
  if (caught_signal() != 0 || session_->wants_quit()) return true;
  if (input_ && input_->ended()) return true;
  const double now_s = session_->seconds();
  if (options_->duration_s > 0 && now_s - began_s_ >= options_->duration_s) return true;
  return options_->idle_exit_ms != 0 && idle_for_long(now_s);
}

bool Control::idle_for_long(double now_s) {
  const uint64_t packets = received(*dataplane_);
  if (packets != last_received_ || !lcores_->running()) {
    last_received_ = packets;
    last_received_s_ = now_s;
  }
  return (now_s - last_received_s_) * 1000 >= options_->idle_exit_ms;
}

bool Control::serve_slow_path() {
  SlowService* const slow = dataplane_->slow_path();
  return slow != nullptr && slow->poll(rte_rdtsc()) != 0;
}

void Control::watch_links() {
  if (!links_) return;
  for (const PortId port : session_->take_detached()) links_->detach(port);
  for (const std::string& line : links_->poll(now_ms())) std::cerr << "dstfwd: " << line << '\n';
}

void Control::read_commands(int timeout_ms) {
  if (!input_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(timeout_ms));
    return;
  }
  std::vector<std::string> lines;
  input_->read(timeout_ms, lines);
  if (!lines.empty()) session_->run(lines);
}

void Control::tick() {
  const double now_s = session_->seconds();
  if (flush_.due(now_s)) dataplane_->router().cache_flush();
  dataplane_->router().maintain();
  print_traces();
  if (watch_.due(now_s)) watch_readers();
  if (clocks_.due(now_s)) dataplane_->read_port_clocks();
  if (report_.due(now_s)) print_period();
}

void Control::print_period() {
  Stats now = session_->stats();
  const LatencySnapshot latency = intervals_.next(*dataplane_, session_->seconds());
  std::cout << period_text(last_report_, now)
            << latency_period_text(latency_report(latency, *dataplane_)) << std::flush;
  last_report_ = std::move(now);
}

void Control::print_traces() {
  if (options_->gc_debug < 2) return;
  const std::vector<ShardPlan>& shards = dataplane_->layout().shards;
  for (size_t i = 0; i < shards.size(); ++i) {
    for (dstgc::WalkTrace trace{}; dataplane_->traces(i).take(trace);) {
      if (shards.size() > 1) std::cerr << "node " << shards[i].node << ": ";
      std::cerr << format_trace(trace) << '\n';
    }
  }
}

void Control::watch_readers() {
  const std::optional<uint32_t> laggard = dataplane_->gc_stats().laggard;
  if (laggard == laggard_) return;
  laggard_ = laggard;
  if (!laggard || *laggard >= dataplane_->workers()) return;
  std::cerr << "dstfwd: lcore " << dataplane_->layout().ports.lcores[*laggard].lcore
            << " has not been quiescent for half a second: dead entries wait for it\n";
}

}  // namespace dstfwd
