// SPDX-License-Identifier: BSD-3-Clause
#include "app/lcores.h"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_service.h>
#include <rte_service_component.h>

#include <chrono>
#include <ctime>
#include <thread>

namespace dstfwd {
namespace {

using namespace std::chrono_literals;
constexpr auto kPausedNap = 100us;
constexpr auto kPatience = 50ms;  // for lcores to notice what they shall do

uint64_t thread_cpu_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

Error failed(std::string_view what, int code) {
  return {"collector's lcore: " + std::string(what) + ": " + std::to_string(code)};
}

}  // namespace

Lcores::Lcores(Dataplane& dataplane, double wait_s)
    : dataplane_(&dataplane), cpu_ns_(dataplane.workers()) {
  for (const ForwardingLcore& lcore : dataplane.layout().ports.lcores)
    waits_.push_back(
        std::make_unique<LcoreWait>(LcoreWaitConfig{rte_get_tsc_hz(), wait_s, lcore.rx}));
  for (size_t i = 0; i < dataplane.gc_lcores().size(); ++i)
    gc_waits_.push_back(std::make_unique<LcoreWait>(LcoreWaitConfig{rte_get_tsc_hz(), wait_s, {}}));
}

Result<std::unique_ptr<Lcores>> Lcores::launch(Dataplane& dataplane, double wait_s) {
  std::unique_ptr<Lcores> lcores(new Lcores(dataplane, wait_s));
  if (Status workers = lcores->launch_workers(); !workers) return workers.error();
  if (Status collectors = lcores->launch_collectors(); !collectors) return collectors.error();
  lcores->main_done_ = !lcores->main_worker_ && !lcores->main_collects_;
  return lcores;
}

Lcores::~Lcores() {
  end();
}

Status Lcores::launch_workers() {
  const auto& plan = dataplane_->layout().ports.lcores;
  for (size_t i = 0; i < plan.size(); ++i) {
    const unsigned lcore = plan[i].lcore;
    if (lcore == rte_get_main_lcore()) {
      main_worker_ = i;
      continue;
    }
    struct Start {
      Lcores* self;
      size_t index;
    };
    const auto run = [](void* argument) {
      const std::unique_ptr<Start> start(static_cast<Start*>(argument));
      start->self->forward(start->index);
      return 0;
    };
    auto start = std::make_unique<Start>(Start{this, i});
    const int code = rte_eal_remote_launch(run, start.get(), lcore);
    if (code != 0)
      return Error{"lcore " + std::to_string(lcore) + " is not free: " + std::to_string(code)};
    (void)start.release();
    launched_.push_back(lcore);
  }
  return Ok{};
}

Status Lcores::launch_collectors() {
  const GcLcores& gc = dataplane_->gc_lcores();
  for (size_t i = 0; i < gc.size(); ++i) {
    if (gc.lcore(i) == rte_get_main_lcore()) {
      main_collects_ = i;
    } else if (Status launched = launch_service(i); !launched) {
      return launched;
    }
  }
  return Ok{};
}

Status Lcores::launch_service(size_t index) {
  const unsigned lcore = dataplane_->gc_lcores().lcore(index);
  auto service = std::make_unique<Service>(Service{this, index, lcore, 0});
  rte_service_spec spec{};
  std::snprintf(spec.name, sizeof spec.name, "dstgc%zu", index);
  spec.callback = serve;
  spec.callback_userdata = service.get();
  spec.socket_id = static_cast<int>(rte_lcore_to_socket_id(lcore));
  int code = rte_service_component_register(&spec, &service->id);
  if (code != 0) return failed("register", code);
  Service& its = *services_.emplace_back(std::move(service));
  rte_service_component_runstate_set(its.id, 1);
  code = rte_service_lcore_add(lcore);
  if (code != 0 && code != -EALREADY) return failed("make it a service core", code);
  its.on_lcore = true;
  code = rte_service_map_lcore_set(its.id, lcore, 1);
  if (code != 0) return failed("map", code);
  code = rte_service_runstate_set(its.id, 1);
  if (code != 0) return failed("run", code);
  code = rte_service_lcore_start(lcore);
  if (code != 0 && code != -EALREADY) return failed("start", code);
  return Ok{};
}

int32_t Lcores::serve(void* service) noexcept {
  const Service& its = *static_cast<Service*>(service);
  its.self->collect_once(its.index);
  return 0;
}

void Lcores::run_main() {
  if (main_worker_) forward(*main_worker_);
  if (main_collects_) collect(*main_collects_);
  main_done_.store(true, std::memory_order_release);  // (C)
}

void Lcores::collect(size_t index) noexcept {
  while (state() != State::kEnd) collect_once(index);
}

void Lcores::collect_once(size_t index) noexcept {
  GcLcores& lcores = dataplane_->gc_lcores();
  LcoreWait& idle = *gc_waits_[index];
  const bool worked = lcores.collect(index, rte_rdtsc());
  if (!worked) rte_pause();  // leaves the core to its other hyperthread, which may forward
  const uint64_t wait_tsc = idle.polled(!worked);
  if (wait_tsc == 0) [[likely]]
    return;
  lcores.rest(index);
  idle.wait(wait_tsc);
}

void Lcores::forward(size_t index) noexcept {
  while (state() != State::kEnd) {
    if (runs(state())) turn(index);
    paused_.fetch_add(1, std::memory_order_release);  // (C)
    while (state() == State::kPause) std::this_thread::sleep_for(kPausedNap);
    paused_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void Lcores::turn(size_t index) noexcept {
  Worker& worker = dataplane_->worker(index);
  dstgc::Producer& producer = dataplane_->producer(index);
  LcoreWait& idle = *waits_[index];
  const uint64_t began_ns = thread_cpu_ns();
  producer.online();
  for (State now = state(); runs(now); now = state()) {
    if (now == State::kStall) [[unlikely]]
      stall_if_told(index);
    const bool empty = worker.poll_once(rte_rdtsc()) == 0;
    const uint64_t wait_tsc = idle.polled(empty);
    if (wait_tsc != 0) [[unlikely]] {
      worker.pause();
      idle.wait(wait_tsc);
    }
  }
  worker.flush();
  producer.quiescent();
  producer.offline();
  cpu_ns_[index].fetch_add(thread_cpu_ns() - began_ns, std::memory_order_relaxed);
}

void Lcores::stall_if_told(size_t index) noexcept {
  if (index != stalled_) return;
  dataplane_->worker(index).stall();
  const uint64_t began_tsc = rte_rdtsc();
  while (rte_rdtsc() - began_tsc < stall_ticks_ && state() == State::kStall) rte_pause();
  State stalled = State::kStall;  // unless told otherwise meanwhile
  state_.compare_exchange_strong(stalled, State::kRun, std::memory_order_relaxed);
}

bool Lcores::stall(size_t worker, uint64_t ticks) noexcept {
  if (state_.load(std::memory_order_relaxed) != State::kRun) return false;
  stalled_ = worker;
  stall_ticks_ = ticks;
  state_.store(State::kStall, std::memory_order_release);  // (A)
  return true;
}

void Lcores::resume() noexcept {
  std::vector<uint64_t> polls;
  for (size_t i = 0; i < dataplane_->workers(); ++i) polls.push_back(polls_of(i));
  state_.store(State::kRun, std::memory_order_release);  // (A)
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (size_t i = 0; i < polls.size(); ++i) {
    while (polls_of(i) == polls[i] && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(kPausedNap);
  }
}

void Lcores::pause() noexcept {
  state_.store(State::kPause, std::memory_order_release);  // (A)
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (paused_.load(std::memory_order_acquire) < dataplane_->workers() &&  // (D)
         std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(kPausedNap);
}

void Lcores::end() noexcept {
  state_.store(State::kEnd, std::memory_order_release);  // (A)
  for (const unsigned lcore : launched_) rte_eal_wait_lcore(lcore);
  launched_.clear();
  while (!main_done_.load(std::memory_order_acquire))  // (D)
    std::this_thread::sleep_for(kPausedNap);
  for (const auto& service : services_) end_service(*service);
  services_.clear();
}

void Lcores::end_service(const Service& service) noexcept {
  rte_service_runstate_set(service.id, 0);
  if (service.on_lcore) {
    // The lcore itself clears the mark, as long as the service is still mapped to it.
    while (rte_service_may_be_active(service.id) == 1) std::this_thread::sleep_for(kPausedNap);
    rte_service_map_lcore_set(service.id, service.lcore, 0);
    rte_service_lcore_stop(service.lcore);
    rte_eal_wait_lcore(service.lcore);
  }
  rte_service_component_unregister(service.id);
}

}  // namespace dstfwd
