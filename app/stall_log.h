// SPDX-License-Identifier: BSD-3-Clause
// The stall watch at work: a thread of its own, so that whatever the control thread does (a large
// command file, a full table) does not delay it, nor it the control thread.
//
// Threads
//   The constructor and stop(): the main and the control thread, one after the other. It reads what
//   lcores publish, and writes to stderr.
#pragma once

#include <sched.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/dataplane.h"
#include "fwd/stall_watch.h"

namespace dstfwd {

class StallLog {
 public:
  // Looks at all lcores every half --stall-threshold; no thread when that is 0. cpus: those that it
  // may use; of them, those that no lcore polls on, if there are any. dataplane outlives it.
  StallLog(const Dataplane& dataplane, const cpu_set_t& cpus);
  StallLog(const StallLog&) = delete;
  StallLog& operator=(const StallLog&) = delete;
  ~StallLog() { stop(); }

  // Before lcores end: from then on nobody is expected to poll.
  void stop() noexcept;

 private:
  void run(const std::stop_token& stop, StallWatch watch);

  std::mutex lock_;
  std::condition_variable_any sleep_;
  std::jthread thread_;
};

}  // namespace dstfwd
