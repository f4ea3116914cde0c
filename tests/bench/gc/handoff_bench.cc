// SPDX-License-Identifier: BSD-3-Clause
// What it costs a producer to hand a dead entry over: this collector's retire(), DPDK's deferred
// queue, liburcu's call_rcu, and the two ways that need no grace period and give none. Each round
// hands over kRound entries; what is then done with them is not in the time.
#include <rte_rcu_qsbr.h>
#include <rte_spinlock.h>
#define RCU_MEMBARRIER
#include <urcu-qsbr.h>

#include "tests/bench/gc/rig.h"

namespace dstgc::bench {
namespace {

constexpr uint32_t kRound = 1U << 15U;
constexpr uint32_t kBurst = 32;

void report(benchmark::State& state, uint64_t tsc) {
  state.SetIterationTime(seconds(tsc));
  state.counters["cycles"] = static_cast<double>(tsc) / kRound;
}

// A peer has hand_over(index) and, out of the time, settle().
template <typename Peer>
void run(benchmark::State& state, Peer& peer) {
  for (auto unused : state) {
    const uint64_t began_tsc = rte_rdtsc();
    for (uint32_t i = 0; i < kRound; ++i) peer.hand_over(i);
    report(state, rte_rdtsc() - began_tsc);
    peer.settle();
  }
}

class Ours {
 public:
  Ours() : collector_(make_collector(2 * kRound, 2 * kRound)), entries_(kRound) { refill(); }
  Producer& producer() { return collector_->producer(ProducerId{0}); }
  std::span<const EntryIndex> burst(uint32_t i) const { return {&entries_[i], kBurst}; }
  void hand_over(uint32_t i) { producer().retire(entries_[i]); }
  void settle() {
    const uint64_t before = collector_->stats().retired;
    while (collector_->stats().reclaimed < before) collector_->step({1U << 20U, 0}, rte_rdtsc());
    refill();
  }

 private:
  void refill() {
    for (EntryIndex& entry : entries_) entry = producer().allocate(PoolId{0});
  }
  std::unique_ptr<Collector> collector_;
  std::vector<EntryIndex> entries_;
};

void handoff_burst32(benchmark::State& state) {
  Ours ours;
  for (auto unused : state) {
    const uint64_t began_tsc = rte_rdtsc();
    for (uint32_t i = 0; i < kRound; i += kBurst) ours.producer().retire(ours.burst(i));
    report(state, rte_rdtsc() - began_tsc);
    ours.settle();
  }
}

void handoff_single(benchmark::State& state) {
  Ours ours;
  run(state, ours);
}

// rte_rcu_qsbr_dq, with reclamation on the caller put off for as long as it can be.
class DeferredQueue {
 public:
  DeferredQueue() {
    const size_t bytes = rte_rcu_qsbr_get_memsize(1);
    qsbr_ = static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, bytes));
    rte_rcu_qsbr_init(qsbr_, 1);
    rte_rcu_qsbr_dq_parameters parameters{};
    parameters.name = "bench";
    parameters.flags = RTE_RCU_QSBR_DQ_MT_UNSAFE;
    parameters.size = 2 * kRound - 1;
    parameters.esize = sizeof(uint32_t);
    parameters.trigger_reclaim_limit = 2 * kRound;
    parameters.max_reclaim_size = kRound;
    parameters.free_fn = [](void*, void*, unsigned) {};
    parameters.v = qsbr_;
    queue_ = rte_rcu_qsbr_dq_create(&parameters);
    if (queue_ == nullptr) std::exit(1);
  }
  ~DeferredQueue() {
    rte_rcu_qsbr_dq_delete(queue_);
    std::free(qsbr_);
  }
  DeferredQueue(const DeferredQueue&) = delete;
  DeferredQueue& operator=(const DeferredQueue&) = delete;
  void hand_over(uint32_t i) { rte_rcu_qsbr_dq_enqueue(queue_, &i); }
  void settle() {
    unsigned pending = 1;
    while (pending != 0) rte_rcu_qsbr_dq_reclaim(queue_, kRound, nullptr, &pending, nullptr);
  }

 private:
  rte_rcu_qsbr* qsbr_;
  rte_rcu_qsbr_dq* queue_;
};

class CallRcu {
 public:
  CallRcu() : heads_(kRound) { urcu_qsbr_register_thread(); }
  ~CallRcu() { urcu_qsbr_unregister_thread(); }
  CallRcu(const CallRcu&) = delete;
  CallRcu& operator=(const CallRcu&) = delete;
  void hand_over(uint32_t i) {
    urcu_qsbr_call_rcu(&heads_[i], [](rcu_head*) {});
  }
  void settle() { urcu_qsbr_barrier(); }

 private:
  std::vector<rcu_head> heads_;
};

struct Node {
  Node* next;
};

class SpinlockList {
 public:
  SpinlockList() : nodes_(kRound) {}
  void hand_over(uint32_t i) {
    rte_spinlock_lock(&lock_);
    nodes_[i].next = head_;
    head_ = &nodes_[i];
    rte_spinlock_unlock(&lock_);
  }
  void settle() {
    benchmark::DoNotOptimize(head_);
    head_ = nullptr;
  }

 private:
  std::vector<Node> nodes_;
  rte_spinlock_t lock_ = RTE_SPINLOCK_INITIALIZER;
  Node* head_ = nullptr;
};

class LockFreeStack {
 public:
  LockFreeStack() : nodes_(kRound) {}
  void hand_over(uint32_t i) {
    Node* head = head_.load(std::memory_order_relaxed);
    do {
      nodes_[i].next = head;
    } while (!head_.compare_exchange_weak(head, &nodes_[i], std::memory_order_release,
                                          std::memory_order_relaxed));
  }
  void settle() { head_.store(nullptr, std::memory_order_relaxed); }

 private:
  std::vector<Node> nodes_;
  std::atomic<Node*> head_{nullptr};
};

template <typename Peer>
void handoff(benchmark::State& state) {
  Peer peer;
  run(state, peer);
}

void rounds(benchmark::internal::Benchmark* b) {
  b->UseManualTime()->Iterations(50);
}
BENCHMARK(handoff_burst32)->Apply(rounds);
BENCHMARK(handoff_single)->Apply(rounds);
BENCHMARK(handoff<DeferredQueue>)->Name("handoff_qsbr_dq")->Apply(rounds);
BENCHMARK(handoff<CallRcu>)->Name("handoff_call_rcu")->Apply(rounds);
BENCHMARK(handoff<SpinlockList>)->Name("handoff_spinlock_list")->Apply(rounds);
BENCHMARK(handoff<LockFreeStack>)->Name("handoff_lock_free_stack")->Apply(rounds);

}  // namespace
}  // namespace dstgc::bench
