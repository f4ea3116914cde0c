// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <atomic>

namespace dstfwd::bench {

// Keeps EAL's other lcore polling, as the collector's lcore would, until the end of its life: the
// host must not find one virtual CPU idle in some runs and busy in others.
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
    while (!static_cast<LcoreSpin*>(self)->stop_.load(std::memory_order_relaxed)) rte_pause();
    return 0;
  }

  std::atomic<bool> stop_{false};
  unsigned lcore_ = 0;
  bool running_ = false;
};

}  // namespace dstfwd::bench
