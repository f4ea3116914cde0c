// SPDX-License-Identifier: BSD-3-Clause
// flow_table.h under several threads.
#include <barrier>
#include <thread>

#include "tests/fwd/flow_table_rig.h"

namespace dstfwd {
namespace {

using test::find_one;
using test::has;
using test::hash_of;
using test::insert;
using test::make;

// Of a table, while it lives: flows change over to fewer buckets and back, again and again.
void change_over_until(const std::atomic<bool>& done, FlowTable& table) {
  for (uint32_t change = 0; !done.load(); ++change) {
    table.region().begin(change % 2 == 0 ? table.block() : table.buckets());
    for (uint32_t sixteenths = 1; sixteenths < 16; ++sixteenths) {
      table.region().advance(sixteenths << 28U);
      std::this_thread::yield();
    }
    table.region().finish();
  }
}

// Threads insert and unlink over the same keys; a barrier between rounds stands for the grace
// period.
void insert_and_unlink(bool change_over) {
  constexpr unsigned kThreads = 4;
  constexpr unsigned kPerThread = 1000;
  constexpr unsigned kRounds = 10;
  constexpr uint64_t kKeys = 2000;
  FlowTable table = make(FlowTable::entries_for(kThreads * kPerThread));
  std::vector<uint64_t> keys(table.entries());
  std::vector<std::atomic<int>> state(keys.size());  // 1: inserted, 2: unlinked
  std::barrier sync(kThreads);
  std::atomic<uint64_t> inserted{0};
  std::atomic<uint64_t> unlinked{0};

  const auto insert_some = [&](std::mt19937_64& random) {
    for (uint32_t i = 0; i < kPerThread; ++i) {
      const uint64_t key = random() % kKeys;
      const FlowHash hash = hash_of(key);
      if (table.find(hash, has(keys, key)) != dstgc::kNoEntry) continue;
      const EntryIndex index = table.claim(hash);
      if (index == dstgc::kNoEntry) continue;
      EXPECT_EQ(state[to_u32(index)].exchange(1), 0) << "one slot, two owners";
      keys[to_u32(index)] = key;
      table.publish(hash, index);
      inserted.fetch_add(1);
    }
  };
  const auto unlink_any = [&](std::mt19937_64& random) {
    for (unsigned n = 0; n < 3 * kPerThread; ++n) {
      const uint64_t key = random() % kKeys;
      const FlowHash hash = hash_of(key);
      const EntryIndex found = table.find(hash, has(keys, key));
      if (found == dstgc::kNoEntry || !table.unlink(hash, found)) continue;
      EXPECT_EQ(state[to_u32(found)].exchange(2), 1);
      unlinked.fetch_add(1);
    }
  };
  const auto run = [&](unsigned self) {
    std::mt19937_64 random(self);
    for (unsigned round = 0; round < kRounds; ++round) {
      insert_some(random);
      unlink_any(random);
      sync.arrive_and_wait();
      // Each has its share of the slots: what is left goes, and all are free again.
      for (uint32_t i = self; i < keys.size(); i += kThreads) {
        if (state[i].load() == 1) {
          EXPECT_TRUE(table.unlink(hash_of(keys[i]), EntryIndex{i}));
          unlinked.fetch_add(1);
        }
        if (state[i].exchange(0) != 0) table.vacate(EntryIndex{i});
      }
      sync.arrive_and_wait();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) threads.emplace_back(run, t);
  std::atomic<bool> done{!change_over};
  std::thread changer([&] { change_over_until(done, table); });
  for (std::thread& t : threads) t.join();
  done.store(true);
  changer.join();
  EXPECT_EQ(inserted.load(), unlinked.load());
  EXPECT_GT(inserted.load(), kRounds * kKeys / 2);
  EXPECT_EQ(table.count(), 0U);
  EXPECT_EQ(table.away(), 0U);
}
TEST(FlowTableConcurrent, EveryEntryIsUnlinkedByExactlyOneThread) {
  insert_and_unlink(false);
}
TEST(FlowTableConcurrent, EveryEntryIsUnlinkedByExactlyOneThreadWhileFlowsChangeOver) {
  insert_and_unlink(true);
}

TEST(FlowTableConcurrent, AnEntryThatStaysIsAlwaysFound) {
  FlowTable table = make(8 * FlowBucket::kSlots);
  std::vector<uint64_t> keys(table.entries());
  std::vector<FlowHash> hashes;
  std::vector<EntryIndex> staying;
  for (uint32_t i = 0; i < 100; ++i) {
    // Tags of their own, which none that comes and goes has.
    FlowHash hash = hash_of(i);
    hash.tag = (2 * i + 3) << 16U;
    hashes.push_back(hash);
    staying.push_back(insert(table, keys, hash, i));
    ASSERT_NE(staying[i], dstgc::kNoEntry);
  }
  std::atomic<bool> stop{false};
  std::thread changer([&] {
    std::vector<std::pair<FlowHash, EntryIndex>> there;
    for (uint32_t i = 100; i < 1000; ++i) {
      FlowHash hash = hash_of(i);
      hash.tag = (2 * i + 2) << 16U;
      const EntryIndex index = insert(table, keys, hash, i);
      if (index != dstgc::kNoEntry) there.emplace_back(hash, index);
      if (there.size() > 100) {
        const auto [old, at] = there.front();
        there.erase(there.begin());
        EXPECT_TRUE(table.unlink(old, at));
        table.vacate(at);
      }
      std::this_thread::yield();
    }
    stop.store(true);
  });
  do {
    for (uint32_t from = 0; from < 100; from += 50) {
      EntryIndex found[50];
      table.find_burst(&hashes[from], 50, found);
      for (uint32_t i = 0; i < 50; ++i) ASSERT_EQ(found[i], staying[from + i]);
    }
  } while (!stop.load());
  changer.join();
}

// An entry's contents, written before publish(), are seen by whoever finds it: (A) and (B).
TEST(FlowTableConcurrent, WhoFindsAnEntrySeesItsContents) {
  constexpr uint32_t kFlows = 20000;
  FlowTable table = make(FlowTable::entries_for(kFlows));
  std::vector<uint64_t> keys(table.entries(), ~uint64_t{0});  // plain: only (A) and (B) order it
  std::atomic<uint32_t> done{0};
  std::thread writer([&] {
    for (uint32_t i = 0; i < kFlows; ++i) {
      (void)insert(table, keys, hash_of(i), i);
      done.store(i, std::memory_order_relaxed);
    }
  });
  std::mt19937 random(8);
  uint32_t seen = 0;
  uint32_t met = 0;
  do {
    seen = done.load(std::memory_order_relaxed);
    const uint32_t i = seen + random() % 4;  // just there, or about to be
    const EntryIndex found = find_one(table, hash_of(i));
    if (found != dstgc::kNoEntry) {
      const uint64_t key = keys[to_u32(found)];
      ASSERT_LT(key, kFlows) << "not as it was published";
      met += key == i ? 1 : 0;
    }
  } while (seen + 1 < kFlows);
  writer.join();
  EXPECT_GT(met, 0U);
}

}  // namespace
}  // namespace dstfwd
