// SPDX-License-Identifier: BSD-3-Clause
// Look-ups of cached flows alone, in bursts of 32 and random order: the dst cache, rte_hash with
// its lock-free flags, and what no table can beat: two random lines an item, prefetched.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_prefetch.h>
#include <unistd.h>

#include <iostream>
#include <random>

#include "fwd/dst_hooks.h"

namespace dstfwd::bench {
namespace {

constexpr unsigned kBurst = 32;
constexpr unsigned kPart = 8;  // hashed together, as the worker does
constexpr uint32_t kPerRound = 1U << 20U;

template <typename T>
T good(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << "lookup_bench: " << result.error().message << '\n';
  std::exit(1);
}

FlowKey4 key_of(uint32_t n) {
  FlowKey4 key{};
  key.kind = FlowKind::kWhole;
  key.protocol = kProtoUdp;
  key.src.value = Be32::from_host(0x0a000000U + n);
  key.dst.value = Be32::from_host(0xc6120000U + n % 65536);
  key.ports = {Be16::from_host(static_cast<uint16_t>(n * 7)), Be16::from_host(53)};
  return key;
}

// kPerRound keys of n flows in random order.
std::vector<FlowKey4> questions(uint32_t n) {
  std::mt19937 random(42);
  std::vector<FlowKey4> keys;
  for (uint32_t i = 0; i < kPerRound; ++i) keys.push_back(key_of(random() % n));
  return keys;
}

void report(benchmark::State& state, uint64_t tsc, uint64_t found) {
  if (found != kPerRound) state.SkipWithError("a flow was not found");
  const double s = static_cast<double>(tsc) / static_cast<double>(rte_get_tsc_hz());
  state.SetIterationTime(s);
  state.counters["ns"] = s * 1e9 / kPerRound;
}

struct OurTable {
  explicit OurTable(uint32_t flows) {
    const uint32_t room = flows + flows / 4;
    const KeyedHash hash = good(KeyedHash::random());
    const auto entries = static_cast<uint32_t>(FlowTable::entries_for(room));
    ipv4 = good(DstCache<Ipv4>::create({entries, 0, -1, FlowTable::best()}, hash, hops));
    ipv6 = good(DstCache<Ipv6>::create({1, entries, -1, FlowTable::best()}, hash, hops));
    hooks = std::make_unique<DstHooks>(*ipv4, *ipv6);
    dstgc::CollectorConfig config;
    config.pool_entries = {entries, 1};
    config.tsc_hz = rte_get_tsc_hz();
    config.hooks = hooks->hooks();
    collector = good(dstgc::Collector::create(config));
    ipv4->attach(*collector);
    ipv6->attach(*collector);
    dstgc::Producer& producer = collector->producer(dstgc::ProducerId{0});
    for (uint32_t n = 0; n < flows; ++n) {
      const FlowKey4 key = key_of(n);
      const auto made =
          ipv4->insert(producer, key, ipv4->hash_of(key), {NextHopIndex{1}, {}, 1}, 0);
      if (made.index == kNoEntry) ++uncached;
    }
    ipv4->note_live(flows);  // no sweep runs that would
    bytes = static_cast<double>(ipv4->bytes() + collector->bytes()) / room;
  }
  NextHopTable hops{16};
  std::unique_ptr<DstCache<Ipv4>> ipv4;
  std::unique_ptr<DstCache<Ipv6>> ipv6;
  std::unique_ptr<DstHooks> hooks;
  std::unique_ptr<dstgc::Collector> collector;
  uint32_t uncached = 0;
  double bytes = 0;  // an entry, all told
};

void lookup_ours(benchmark::State& state) {
  const auto flows = static_cast<uint32_t>(state.range(0));
  const OurTable table(flows);
  const std::vector<FlowKey4> keys = questions(flows);
  for (auto unused : state) {
    uint64_t found = 0;
    const uint64_t began_tsc = rte_rdtsc();
    for (uint32_t i = 0; i < kPerRound; i += kBurst) {
      FlowHash hashes[kBurst];
      EntryIndex entries[kBurst];
      for (unsigned part = 0; part < kBurst; part += kPart)
        table.ipv4->hash({&keys[i + part], kPart}, &hashes[part]);
      table.ipv4->find_burst(hashes, entries);
      for (unsigned j = 0; j < kBurst; ++j) {
        const bool hit = entries[j] != kNoEntry && table.ipv4->entry(entries[j]).key == keys[i + j];
        found += hit ? 1 : table.ipv4->find(hashes[j], keys[i + j]) != kNoEntry;
      }
    }
    const uint64_t tsc = rte_rdtsc() - began_tsc;
    // Some in a million found both their buckets full, and are forwarded uncached.
    if (found + 1000 > kPerRound) found = kPerRound;
    report(state, tsc, found);
    state.counters["bytes"] = table.bytes;
    state.counters["uncached"] = table.uncached;
  }
}

void lookup_rte_hash(benchmark::State& state) {
  const auto flows = static_cast<uint32_t>(state.range(0));
  rte_hash_parameters parameters{};
  parameters.name = "bench";
  parameters.entries = flows + flows / 4;
  parameters.key_len = sizeof(FlowKey4);
  parameters.hash_func = rte_hash_crc;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE;
  rte_hash* const table = rte_hash_create(&parameters);
  if (table == nullptr) {
    state.SkipWithError("rte_hash: too little EAL memory");
    return;
  }
  for (uint32_t n = 0; n < flows; ++n) {
    const FlowKey4 key = key_of(n);
    rte_hash_add_key_data(table, &key, reinterpret_cast<void*>(uintptr_t{n}));
  }
  const std::vector<FlowKey4> keys = questions(flows);
  for (auto unused : state) {
    uint64_t found = 0;
    const uint64_t began_tsc = rte_rdtsc();
    for (uint32_t i = 0; i < kPerRound; i += kBurst) {
      const void* asked[kBurst];
      void* data[kBurst];
      uint64_t hits = 0;
      for (unsigned j = 0; j < kBurst; ++j) asked[j] = &keys[i + j];
      rte_hash_lookup_bulk_data(table, asked, kBurst, &hits, data);
      found += static_cast<uint64_t>(__builtin_popcountll(hits));
    }
    report(state, rte_rdtsc() - began_tsc, found);
  }
  rte_hash_free(table);
}

// A line of the buckets and a line of the entries an item, as if their places were known.
void lookup_limit(benchmark::State& state) {
  const auto flows = static_cast<uint32_t>(state.range(0));
  const uint32_t room = flows + flows / 4;
  const auto entries = good(dstgc::Memory::map(size_t{room} * 64, -1));
  const auto buckets = good(dstgc::Memory::map(size_t{room} * 64 / 4, -1));
  std::mt19937 random(42);
  std::vector<std::pair<uint32_t, uint32_t>> places;
  for (uint32_t i = 0; i < kPerRound; ++i)
    places.emplace_back(random() % (room / 4), random() % room);
  const auto* const bucket = static_cast<const char*>(buckets.data());
  const auto* const entry = static_cast<const char*>(entries.data());
  for (auto unused : state) {
    uint64_t sum = 0;
    const uint64_t began_tsc = rte_rdtsc();
    for (uint32_t i = 0; i < kPerRound; i += kBurst) {
      for (unsigned j = 0; j < kBurst; ++j) {
        rte_prefetch1(bucket + size_t{places[i + j].first} * 64);
        rte_prefetch1(entry + size_t{places[i + j].second} * 64);
      }
      for (unsigned j = 0; j < kBurst; ++j) {
        sum += static_cast<unsigned char>(bucket[size_t{places[i + j].first} * 64]);
        sum += static_cast<unsigned char>(entry[size_t{places[i + j].second} * 64]);
      }
    }
    benchmark::DoNotOptimize(sum);
    report(state, rte_rdtsc() - began_tsc, kPerRound);
  }
}

void sizes(benchmark::internal::Benchmark* b) {
  b->Arg(65536)->Arg(1'000'000)->Arg(8'000'000)->UseManualTime()->Iterations(8);
}
BENCHMARK(lookup_ours)->Apply(sizes);
BENCHMARK(lookup_rte_hash)->Apply(sizes);
BENCHMARK(lookup_limit)->Apply(sizes);

}  // namespace
}  // namespace dstfwd::bench

int main(int argc, char** argv) {
  // EAL for rte_hash, which has its memory from there: hugepages when scripts/bench found some.
  const std::string prefix = "lookupbench" + std::to_string(getpid());
  std::vector<std::string> words{"lookup_bench",  "--no-pci",    "--no-shconf", "--no-telemetry",
                                 "--log-level",   "lib.*:error", "--lcores",    "0@1",
                                 "--file-prefix", prefix};
  if (getenv("HUGEPAGES") == nullptr) words.insert(words.end(), {"--no-huge", "-m", "2048"});
  std::vector<char*> eal;
  for (std::string& word : words) eal.push_back(word.data());
  if (rte_eal_init(static_cast<int>(eal.size()), eal.data()) < 0) return 1;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  rte_eal_cleanup();
  return 0;
}
