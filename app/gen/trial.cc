// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/trial.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sched.h>

#include <chrono>
#include <limits>
#include <thread>

#include "app/gen/frame_source.h"
#include "app/gen/sender.h"

namespace dstfwd::gen {
namespace {

constexpr double kLead_s = 0.01;      // from set-up to the first frame: lcores have to start
constexpr double kOvertime_s = 0.05;  // for frames that were due just before the end
constexpr unsigned kLastBursts = 1024;

// The lcores' shared state of one trial.
template <typename Source>
struct Run {
  Sender<Source> sender;
  Receiver receiver;
  uint64_t end_tsc;                   // no frame is sent from here on
  uint64_t limit;                     // frames at most
  uint64_t drain_tsc;                 // ticks
  bool by_turns;                      // the sender's lcore receives, too
  std::atomic<bool> stop{false};      // end early
  std::atomic<bool> drained{false};   // nothing is under way
  std::atomic<bool> received{false};  // the drain is over
  std::atomic<uint64_t> sent_end_tsc{0};

  void send() noexcept {
    uint64_t now_tsc = rte_rdtsc();
    while (now_tsc < end_tsc && sender.counters().sent.get() < limit &&
           !stop.load(std::memory_order_relaxed)) {
      sender.step(now_tsc, limit);
      if (by_turns) receiver.step();
      now_tsc = rte_rdtsc();
    }
    sent_end_tsc.store(now_tsc, std::memory_order_relaxed);
    const uint64_t over_tsc = now_tsc + drain_tsc;
    // Acquire: the frames of whoever says so are in the receive queue.
    while (rte_rdtsc() < over_tsc && !drained.load(std::memory_order_acquire))
      if (by_turns) receiver.step();
    if (by_turns) receive_rest();
    received.store(true, std::memory_order_release);
  }
  void receive() noexcept {
    while (!received.load(std::memory_order_acquire)) receiver.step();
    receive_rest();
  }
  // What came in time, however late this lcore is.
  void receive_rest() noexcept {
    for (unsigned i = 0; i < kLastBursts && receiver.step() != 0; ++i) {
    }
  }
};

// Threads inherit the lcore's CPU, where the loop spins: this one goes anywhere.
void leave_lcore() {
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
  pthread_setaffinity_np(pthread_self(), sizeof all, &all);
}

// Prints by periods, and looks whether to stop.
template <typename Source>
void watch_run(Run<Source>& run, const std::stop_token& over, const TrialWatch& watch,
               double period_s) {
  leave_lcore();
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const auto seconds = [](auto span) { return std::chrono::duration<double>(span).count(); };
  TrialPeriod before;
  double next_s = period_s;
  uint64_t sent = 0;
  uint64_t received = 0;
  while (!over.stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (watch.stop && watch.stop()) run.stop.store(true, std::memory_order_relaxed);
    if (watch.drained && watch.drained()) run.drained.store(true, std::memory_order_release);
    const double now_s = seconds(Clock::now() - start);
    if (period_s <= 0 || !watch.period || now_s < next_s) continue;
    next_s += period_s;
    TrialPeriod period{now_s, run.sender.counters().sent.get() - sent,
                       run.receiver.counters().received.get() - received,
                       run.receiver.latency().snapshot()};
    sent += period.sent;
    received += period.received;
    HistogramSnapshot whole = period.latency;
    period.latency.subtract(before.latency);
    before.latency = std::move(whole);
    watch.period(period);
  }
}

template <typename Source>
void run_lcores(Run<Source>& run, const TrialLinks& links) {
  const auto launch = [&](unsigned lcore, auto function) {
    rte_eal_remote_launch(function, &run, lcore);
  };
  if (links.rx_lcore)
    launch(*links.rx_lcore, [](void* r) {
      static_cast<Run<Source>*>(r)->receive();
      return 0;
    });
  if (links.tx_lcore) {
    launch(*links.tx_lcore, [](void* r) {
      static_cast<Run<Source>*>(r)->send();
      return 0;
    });
    rte_eal_wait_lcore(*links.tx_lcore);
  } else {
    run.send();
  }
  if (links.rx_lcore) rte_eal_wait_lcore(*links.rx_lcore);
}

template <typename Source>
TrialResult result_of(const Run<Source>& run, const TrialConfig& config, TscScale scale,
                      uint64_t start_tsc, uint64_t due) {
  const SenderCounters& sent = run.sender.counters();
  const ReceiverCounters& received = run.receiver.counters();
  TrialResult result;
  result.asked_pps = config.packets_per_s;
  const uint64_t end_tsc = run.sent_end_tsc.load(std::memory_order_relaxed);
  result.seconds =
      end_tsc > start_tsc ? static_cast<double>(scale.to_ns(end_tsc - start_tsc)) / 1e9 : 0;
  result.sent = sent.sent.get();
  result.sent_bytes = sent.sent_bytes.get();
  result.unsent = due > result.sent ? due - result.sent : 0;
  result.received = received.received.get();
  result.received_bytes = received.received_bytes.get();
  result.foreign = received.foreign.get();
  result.latest_ns = scale.to_ns(sent.latest_ticks.load(std::memory_order_relaxed));
  result.no_mbuf = sent.no_mbuf.get();
  result.order = run.receiver.order();
  result.latency = run.receiver.latency().snapshot();
  return result;
}

template <typename Source>
TrialResult run_source(Source source, const TrialConfig& config, const TrialLinks& links,
                       const TrialTraffic& traffic, const TrialWatch& watch, uint64_t start_tsc) {
  const uint64_t hz = rte_get_tsc_hz();
  const TscScale scale(hz);
  const auto ticks = [&](double s) { return static_cast<uint64_t>(s * static_cast<double>(hz)); };
  const bool paced = traffic.capture == nullptr && config.packets_per_s > 0;
  const auto scheduled = static_cast<uint64_t>(config.packets_per_s * config.duration_s);
  uint64_t limit = paced ? scheduled : std::numeric_limits<uint64_t>::max();
  if (config.max_frames != 0) limit = std::min(limit, config.max_frames);
  ReceiverConfig receive{links.rx_port, 0, traffic.frames.trial,
                         static_cast<uint64_t>(config.packets_per_s * config.warmup_s),
                         traffic.capture == nullptr};
  auto run = std::unique_ptr<Run<Source>>(
      new Run<Source>{{std::move(source), links.tx_port, 0, links.pool},
                      {receive, FlowPlan(traffic.flows), scale},
                      start_tsc + ticks(config.duration_s + (paced ? kOvertime_s : 0)),
                      limit,
                      ticks(config.drain_s),
                      !links.rx_lcore});
  {
    std::jthread watcher(
        [&](const std::stop_token& over) { watch_run(*run, over, watch, config.period_s); });
    run_lcores(*run, links);
  }
  const bool stopped = run->stop.load(std::memory_order_relaxed);
  const uint64_t due = paced && !stopped ? limit : run->sender.counters().sent.get();
  TrialResult result = result_of(*run, config, scale, start_tsc, due);
  result.judged = receive.judge;
  return result;
}

}  // namespace

TrialResult run_trial(const TrialConfig& config, const TrialLinks& links,
                      const TrialTraffic& traffic, const TrialWatch& watch) {
  const uint64_t hz = rte_get_tsc_hz();
  const uint64_t start_tsc = rte_rdtsc() + static_cast<uint64_t>(kLead_s * static_cast<double>(hz));
  if (traffic.capture != nullptr)
    return run_source(ReplaySource(*traffic.capture, traffic.replay, start_tsc, TscScale(hz)),
                      config, links, traffic, watch, start_tsc);
  const FrameBuilder builder(traffic.frames, FlowPlan(traffic.flows), traffic.sizes);
  return run_source(FrameSource(builder, Pacer(start_tsc, hz, config.packets_per_s)), config, links,
                    traffic, watch, start_tsc);
}

}  // namespace dstfwd::gen
