// SPDX-License-Identifier: BSD-3-Clause
#include "app/session.h"

#include <rte_cycles.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/latency_files.h"
#include "app/latency_text.h"
#include "app/numa_text.h"
#include "app/router_commands.h"
#include "app/stats_json.h"
#include "app/stats_text.h"

namespace dstfwd {
namespace {

constexpr unsigned kMaxDepth = 8;

}  // namespace

Session::Session(const Options& options)
    : times_stages_(options.cycles), run_(!options.interactive) {
  const RouterSource router = [this]() -> Router& { return dataplane_->router(); };
  const auto neighbour_changed = [this](const LinkRef& link, const AnyAddress& address) {
    SlowService* const slow = dataplane_->slow_path();
    if (slow == nullptr) return;
    if (const auto* ipv4 = std::get_if<Ipv4Address>(&address)) {
      slow->neighbour_changed<Ipv4>(link, *ipv4);
    } else {
      slow->neighbour_changed<Ipv6>(link, std::get<Ipv6Address>(address));
    }
  };
  const auto mtu_changed = [this](PortId port, uint16_t mtu) {
    const bool running = lcores_ != nullptr && lcores_->running();
    for (const Port& one : dataplane_->ports()) {
      if (one.id() == port) return one.set_mtu(mtu, running);
    }
    return std::string();
  };
  add_router_commands(table_, router, neighbour_changed, mtu_changed);
  add_router_show(table_, router, [this]() -> const SlowPath* {
    const SlowService* const slow = dataplane_->slow_path();
    return slow == nullptr ? nullptr : &slow->path();
  });
  add_show_commands();
  add_latency_commands();
  add_cycles_commands();
  add_control_commands();
  add_debug_commands();
}

void Session::add_show_commands() {
  const auto add = [this](std::string_view pattern, std::string_view summary,
                          std::string (*text)(const Stats&)) {
    table_.add(pattern, summary, [this, text](const CommandArguments&) -> Result<std::string> {
      return text(stats());
    });
  };
  add("show port", "ports, their counters and queues", port_text);
  add("show cache", "the dst cache", cache_text);
  add("show gc", "the collector", gc_text);
  add("show slow-path", "neighbours, ICMP and what waits", slow_path_text);
  add("show stats", "packets by what became of them, and lcores", stats_text);
  table_.add(
      "show numa", "the nodes that memory and lcores are on, as the kernel says",
      [this](const CommandArguments&) -> Result<std::string> { return numa_text(*dataplane_); });
  add("show json", "all statistics as --stats-json writes them, in one line",
      [](const Stats& all) { return to_json(all).dump() + "\n"; });
}

void Session::add_cycles_commands() {
  using Args = CommandArguments;
  table_.add("show cycles", "the loop's cycles a packet by stage, since cycles on",
             [this](const Args&) -> Result<std::string> { return stage_times_->text(); });
  table_.add("cycles on", "count the loop's cycles by stage, from now on",
             [this](const Args&) -> Result<std::string> {
               stage_times_->start();
               return std::string();
             });
  table_.add("cycles off", "count no more: a packet costs some cycles less",
             [this](const Args&) -> Result<std::string> {
               stage_times_->stop();
               return std::string();
             });
}

void Session::add_latency_commands() {
  const auto add = [this](std::string_view pattern, std::string_view summary, auto action) {
    table_.add(pattern, summary, [action](const CommandArguments& args) -> Result<std::string> {
      return action(args);
    });
  };
  const auto report = [this] { return latency_report(latency(), *dataplane_); };
  const auto interval = [this] {
    return latency_report(intervals_.next(*dataplane_, seconds()), *dataplane_);
  };
  add("show latency", "poll gaps, residence and waits, since the start or the last reset",
      [report](const CommandArguments&) { return latency_text(report()); });
  add("show latency delta", "the same since the last delta",
      [interval](const CommandArguments&) { return latency_text(interval()); });
  add("show latency json", "the same as show latency, in one line for programs",
      [report](const CommandArguments&) { return to_json(report()).dump() + "\n"; });
  add("show latency json delta", "the same as show latency delta, in one line for programs",
      [interval](const CommandArguments&) { return to_json(interval()).dump() + "\n"; });
  add("latency reset", "latencies count from now on; other counters go on",
      [this](const CommandArguments&) {
        latency_->reset(seconds());
        return std::string();
      });
  add("latency export FILE",
      "writes latencies to FILE-poll_gap.hgrm and others, for HdrHistogram's plotters",
      [this](const CommandArguments& args) -> Result<std::string> {
        auto written = write_latency_files(latency(), *argument<std::string>(args, "FILE"));
        if (!written) return written.error();
        std::string said;
        for (const std::string& path : *written) said += path + "\n";
        return said;
      });
}

void Session::add_debug_commands() {
  table_.add("debug stall LCORE MS",
             "an lcore does not poll for MS milliseconds, to see that the stall watch tells",
             [this](const CommandArguments& args) -> Result<std::string> {
               const Status done =
                   stall(*argument<uint32_t>(args, "LCORE"), *argument<uint32_t>(args, "MS"));
               if (!done) return done.error();
               return std::string();
             });
}

Status Session::stall(unsigned lcore, uint32_t ms) {
  const uint64_t ticks = rte_get_tsc_hz() / 1000 * ms;
  const Layout& layout = dataplane_->layout();
  const auto worker = std::ranges::find(layout.ports.lcores, lcore, &ForwardingLcore::lcore);
  bool done = false;
  if (worker != layout.ports.lcores.end()) {
    done = lcores_ != nullptr &&
           lcores_->stall(static_cast<size_t>(worker - layout.ports.lcores.begin()), ticks);
  } else if (const auto gc = dataplane_->gc_lcores().find(lcore)) {
    done = dataplane_->gc_lcores().stall(*gc, ticks);
  } else {
    return Error{"debug stall: lcore " + std::to_string(lcore) + " does not poll"};
  }
  if (!done)
    return Error{"debug stall: lcore " + std::to_string(lcore) +
                 " is stopped, or a stall is under way"};
  return Ok{};
}

void Session::add_control_commands() {
  const auto add = [this](std::string_view pattern, std::string_view summary, auto action) {
    table_.add(pattern, summary, [action](const CommandArguments& args) -> Result<std::string> {
      return action(args);
    });
  };
  add("source FILE", "run a command file", [this](const CommandArguments& args) {
    return source(*argument<std::string>(args, "FILE"));
  });
  add("port detach PORT", "take a port out, and its device; entries and routes let go of it first",
      [this](const CommandArguments& args) {
        return detach(PortId{static_cast<uint16_t>(*argument<uint32_t>(args, "PORT"))});
      });
  add("start", "begin to forward", [this](const CommandArguments&) {
    set_running(true);
    return std::string();
  });
  add("stop", "stop forwarding; queues fill", [this](const CommandArguments&) {
    set_running(false);
    return std::string();
  });
  for (const bool on : {false, true})
    add(on ? "gc start" : "gc stop",
        on ? "the collector's lcore collects again"
           : "the collector's lcore collects nothing: dead entries wait, forwarding goes on",
        [this, on](const CommandArguments&) -> Result<std::string> {
          if (dataplane_->layout().gc_mode != GcMode::kService)
            return Error{"gc stop and start: the collector has no lcore of its own (--gc-mode " +
                         std::string(name(dataplane_->layout().gc_mode)) + ")"};
          dataplane_->gc_lcores().set_collecting(on);
          return std::string();
        });
  add("help", "all commands", [this](const CommandArguments&) { return table_.help(); });
  add("help WORD", "commands that begin with a word", [this](const CommandArguments& args) {
    return table_.help(*argument<std::string>(args, "WORD"));
  });
  add("quit", "end the program", [this](const CommandArguments&) {
    quit_ = true;
    return std::string();
  });
}

Status Session::check(const CommandFile& file) const {
  return file.for_each([this](std::string_view line) { return table_.check(line); });
}

Status Session::commit() {
  return dataplane_->router().commit();
}

Status Session::run(const CommandFile& file) {
  const Status done = file.for_each([this](std::string_view line) -> Status {
    const Result<std::string> answer = table_.execute(line);
    if (!answer) return answer.error();
    std::cout << *answer;
    return Ok{};
  });
  const Status committed = commit();
  std::cout << std::flush;
  return done ? committed : done;
}

void Session::run(const std::vector<std::string>& lines) {
  std::string said;
  for (const std::string& line : lines) {
    const Result<std::string> answer = table_.execute(line);
    said += answer ? *answer : "error: " + answer.error().message + "\n";
    if (quit_) break;
  }
  if (const Status committed = commit(); !committed)
    said += "error: " + committed.error().message + "\n";
  std::cout << said << std::flush;
}

Result<std::string> Session::source(const std::string& path) {
  if (depth_ == kMaxDepth) return Error{path + ": files name each other too deeply"};
  Result<CommandFile> file = CommandFile::read(path);
  if (!file) return file.error();
  ++depth_;
  std::string said;
  const Status done = file->for_each([&](std::string_view line) -> Status {
    Result<std::string> answer = table_.execute(line);
    if (!answer) return answer.error();
    said += *answer;
    return Ok{};
  });
  --depth_;
  if (!done) return done.error();
  return said;
}

Result<std::string> Session::detach(PortId port) {
  const bool here =
      std::ranges::find(dataplane_->ports(), port, &Port::id) != dataplane_->ports().end();
  const auto& seen = dataplane_->router().view().ports;
  if (!here || seen[to_u16(port)].removed.load(std::memory_order_relaxed))
    return Error{"there is no " + to_text(LinkRef{port, 0})};
  detached_.push_back(port);
  return std::string();
}

void Session::set_running(bool run) {
  run_ = run;
  if (lcores_ == nullptr || lcores_->running() == run) return;
  if (run) {
    resumed_s_ = seconds();
    lcores_->resume();
    return;
  }
  lcores_->pause();
  ran_s_ += seconds() - resumed_s_;
}

double Session::running_seconds() const {
  const bool running = lcores_ != nullptr && lcores_->running();
  return ran_s_ + (running ? seconds() - resumed_s_ : 0);
}

Stats Session::stats() const {
  Stats stats = collect_stats(*latency_, seconds());
  stats.running_seconds = running_seconds();
  if (lcores_ == nullptr) return stats;
  for (size_t i = 0; i < dataplane_->workers(); ++i) {
    stats.lcores[i].cpu_seconds = lcores_->cpu_seconds(i);
    stats.lcores[i].waited_seconds = static_cast<double>(lcores_->wait_of(i).waited_ns()) * 1e-9;
  }
  return stats;
}

double Session::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

}  // namespace dstfwd
