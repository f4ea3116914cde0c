// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>

namespace dstfwd::bench {

// The scheduler gives the calling thread's CPU to it rather than to others, and these to other
// CPUs: what isolated CPUs are for on a router. Without the right to it, nothing is changed.
inline void claim_cpu() {
  setpriority(PRIO_PROCESS, 0, -20);  // of Linux: the thread, among those of its session
  // And its session among others (sched(7), the autogroup feature).
  std::ofstream("/proc/self/autogroup") << "-20";
}

// Keeps EAL's other lcore polling its clock, until the end of its life: the host must not find one
// virtual CPU idle in some runs and busy in others. Without PAUSE: a host that sees a virtual CPU
// do little else takes it for a waiter and gives its time to the others (pause loop exiting), which
// a collector at work does not do for them.
class LcoreSpin {
 public:
  explicit LcoreSpin(bool wanted) {
    lcore_ = rte_get_next_lcore(static_cast<unsigned>(-1), 1, 0);
    if (!wanted || lcore_ >= RTE_MAX_LCORE) return;
    running_ = rte_eal_remote_launch(spin, this, lcore_) == 0;
  }
  LcoreSpin(const LcoreSpin&) = delete;
  LcoreSpin& operator=(const LcoreSpin&) = delete;
  ~LcoreSpin() {
    stop_.store(true, std::memory_order_relaxed);
    if (running_) rte_eal_wait_lcore(lcore_);
  }

 private:
  static int spin(void* self) {
    while (!static_cast<LcoreSpin*>(self)->stop_.load(std::memory_order_relaxed)) rte_rdtsc();
    return 0;
  }

  std::atomic<bool> stop_{false};
  unsigned lcore_ = 0;
  bool running_ = false;
};

}  // namespace dstfwd::bench
