// SPDX-License-Identifier: BSD-3-Clause
// These calls are experimental in DPDK 22.11, and stable in later releases.
#define ALLOW_EXPERIMENTAL_API
#include "app/lcore_wait.h"

#include <rte_cpuflags.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_pause.h>
#include <rte_power_intrinsics.h>
#include <sys/prctl.h>

#include <array>
#include <ctime>

namespace dstfwd {
namespace {

constexpr double kFirst_s = 1e-6;   // the first wait
constexpr double kSpin_s = 10e-6;   // up to here a sleep would cost more than it saves
constexpr size_t kMaxWatched = 64;  // queues
constexpr unsigned long kSlack_ns = 1000;

uint64_t ticks(double seconds, uint64_t tsc_hz) {
  return static_cast<uint64_t>(seconds * static_cast<double>(tsc_hz));
}

// The words of memory to watch. Empty: a driver cannot tell.
size_t watched(const std::vector<QueueOfPort>& rx,
               std::array<rte_power_monitor_cond, kMaxWatched>& on) {
  if (rx.size() > kMaxWatched) return 0;
  for (size_t i = 0; i < rx.size(); ++i) {
    if (rte_eth_get_monitor_addr(to_u16(rx[i].port), rx[i].queue, &on[i]) != 0) return 0;
  }
  return rx.size();
}

WaitMethod choose(const std::vector<QueueOfPort>& rx) {
  rte_cpu_intrinsics cpu{};
  rte_cpu_get_intrinsics_support(&cpu);
  std::array<rte_power_monitor_cond, kMaxWatched> on{};
  const size_t queues = watched(rx, on);
  if (queues == 1 && cpu.power_monitor) return WaitMethod::kMonitor;
  if (queues > 1 && cpu.power_monitor_multi) return WaitMethod::kMonitor;
  return cpu.power_pause ? WaitMethod::kPause : WaitMethod::kSleep;
}

// False: the driver has changed its mind.
bool monitor(const std::vector<QueueOfPort>& rx, uint64_t deadline_tsc) noexcept {
  std::array<rte_power_monitor_cond, kMaxWatched> on{};
  const size_t queues = watched(rx, on);
  if (queues == 0) return false;
  if (queues == 1) return rte_power_monitor(on.data(), deadline_tsc) == 0;
  return rte_power_monitor_multi(on.data(), static_cast<uint32_t>(queues), deadline_tsc) == 0;
}

void sleep_ns(uint64_t ns) noexcept {
  const timespec time{static_cast<time_t>(ns / 1'000'000'000),
                      static_cast<long>(ns % 1'000'000'000)};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

}  // namespace

std::string_view name(WaitMethod method) noexcept {
  switch (method) {
    case WaitMethod::kMonitor:
      return "monitor";
    case WaitMethod::kPause:
      return "pause";
    case WaitMethod::kSleep:
      break;
  }
  return "sleep";
}

LcoreWait::LcoreWait(LcoreWaitConfig config)
    : config_(std::move(config)),
      scale_(config_.tsc_hz),
      back_off_({ticks(kFirst_s, config_.tsc_hz), ticks(config_.bound_s, config_.tsc_hz)}),
      method_(config_.bound_s > 0 ? choose(config_.rx) : WaitMethod::kSleep) {}

void LcoreWait::rest(uint64_t wait_tsc, uint64_t deadline_tsc) noexcept {
  if (wait_tsc <= ticks(kSpin_s, config_.tsc_hz)) {
    while (rte_rdtsc() < deadline_tsc) rte_pause();
    return;
  }
  // The kernel lets a thread oversleep by 50 us unless it is told otherwise (prctl(2)).
  if (!slack_is_set_) prctl(PR_SET_TIMERSLACK, kSlack_ns);
  slack_is_set_ = true;
  sleep_ns(scale_.to_ns(wait_tsc));
}

void LcoreWait::wait(uint64_t wait_tsc) noexcept {
  const uint64_t began_tsc = rte_rdtsc();
  const uint64_t deadline_tsc = began_tsc + wait_tsc;
  // The CPU may end these early; the lcore polls then, and waits again if there is nothing.
  bool waited = false;
  if (method_ == WaitMethod::kMonitor) waited = monitor(config_.rx, deadline_tsc);
  if (method_ == WaitMethod::kPause) waited = rte_power_pause(deadline_tsc) == 0;
  if (!waited) rest(wait_tsc, deadline_tsc);
  waits_.add(1);
  waited_ns_.add(scale_.to_ns(rte_rdtsc() - began_tsc));
}

}  // namespace dstfwd
