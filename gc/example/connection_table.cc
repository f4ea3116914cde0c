// SPDX-License-Identifier: BSD-3-Clause
// A connection table with an aging collector: two workers that look up and make connections as
// packets come, one service thread that expires the idle and gives their memory back. No lock, no
// wait, and no reference count a packet: a burst is protected by its quiescent state.
//   c++ -std=c++20 connection_table.cc $(pkg-config --cflags --libs dstgc)
//   ./a.out --no-huge --no-pci --no-shconf -m 64 -l 0
// Real programs run the workers on lcores; plain threads do as well.
#include <dstgc/collector.h>
#include <rte_cycles.h>
#include <rte_eal.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <random>
#include <span>
#include <thread>

namespace {

using dstgc::EntryIndex;
using dstgc::kNoEntry;
constexpr uint32_t kConnections = 1U << 14U;
constexpr uint16_t kWorkers = 2;
constexpr dstgc::ProducerId kService{kWorkers};  // the service thread retires, too
constexpr dstgc::PoolId kPool{0};

struct Key {
  uint32_t source, destination;
  uint16_t source_port, destination_port;
  bool operator==(const Key&) const = default;
  uint32_t hash() const {
    uint64_t h = (uint64_t{source} << 32U | destination) * 0x9e3779b97f4a7c15;
    h = (h ^ h >> 32U ^ (uint32_t{source_port} << 16U | destination_port)) * 0xff51afd7ed558ccd;
    return static_cast<uint32_t>(h >> 40U);
  }
};

// What an index names. The key is written before the entry is published and never changed while it
// can be found; the rest changes under readers, so it is atomic.
struct Connection {
  Key key;
  std::atomic<uint64_t> last_use_tsc;
  std::atomic<uint64_t> packets;
};

// Buckets of eight slots, each empty or an index. A slot is filled, and emptied, by one
// compare-and-swap, so exactly one thread wins an entry's unlinking, and that one retires it.
// An index cannot come back into a slot behind a reader's back: it is used again only after a grace
// period, and a reader that still holds it holds that period up.
class ConnectionTable {
 public:
  ConnectionTable() {
    for (auto& slot : slots_) slot.store(kNoEntry, std::memory_order_relaxed);
  }

  // The pointer is good until the caller's next quiescent().
  Connection* find(const Key& key) {
    std::atomic<EntryIndex>* const bucket = bucket_of(key);
    for (uint32_t i = 0; i < kSlots; ++i) {
      const EntryIndex entry = bucket[i].load(std::memory_order_acquire);  // pairs with insert's
      if (entry != kNoEntry && at(entry).key == key) return &at(entry);
    }
    return nullptr;
  }

  // False: the bucket or the arena is full, and the packet goes on without a connection. Two
  // workers that insert one key leave a duplicate that is never found and ages out.
  bool insert(dstgc::Producer& worker, const Key& key, uint64_t now_tsc) {
    const EntryIndex entry = worker.allocate(kPool);
    if (entry == kNoEntry) return false;
    at(entry).key = key;
    at(entry).last_use_tsc.store(now_tsc, std::memory_order_relaxed);
    at(entry).packets.store(1, std::memory_order_relaxed);
    std::atomic<EntryIndex>* const bucket = bucket_of(key);
    for (uint32_t i = 0; i < kSlots; ++i) {
      EntryIndex empty = kNoEntry;
      if (bucket[i].compare_exchange_strong(empty, entry, std::memory_order_release,
                                            std::memory_order_relaxed))
        return true;
    }
    worker.give_back(kPool, entry);  // nobody has seen it
    return false;
  }

  // Unlinks and retires the idle ones among the next `slots` slots.
  void expire(dstgc::Producer& service, uint32_t slots, uint64_t now_tsc, uint64_t idle_tsc) {
    for (; slots != 0; --slots, cursor_ = (cursor_ + 1) % kAllSlots) {
      EntryIndex entry = slots_[cursor_].load(std::memory_order_acquire);
      if (entry == kNoEntry) continue;
      const uint64_t used_tsc = at(entry).last_use_tsc.load(std::memory_order_relaxed);
      if (now_tsc < used_tsc + idle_tsc) continue;
      if (slots_[cursor_].compare_exchange_strong(entry, kNoEntry, std::memory_order_acq_rel))
        service.retire(entry);
    }
  }

  // The destroy hook: grace period over, no reference left. Here a real table exports the
  // connection's counters, releases its next hop or NAT port, and names a child if it held one.
  void destroy(std::span<const EntryIndex> entries) {
    for (EntryIndex entry : entries)
      packets_of_ended_ += at(entry).packets.load(std::memory_order_relaxed);
  }

