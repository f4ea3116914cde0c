// SPDX-License-Identifier: BSD-3-Clause
// Keys are numbers here; entry i has the key keys[i].
#include "fwd/flow_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <numeric>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

namespace dstfwd {
namespace {

using Outcome = FlowInsert::Outcome;

FlowHash hash_of(uint64_t key) {
  std::mt19937_64 random(key);
  const uint64_t a = random();
  const uint64_t b = random();
  return {static_cast<uint32_t>(a) | 1U, static_cast<uint32_t>(a >> 32U), static_cast<uint32_t>(b),
          0};
}

FlowTable make(uint64_t buckets, TableKernel kernel = FlowTable::best()) {
  Result<FlowTable> table = FlowTable::create(buckets, -1, kernel);
  EXPECT_TRUE(table) << table.error().message;
  return std::move(*table);
}

auto has(const std::vector<uint64_t>& keys, uint64_t key) {
  return [&keys, key](EntryIndex index) { return keys[to_u32(index)] == key; };
}

class EachKernel : public testing::TestWithParam<TableKernel> {
 protected:
  void SetUp() override {
    if (!FlowTable::supported(GetParam())) GTEST_SKIP() << "not on this CPU";
  }
};
std::string kernel_name(const testing::TestParamInfo<TableKernel>& info) {
  constexpr std::array<const char*, 4> kNames = {"Scalar", "Sse42", "Avx2", "Avx512"};
  return kNames[static_cast<size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(Kernels, EachKernel,
                         testing::Values(TableKernel::kScalar, TableKernel::kSse42,
                                         TableKernel::kAvx2, TableKernel::kAvx512),
                         kernel_name);

TEST_P(EachKernel, BehavesLikeAMapUnderRandomChanges) {
  FlowTable table = make(128, GetParam());
  std::unordered_map<uint64_t, uint32_t> reference;
  std::vector<uint64_t> keys(600);
  std::vector<uint32_t> unused;
  for (uint32_t i = 0; i < keys.size(); ++i) unused.push_back(i);
  std::mt19937_64 random(5);
  for (int round = 0; round < 60000; ++round) {
    const uint64_t key = random() % 900;
    const FlowHash hash = hash_of(key);
    const auto known = reference.find(key);
    if (random() % 2 == 0 && !unused.empty()) {
      keys[unused.back()] = key;
      const FlowInsert result = table.insert(hash, EntryIndex{unused.back()}, has(keys, key));
      if (known != reference.end()) {
        ASSERT_EQ(result.outcome, Outcome::kExists);
        ASSERT_EQ(to_u32(result.existing), known->second);
      } else if (result.outcome == Outcome::kInserted) {
        reference[key] = unused.back();
        unused.pop_back();
      }
    } else if (known != reference.end()) {
      ASSERT_TRUE(table.unlink(hash, EntryIndex{known->second}));
      ASSERT_FALSE(table.unlink(hash, EntryIndex{known->second}));
      unused.push_back(known->second);
      reference.erase(known);
    }
    const uint64_t probe = random() % 900;
    const FlowHash wanted = hash_of(probe);
    EntryIndex found;
    table.find_burst(&wanted, 1, &found);
    const auto expected = reference.find(probe);
    ASSERT_EQ(to_u32(found),
              expected == reference.end() ? to_u32(dstgc::kNoEntry) : expected->second);
    ASSERT_EQ(table.find(wanted, has(keys, probe)), found);
  }
  EXPECT_EQ(table.count(), reference.size());
}

TEST_P(EachKernel, FindsInEverySlotOfBothBuckets) {
  for (unsigned filled = 0; filled <= 16; ++filled) {
    FlowTable table = make(2, GetParam());
    std::vector<uint64_t> keys(17);
    std::vector<FlowHash> hashes;
    for (uint32_t i = 0; i < 17; ++i) {
      keys[i] = i;
      hashes.push_back({2 * i + 1, 0, 0x80000000U, 0});
      const FlowInsert result = table.insert(hashes[i], EntryIndex{i}, has(keys, i));
      ASSERT_EQ(result.outcome, i < 16 ? Outcome::kInserted : Outcome::kFull);
    }
    std::vector<EntryIndex> found(17);
    table.find_burst(hashes.data(), 17, found.data());
    for (uint32_t i = 0; i < 16; ++i) EXPECT_EQ(to_u32(found[i]), i);
    EXPECT_EQ(found[16], dstgc::kNoEntry);
  }
}

TEST_P(EachKernel, FindsWhatLiesInSecondBucketsWhateverWasUnlinkedBeside) {
  // Entries of one first bucket: some find it full, and lie in the second.
  for (uint32_t entries = 8; entries <= 16; ++entries) {
    FlowTable table = make(2, GetParam());
    std::vector<uint64_t> keys(entries);
    std::vector<FlowHash> hashes;
    for (uint32_t i = 0; i < entries; ++i) {
      keys[i] = i;
      hashes.push_back({2 * i + 1, 0, 0x80000000U, 0});
      ASSERT_EQ(table.insert(hashes[i], EntryIndex{i}, has(keys, i)).outcome, Outcome::kInserted);
    }
    const uint64_t away = table.marks();
    EXPECT_GE(away, entries - 8);
    std::mt19937 random(entries);
    std::vector<uint32_t> order(entries);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), random);
    for (uint32_t gone = 0; gone < entries; ++gone) {
      ASSERT_TRUE(table.unlink(hashes[order[gone]], EntryIndex{order[gone]}));
      std::vector<EntryIndex> found(entries);
      table.find_burst(hashes.data(), entries, found.data());
      for (uint32_t i = 0; i < entries; ++i) {
        const bool unlinked = i <= gone;
        EXPECT_EQ(found[order[i]], unlinked ? dstgc::kNoEntry : EntryIndex{order[i]});
      }
    }
    EXPECT_EQ(table.count(), 0U);
    EXPECT_EQ(table.marks(), away == 8 ? 8U : 0U) << "eight may mean more";
  }
}

TEST(FlowTable, MarksAsManyAsLieInSecondBucketsUntilTheyAreGone) {
  constexpr uint32_t kEntries = 50000;
  FlowTable table = make(FlowTable::buckets_for(kEntries));
  std::vector<uint64_t> keys(kEntries);
  std::vector<bool> in(kEntries);
  for (uint32_t i = 0; i < kEntries; ++i) {
    keys[i] = i;
    in[i] = table.insert(hash_of(i), EntryIndex{i}, has(keys, i)).outcome == Outcome::kInserted;
  }
  const auto marks = static_cast<double>(table.marks());
  EXPECT_GT(marks, 0.03 * kEntries);
  EXPECT_LT(marks, 0.07 * kEntries);
  for (uint32_t i = 0; i < kEntries; ++i) {
    ASSERT_EQ(table.unlink(hash_of(i), EntryIndex{i}), in[i]);
  }
  EXPECT_EQ(table.count(), 0U);
  EXPECT_EQ(table.marks() % 8, 0U) << "of a bucket that had eight";
  EXPECT_LE(table.marks(), 16U);
}

TEST_P(EachKernel, FindsWholeBurstsOfHitsAndMisses) {
  FlowTable table = make(FlowTable::buckets_for(8192), GetParam());
  std::vector<uint64_t> keys(4096);
  for (uint32_t i = 0; i < 4096; ++i) {
    keys[i] = i;
    ASSERT_EQ(table.insert(hash_of(i), EntryIndex{i}, has(keys, i)).outcome, Outcome::kInserted);
  }
  std::mt19937 random(6);
  for (unsigned n = 0; n <= kMaxBurst; ++n) {
    std::vector<FlowHash> hashes(n);
    std::vector<uint32_t> wanted(n);
    for (unsigned i = 0; i < n; ++i) {
      wanted[i] = random() % 8192;
      hashes[i] = hash_of(wanted[i]);
    }
    std::vector<EntryIndex> found(n);
    table.find_burst(hashes.data(), n, found.data());
    for (unsigned i = 0; i < n; ++i) {
      EXPECT_EQ(to_u32(found[i]), wanted[i] < 4096 ? wanted[i] : to_u32(dstgc::kNoEntry));
    }
  }
}

TEST(FlowTable, AnIndexThatLooksLikeATagIsNoHit) {
  for (TableKernel kernel :
       {TableKernel::kScalar, TableKernel::kSse42, TableKernel::kAvx2, TableKernel::kAvx512}) {
    if (!FlowTable::supported(kernel)) continue;
    FlowTable table = make(1, kernel);
    const FlowHash hash{77, 0, 0, 0};
    ASSERT_EQ(table.insert(hash, EntryIndex{99}, [](EntryIndex) { return false; }).outcome,
              Outcome::kInserted);
    const FlowHash other{99, 0, 0, 0};
    EntryIndex found;
    table.find_burst(&other, 1, &found);
    EXPECT_EQ(found, dstgc::kNoEntry);
  }
}

TEST(FlowTable, TwoKeysWithOneTagAreToldApart) {
  FlowTable table = make(1);
  const std::vector<uint64_t> keys = {10, 20};
  const FlowHash hash{5, 1, 2, 0};
  EXPECT_EQ(table.insert(hash, EntryIndex{0}, has(keys, 10)).outcome, Outcome::kInserted);
  EXPECT_EQ(table.insert(hash, EntryIndex{1}, has(keys, 20)).outcome, Outcome::kInserted);
  EXPECT_EQ(to_u32(table.find(hash, has(keys, 10))), 0U);
  EXPECT_EQ(to_u32(table.find(hash, has(keys, 20))), 1U);
  EXPECT_TRUE(table.unlink(hash, EntryIndex{0}));
  EXPECT_EQ(table.find(hash, has(keys, 10)), dstgc::kNoEntry);
  EXPECT_EQ(to_u32(table.find(hash, has(keys, 20))), 1U);
}

TEST(FlowTable, TakesItsShareOfEntriesWithHardlyAnExceptionAndFewInSecondBuckets) {
  constexpr uint32_t kEntries = 200000;
  FlowTable table = make(FlowTable::buckets_for(kEntries));
  std::vector<uint64_t> keys(kEntries);
  uint32_t refused = 0;
  for (uint32_t i = 0; i < kEntries; ++i) {
    keys[i] = i;
    const auto outcome = table.insert(hash_of(i), EntryIndex{i}, has(keys, i)).outcome;
    refused += outcome == Outcome::kFull ? 1 : 0;
  }
  EXPECT_LT(refused, kEntries / 2000);
  EXPECT_EQ(table.count(), kEntries - refused);
  EXPECT_LE(static_cast<double>(table.bytes()) / kEntries, 12.9);
}

TEST(FlowTable, BadSizesAreRefusedInALine) {
  const Result<FlowTable> none = FlowTable::create(0);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("0 buckets"), std::string::npos);
  EXPECT_FALSE(FlowTable::create((uint64_t{1} << 32U) + 1));
}

// Threads insert and unlink over the same keys, each with indices of its own; a barrier between
// rounds stands for the grace period.
TEST(FlowTableConcurrent, EveryEntryIsUnlinkedByExactlyOneThread) {
  constexpr unsigned kThreads = 4;
  constexpr unsigned kPerThread = 1000;
  constexpr unsigned kRounds = 10;
  constexpr uint64_t kKeys = 2000;
  FlowTable table = make(FlowTable::buckets_for(kThreads * kPerThread));
  std::vector<uint64_t> keys(kThreads * kPerThread);
  std::vector<std::atomic<int>> state(keys.size());  // 1: inserted, 2: unlinked
  std::barrier sync(kThreads);
  std::atomic<uint64_t> inserted{0};
  std::atomic<uint64_t> unlinked{0};

  const auto insert_own = [&](unsigned self, std::mt19937_64& random) {
    for (uint32_t i = self * kPerThread; i < (self + 1) * kPerThread; ++i) {
      keys[i] = random() % kKeys;
      state[i].store(1);
      const auto result = table.insert(hash_of(keys[i]), EntryIndex{i}, has(keys, keys[i]));
      if (result.outcome == Outcome::kInserted) {
        inserted.fetch_add(1);
      } else {
        state[i].store(0);
        if (result.outcome == Outcome::kExists) {
          EXPECT_EQ(keys[to_u32(result.existing)], keys[i]);
        }
      }
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
      insert_own(self, random);
      unlink_any(random);
      sync.arrive_and_wait();
      // What is left of one's own goes, so that the indices can be used anew.
      for (uint32_t i = self * kPerThread; i < (self + 1) * kPerThread; ++i) {
        if (state[i].load() != 1) continue;
        EXPECT_TRUE(table.unlink(hash_of(keys[i]), EntryIndex{i}));
        unlinked.fetch_add(1);
      }
      sync.arrive_and_wait();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) threads.emplace_back(run, t);
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(inserted.load(), unlinked.load());
  EXPECT_GT(inserted.load(), kRounds * kKeys / 2);
  EXPECT_EQ(table.count(), 0U);
}

TEST(FlowTableConcurrent, AnEntryThatStaysIsAlwaysFound) {
  FlowTable table = make(64);
  std::vector<uint64_t> keys(400);
  for (uint32_t i = 0; i < keys.size(); ++i) keys[i] = i;
  std::vector<FlowHash> hashes;
  for (uint32_t i = 0; i < 100; ++i) {
    hashes.push_back(hash_of(i));
    ASSERT_EQ(table.insert(hashes[i], EntryIndex{i}, has(keys, i)).outcome, Outcome::kInserted);
  }
  std::atomic<bool> stop{false};
  std::thread changer([&] {
    for (uint32_t i = 100; i < keys.size(); ++i) {
      (void)table.insert(hash_of(i), EntryIndex{i}, has(keys, i));
      if (i >= 150) (void)table.unlink(hash_of(i - 50), EntryIndex{i - 50});
      std::this_thread::yield();
    }
    stop.store(true);
  });
  do {
    for (uint32_t from = 0; from < 100; from += 50) {
      EntryIndex found[50];
      table.find_burst(&hashes[from], 50, found);
      for (uint32_t i = 0; i < 50; ++i) ASSERT_EQ(to_u32(found[i]), from + i);
    }
  } while (!stop.load());
  changer.join();
}

// An entry's contents, written before insert(), are seen by whoever finds it: (A) and (B).
TEST(FlowTableConcurrent, WhoFindsAnEntrySeesItsContents) {
  constexpr uint32_t kEntries = 20000;
  FlowTable table = make(FlowTable::buckets_for(kEntries));
  std::vector<uint64_t> keys(kEntries, ~uint64_t{0});  // plain: only (A) and (B) order it
  std::atomic<uint32_t> done{0};
  std::thread writer([&] {
    for (uint32_t i = 0; i < kEntries; ++i) {
      keys[i] = i;
      (void)table.insert(hash_of(i), EntryIndex{i}, has(keys, i));
      done.store(i, std::memory_order_relaxed);
    }
  });
  std::mt19937 random(8);
  uint32_t seen = 0;
  do {
    seen = done.load(std::memory_order_relaxed);
    const uint32_t i = seen + random() % 4;  // just there, or about to be
    const FlowHash hash = hash_of(i);
    EntryIndex found;
    table.find_burst(&hash, 1, &found);
    if (found != dstgc::kNoEntry) {
      ASSERT_EQ(keys[to_u32(found)], i);
    }
  } while (seen + 1 < kEntries);
  writer.join();
}

}  // namespace
}  // namespace dstfwd
