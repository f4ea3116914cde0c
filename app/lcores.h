// SPDX-License-Identifier: BSD-3-Clause
// The threads that poll: forwarding lcores, and the collector's.
//
// Theory of operations
//   Each forwarding lcore turns its worker's loop, and looks at one word that says what to do. Each
//   collector's lcore runs it as an rte_service, or, when it is EAL's main lcore, on the main
//   thread. Paused, a forwarding lcore has sent what it had, is offline for grace periods, and
//   sleeps.
// Threads
//   launch, run_main: the main thread. resume, pause, end: control thread.
// Ordering
//   (A) the control thread's release store of the state pairs with (B) the lcores' acquire loads:
//   what was configured before is seen. (C) a lcore's release increment of `paused_` or `ended_`
//   pairs with (D) the control thread's acquire load: what the lcore did before is over.
#pragma once

#include <atomic>

#include "app/dataplane.h"
#include "app/lcore_wait.h"

namespace dstfwd {

class Lcores {
 public:
  // Starts all threads but the main one, paused. dataplane outlives it. wait_s: an lcore that finds
  // no packets waits before it polls again, for that long at most; 0: it always polls.
  static Result<std::unique_ptr<Lcores>> launch(Dataplane& dataplane, double wait_s = 0);
  Lcores(const Lcores&) = delete;
  Lcores& operator=(const Lcores&) = delete;
  ~Lcores();  // end()

  // The main lcore's part, until end(): returns at once when it has none.
  void run_main();

  // Both wait until each forwarding lcore polls, or none, but never for long.
  void resume() noexcept;
  void pause() noexcept;
  // CPU time of a forwarding lcore's loop, up to its last pause: less than the time by the clock
  // where it shared its CPU. Any thread.
  double cpu_seconds(size_t worker) const noexcept {
    return static_cast<double>(cpu_ns_[worker].load(std::memory_order_relaxed)) * 1e-9;
  }
  const LcoreWait& wait_of(size_t worker) const noexcept { return *waits_[worker]; }
  bool running() const noexcept { return runs(state_.load(std::memory_order_relaxed)); }
  // For tests of the stall watch: a forwarding lcore does not poll for so long, once; the others go
  // on. False: lcores do not run, or one is stalled. Control thread.
  bool stall(size_t worker, uint64_t ticks) noexcept;
  // All threads have left the dataplane when it returns. May be called twice.
  void end() noexcept;

 private:
  enum class State : uint8_t { kRun, kStall, kPause, kEnd };  // kStall: all but one run
  static bool runs(State state) noexcept { return state <= State::kStall; }
  Lcores(Dataplane& dataplane, double wait_s);

  Status launch_workers();
  Status launch_collectors();
  Status launch_service(size_t index);
  void forward(size_t index) noexcept;
  void turn(size_t index) noexcept;
  void stall_if_told(size_t index) noexcept;
  void collect(size_t index) noexcept;
  void collect_once(size_t index) noexcept;
  uint64_t polls_of(size_t index) const noexcept {
    return dataplane_->worker(index).counters().polls.get();
  }
  // One of Dataplane::gc_lcores(), as an rte_service.
  struct Service {
    Lcores* self;
    size_t index;
    unsigned lcore;
    uint32_t id;
    bool on_lcore = false;  // the lcore is a service core
  };
  static int32_t serve(void* service) noexcept;
  static void end_service(const Service& service) noexcept;
  State state() const noexcept { return state_.load(std::memory_order_acquire); }  // (B)

  Dataplane* dataplane_;
  std::vector<std::unique_ptr<LcoreWait>> waits_;     // by worker
  std::vector<std::unique_ptr<LcoreWait>> gc_waits_;  // by position in Dataplane::gc_lcores()
  std::vector<std::atomic<uint64_t>> cpu_ns_;
  std::atomic<State> state_{State::kPause};
  std::atomic<unsigned> paused_{0};
  size_t stalled_ = 0;  // in kStall, that worker, for so long
  uint64_t stall_ticks_ = 0;
  std::atomic<bool> main_done_{true};
  std::optional<size_t> main_worker_;
  std::optional<size_t> main_collects_;  // position in Dataplane::gc_lcores()
  std::vector<unsigned> launched_;
  std::vector<std::unique_ptr<Service>> services_;
};

}  // namespace dstfwd
