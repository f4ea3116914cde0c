// SPDX-License-Identifier: BSD-3-Clause
// Producer and collector on a CPU each: how many entries a second go round (allocate, retire, grace
// period, destroy, free), and how long one takes from its retirement to its end.
#include "fwd/histogram.h"
#include "tests/bench/gc/rig.h"

namespace dstgc::bench {
namespace {

constexpr uint32_t kBurst = 32;
constexpr double kRun_s = 1.0;

// Runs the collector on a thread of its own until destruction.
class Service {
 public:
  explicit Service(Collector& collector)
      : thread_([this, &collector] {
          bind_to_cpu(1);
          while (!stop_.load(std::memory_order_relaxed)) collector.step({4096, 0}, rte_rdtsc());
        }) {}
  ~Service() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Makes and retires a burst; stamp(entry) is called before. Returns how many.
template <typename Stamp>
uint32_t churn(Producer& producer, Stamp&& stamp) {
  EntryIndex burst[kBurst];
  uint32_t n = 0;
  while (n < kBurst && (burst[n] = producer.allocate(PoolId{0})) != kNoEntry) ++n;
  for (uint32_t i = 0; i < n; ++i) stamp(burst[i]);
  producer.retire(std::span(burst, n));
  producer.quiescent();
  return n;
}

void reclaim(benchmark::State& state) {
  bind_to_cpu(0);
  // Fewer entries than the ring takes: the producer waits for free ones, and nothing spills.
  const auto collector = make_collector(48U << 10U, 64U << 10U);
  Producer& producer = collector->producer(ProducerId{0});
  for (auto unused : state) {
    const Service service(*collector);
    producer.online();
    const uint64_t began_tsc = rte_rdtsc();
    const uint64_t before = collector->stats().reclaimed;
    while (seconds(rte_rdtsc() - began_tsc) < kRun_s) churn(producer, [](EntryIndex) {});
    const double took_s = seconds(rte_rdtsc() - began_tsc);
    const auto n = static_cast<double>(collector->stats().reclaimed - before);
    producer.offline();
    state.SetIterationTime(took_s);
    state.counters["entries_s"] = n / took_s;
    state.counters["spilled"] = static_cast<double>(collector->stats().spilled);
  }
}

struct Stamps {
  std::vector<uint64_t> retired_tsc;
  dstfwd::LatencyHistogram latency_ns;
};

// At a million entries a second, in bursts of 32.
void retire_to_reclaim(benchmark::State& state) {
  bind_to_cpu(0);
  constexpr uint32_t kEntries = 1U << 20U;
  Stamps stamps;
  stamps.retired_tsc.resize(kEntries);
  Hooks hooks = no_hooks();
  hooks.context = &stamps;
  hooks.destroy = [](void* context, std::span<const EntryIndex> entries,
                     std::span<Child>) noexcept {
    auto& s = *static_cast<Stamps*>(context);
    const uint64_t now_tsc = rte_rdtsc();
    for (const EntryIndex e : entries) {
      s.latency_ns.record(static_cast<uint64_t>(seconds(now_tsc - s.retired_tsc[to_u32(e)]) * 1e9));
    }
  };
  const auto collector = make_collector(kEntries, 0, hooks);
  Producer& producer = collector->producer(ProducerId{0});
  const uint64_t pause_tsc = rte_get_tsc_hz() / (1'000'000 / kBurst);
  for (auto unused : state) {
    const auto before = stamps.latency_ns.snapshot();
    {
      const Service service(*collector);
      producer.online();
      const uint64_t began_tsc = rte_rdtsc();
      uint64_t next_tsc = began_tsc;
      while (seconds(next_tsc - began_tsc) < kRun_s) {
        while (rte_rdtsc() < next_tsc) producer.quiescent();  // the loop polls meanwhile
        churn(producer, [&](EntryIndex e) { stamps.retired_tsc[to_u32(e)] = rte_rdtsc(); });
        next_tsc += pause_tsc;
      }
      producer.offline();
    }
    auto latency = stamps.latency_ns.snapshot();
    latency.subtract(before);
    state.SetIterationTime(kRun_s);
    state.counters["p50_us"] = static_cast<double>(latency.quantile(0.5)) / 1000;
    state.counters["p999_us"] = static_cast<double>(latency.quantile(0.999)) / 1000;
  }
}

BENCHMARK(reclaim)->UseManualTime()->Iterations(1);
BENCHMARK(retire_to_reclaim)->UseManualTime()->Iterations(1);

}  // namespace
}  // namespace dstgc::bench
