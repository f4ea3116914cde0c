// SPDX-License-Identifier: BSD-3-Clause
// An idle lcore's wait, in the cheapest way that the CPU and the time allow (--power adaptive).
//
// Theory of operations
//   Where the CPU can watch memory (WAITPKG's UMWAIT, AMD's MONITORX) and the driver tells which
//   word its next packet changes, the lcore waits for that or for the deadline. A CPU with WAITPKG
//   alone pauses until the deadline (TPAUSE). Elsewhere short waits spin on rte_pause(), and longer
//   ones sleep in the kernel: only this mode makes a system call on a forwarding lcore.
//   (rte_power_monitor() and its like; rte_power_pmd_mgmt was not used: it counts empty polls in a
//   callback of each receive queue, on every poll, and knows nothing of the work that the loop has
//   besides.)
// Threads
//   The lcore's own. slept_ns, waits: any thread.
#pragma once

#include <vector>

#include "app/port_plan.h"
#include "fwd/back_off.h"
#include "fwd/lcore_counters.h"
#include "fwd/tsc_scale.h"

namespace dstfwd {

enum class WaitMethod : uint8_t { kMonitor, kPause, kSleep };
std::string_view name(WaitMethod method) noexcept;

struct LcoreWaitConfig {
  uint64_t tsc_hz = 0;
  double bound_s = 0;             // of one wait; 0: never waits
  std::vector<QueueOfPort> rx{};  // what it waits for, where that can be watched
};

class alignas(2 * dstgc::kCacheLine) LcoreWait {
 public:
  explicit LcoreWait(LcoreWaitConfig config);

  // After a poll, whether it found nothing: for how long to wait(); 0: not at all.
  uint64_t polled(bool empty) noexcept { return back_off_.polled(empty); }
  void wait(uint64_t wait_tsc) noexcept;

  WaitMethod method() const noexcept { return method_; }
  uint64_t waits() const noexcept { return waits_.get(); }
  uint64_t waited_ns() const noexcept { return waited_ns_.get(); }

 private:
  // Where the CPU has nothing better.
  void rest(uint64_t wait_tsc, uint64_t deadline_tsc) noexcept;

  LcoreWaitConfig config_;
  TscScale scale_;
  BackOff back_off_;
  WaitMethod method_;
  bool slack_is_set_ = false;
  Counter waits_, waited_ns_;
};

}  // namespace dstfwd