  static constexpr uint32_t kSlots = 8, kAllSlots = 2 * kConnections;
  uint64_t packets_of_ended() const { return packets_of_ended_; }

 private:
  Connection& at(EntryIndex entry) { return entries_[dstgc::to_u32(entry)]; }
  std::atomic<EntryIndex>* bucket_of(const Key& key) {
    return &slots_[key.hash() % (kAllSlots / kSlots) * kSlots];
  }

  std::unique_ptr<Connection[]> entries_ = std::make_unique<Connection[]>(kConnections);
  std::array<std::atomic<EntryIndex>, kAllSlots> slots_;
  uint32_t cursor_ = 0;            // the service thread's
  uint64_t packets_of_ended_ = 0;  // the collector's thread's
};

struct Counts {
  uint64_t packets = 0;
  uint64_t tracked = 0;
};

// A forwarding loop: a burst of packets, then one quiescent report.
void work(dstgc::Producer& worker, ConnectionTable& table, uint32_t bursts, Counts& counts) {
  std::minstd_rand random(counts.packets + reinterpret_cast<uintptr_t>(&worker));
  worker.online();  // from here on it may read entries, and grace periods wait for it
  for (uint32_t burst = 0; burst < bursts; ++burst) {
    const uint64_t now_tsc = rte_get_tsc_cycles();
    for (int i = 0; i < 32; ++i) {
      // Eight packets a connection on average, then new ones: the window of sources moves.
      const uint32_t host = 0x0a000000 + burst * 4 + static_cast<uint32_t>(random()) % 1024;
      const Key key{host, 0xc0a80001, 40000, 443};
      ++counts.packets;
      if (Connection* found = table.find(key)) {
        found->last_use_tsc.store(now_tsc, std::memory_order_relaxed);
        found->packets.fetch_add(1, std::memory_order_relaxed);
        ++counts.tracked;
      } else {
        counts.tracked += table.insert(worker, key, now_tsc) ? 1 : 0;
      }
    }
    worker.quiescent();  // it keeps nothing that it has read
  }
  worker.offline();
  worker.return_stocks();
}

}  // namespace

int main(int argc, char** argv) {
  if (rte_eal_init(argc, argv) < 0) return 1;
  const auto table = std::make_unique<ConnectionTable>();
  dstgc::CollectorConfig config;
  config.pool_entries = {kConnections};
  config.producers = kWorkers + 1;
  config.tsc_hz = rte_get_tsc_hz();
  config.hooks.context = table.get();
  config.hooks.destroy = [](void* context, std::span<const EntryIndex> entries,
                            std::span<dstgc::Child>) noexcept {
    static_cast<ConnectionTable*>(context)->destroy(entries);
  };
  auto made = dstgc::Collector::create(config);
  if (!made) return std::fprintf(stderr, "%s\n", made.error().message.c_str()), 1;
  dstgc::Collector& collector = **made;

  std::array<Counts, kWorkers> counts;
  std::array<std::thread, kWorkers> workers;
  std::atomic<int> running{kWorkers};
  for (uint16_t i = 0; i < kWorkers; ++i)
    workers[i] = std::thread([&, i] {
      work(collector.producer(dstgc::ProducerId{i}), *table, 20000, counts[i]);
      --running;
    });

  // The service thread. Only it reclaims, so it may stay offline: its quiescent() but hands over
  // what a full intake left with it. Pressure shortens the idle time.
  dstgc::Producer& service = collector.producer(kService);
  while (running != 0) {
    const uint64_t now_tsc = rte_get_tsc_cycles();
    const bool pressed = collector.pressure(kPool) != dstgc::Pressure::kNone;
    table->expire(service, 1024, now_tsc, config.tsc_hz / (pressed ? 2000 : 100));
    service.quiescent();
    collector.step({.entries = 4096, .tsc = config.tsc_hz / 10000}, now_tsc);
  }
  for (std::thread& worker : workers) worker.join();
  table->expire(service, ConnectionTable::kAllSlots, rte_get_tsc_cycles(), 0);
  collector.drain();

  uint64_t packets = 0, tracked = 0;
  for (const Counts& one : counts) packets += one.packets, tracked += one.tracked;
  const dstgc::CollectorStats stats = collector.stats();
  std::printf("%lu packets, %lu of them in %lu connections, %lu reclaimed\n", packets, tracked,
              stats.created, stats.reclaimed);
  rte_eal_cleanup();
  return stats.created == stats.reclaimed && table->packets_of_ended() == tracked ? 0 : 1;
}
