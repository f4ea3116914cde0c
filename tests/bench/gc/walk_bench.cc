// SPDX-License-Identifier: BSD-3-Clause
// One walk over N dead entries that are all referenced: the collector's, and that of Linux'
// dst_gc_task() before and after 2007: a linked list in the order of arrival, which has nothing to
// do with the order in memory.
#include <numeric>
#include <random>

#include "tests/bench/gc/rig.h"

namespace dstgc::bench {
namespace {

struct alignas(64) LinuxDst {
  LinuxDst* next;
  std::atomic<int> refcnt;
};

class LinuxList {
 public:
  explicit LinuxList(uint32_t entries)
      : memory_(good(Memory::map(entries * sizeof(LinuxDst), -1))),
        dsts_(static_cast<LinuxDst*>(memory_.data())) {
    std::vector<uint32_t> order(entries);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937(2007));
    for (uint32_t i = 0; i < entries; ++i) {
      LinuxDst& dst = dsts_[order[i]];
      dst.next = i + 1 < entries ? &dsts_[order[i + 1]] : nullptr;
      dst.refcnt.store(1, std::memory_order_relaxed);
    }
    head_ = &dsts_[order[0]];
  }

  // What the walk did to entries that stay: looks at the count, and goes on (with the next one
  // prefetched, as there).
  uint64_t walk() const noexcept {
    uint64_t delayed = 0;
    for (LinuxDst* dst = head_; dst != nullptr;) {
      LinuxDst* const next = dst->next;
      __builtin_prefetch(next);
      if (dst->refcnt.load(std::memory_order_relaxed) != 0) ++delayed;
      dst = next;
    }
    return delayed;
  }

 private:
  Memory memory_;
  LinuxDst* dsts_;
  LinuxDst* head_;
};

void report(benchmark::State& state, uint64_t tsc, uint32_t entries) {
  state.SetIterationTime(seconds(tsc));
  state.counters["ns"] = seconds(tsc) * 1e9 / entries;
}

void walk_ours(benchmark::State& state) {
  const auto entries = static_cast<uint32_t>(state.range(0));
  static std::unique_ptr<Collector> collector;
  static uint32_t made = 0;
  if (made != entries) {
    collector.reset();
    collector = make_busy(made = entries);
  }
  for (auto unused : state) {
    collector->kick();
    uint64_t looked = 0, spent_tsc = 0;
    while (looked < entries) {  // a walk begins some time after the kick: that is not its cost
      const uint64_t began_tsc = rte_rdtsc();
      const uint32_t n = collector->step({1U << 30U, 0}, began_tsc).looked_at;
      if (n != 0) spent_tsc += rte_rdtsc() - began_tsc;
      looked += n;
    }
    report(state, spent_tsc, entries);
  }
}

void walk_linked_list(benchmark::State& state) {
  const auto entries = static_cast<uint32_t>(state.range(0));
  static std::unique_ptr<LinuxList> list;
  static uint32_t made = 0;
  if (made != entries) {
    list.reset();
    list = std::make_unique<LinuxList>(made = entries);
  }
  for (auto unused : state) {
    const uint64_t began_tsc = rte_rdtsc();
    benchmark::DoNotOptimize(list->walk());
    report(state, rte_rdtsc() - began_tsc, entries);
  }
}

// Sizes one after the other, so that one is in memory at a time; ours and the list's in turn.
void sizes(benchmark::internal::Benchmark* b) {
  b->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->UseManualTime()->Iterations(1);
}
BENCHMARK(walk_ours)->Apply(sizes);
BENCHMARK(walk_linked_list)->Apply(sizes);

}  // namespace
}  // namespace dstgc::bench
