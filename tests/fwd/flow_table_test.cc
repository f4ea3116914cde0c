// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_table.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "fwd/bits.h"
#include "tests/fwd/flow_table_rig.h"

namespace dstfwd {
namespace {

using test::find_one;
using test::has;
using test::hash_of;
using test::insert;
using test::make;
using test::may_be;
using test::neighbour;

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
  FlowTable table = make(20 * FlowBucket::kSlots, GetParam());
  std::unordered_map<uint64_t, EntryIndex> reference;
  std::vector<uint64_t> keys(table.entries());
  std::vector<EntryIndex> unlinked;
  uint64_t refused = 0;
  uint64_t others = 0;
  std::mt19937_64 random(5);
  for (int round = 0; round < 60000; ++round) {
    const uint64_t key = random() % 900;
    const FlowHash hash = hash_of(key);
    const auto known = reference.find(key);
    if (random() % 2 == 0 && known == reference.end()) {
      const EntryIndex index = insert(table, keys, hash, key);
      refused += index == dstgc::kNoEntry ? 1 : 0;
      if (index != dstgc::kNoEntry) reference[key] = index;
    } else if (known != reference.end()) {
      ASSERT_TRUE(table.unlink(hash, known->second));
      ASSERT_FALSE(table.unlink(hash, known->second));
      unlinked.push_back(known->second);
      reference.erase(known);
    }
    if (round % 16 == 0) {
      for (const EntryIndex index : std::exchange(unlinked, {})) table.vacate(index);
    }
    const uint64_t probe = random() % 900;
    const FlowHash wanted = hash_of(probe);
    const auto expected = reference.find(probe);
    const EntryIndex there = expected == reference.end() ? dstgc::kNoEntry : expected->second;
    const EntryIndex found = find_one(table, wanted);
    ASSERT_TRUE(may_be(found, there, wanted, keys));
    others += found == there ? 0 : 1;
    ASSERT_EQ(table.find(wanted, has(keys, probe)), there);
  }
  EXPECT_EQ(table.count(), reference.size());
  EXPECT_LT(refused, 600U) << "at three quarters of the load";
  EXPECT_LT(others, 200U) << "one in a thousand";
}

TEST_P(EachKernel, FindsInEverySlotOfBothBuckets) {
  constexpr uint32_t kAll = 2 * FlowBucket::kSlots;
  FlowTable table = make(kAll, GetParam());
  std::vector<uint64_t> keys(kAll);
  std::vector<FlowHash> hashes;
  std::vector<EntryIndex> indices;
  for (uint32_t i = 0; i < kAll; ++i) {
    hashes.push_back(neighbour(i));
    indices.push_back(insert(table, keys, hashes[i], i));
    ASSERT_NE(indices[i], dstgc::kNoEntry);
    for (uint32_t j = 0; j <= i; ++j) ASSERT_EQ(find_one(table, hashes[j]), indices[j]);
    ASSERT_EQ(find_one(table, neighbour(i + 1)), dstgc::kNoEntry);
  }
  EXPECT_EQ(table.claim(neighbour(kAll)), dstgc::kNoEntry);
  EXPECT_EQ(table.free_entry(neighbour(kAll)), dstgc::kNoEntry);
  std::ranges::sort(indices, {}, [](EntryIndex index) { return to_u32(index); });
  for (uint32_t i = 0; i < kAll; ++i) EXPECT_EQ(to_u32(indices[i]), i);
}

TEST_P(EachKernel, FindsWhatLiesInSecondBucketsWhateverWasUnlinkedBeside) {
  constexpr uint32_t kSlots = FlowBucket::kSlots;
  for (uint32_t entries = kSlots; entries <= 2 * kSlots; ++entries) {
    FlowTable table = make(2 * kSlots, GetParam());
    std::vector<uint64_t> keys(2 * kSlots);
    std::vector<FlowHash> hashes;
    std::vector<EntryIndex> indices;
    for (uint32_t i = 0; i < entries; ++i) {
      hashes.push_back(neighbour(i));
      indices.push_back(insert(table, keys, hashes[i], i));
      ASSERT_NE(indices[i], dstgc::kNoEntry);
    }
    EXPECT_GE(table.away(), entries - kSlots);
    std::mt19937 random(entries);
    std::vector<uint32_t> order(entries);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), random);
    for (uint32_t gone = 0; gone < entries; ++gone) {
      ASSERT_TRUE(table.unlink(hashes[order[gone]], indices[order[gone]]));
      std::vector<EntryIndex> found(entries);
      const uint64_t are_found = table.find_burst(hashes.data(), entries, found.data());
      for (uint32_t i = 0; i < entries; ++i) {
        EXPECT_EQ(found[order[i]], i <= gone ? dstgc::kNoEntry : indices[order[i]]);
        EXPECT_EQ((are_found >> order[i] & 1U) != 0, i > gone);
      }
    }
    EXPECT_EQ(table.count(), 0U);
    EXPECT_EQ(table.away(), 0U);
  }
}

TEST_P(EachKernel, FindsWholeBurstsOfHitsAndMisses) {
  FlowTable table = make(FlowTable::entries_for(4096), GetParam(), 1000);
  std::vector<uint64_t> keys(1000 + table.entries());
  std::vector<EntryIndex> indices(8192, dstgc::kNoEntry);
  for (uint32_t i = 0; i < 4096; ++i) {
    indices[i] = insert(table, keys, hash_of(i), i);
    ASSERT_NE(indices[i], dstgc::kNoEntry);
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
    for (const bool near : {false, true}) {
      const uint64_t are_found = table.find_burst(hashes.data(), n, found.data(), near);
      EXPECT_EQ(are_found & ~first_bits(n), 0U);
      for (unsigned i = 0; i < n; ++i) {
        EXPECT_TRUE(may_be(found[i], indices[wanted[i]], hashes[i], keys));
        EXPECT_EQ((are_found >> i & 1U) != 0, found[i] != dstgc::kNoEntry);
      }
    }
  }
}

TEST_P(EachKernel, NeitherAFreeNorATakenSlotIsAHitNorTheCountsBesideThem) {
  FlowTable table = make(FlowBucket::kSlots, GetParam());
  const FlowHash hash = neighbour(0);
  const EntryIndex index = table.claim(hash);
  ASSERT_NE(index, dstgc::kNoEntry);
  EXPECT_EQ(find_one(table, hash), dstgc::kNoEntry) << "not published";
  table.publish(hash, index);
  EXPECT_EQ(find_one(table, hash), index);
  ASSERT_TRUE(table.unlink(hash, index));
  EXPECT_EQ(find_one(table, hash), dstgc::kNoEntry) << "unlinked";
  // Tags of all values but those that are there: one of them is what the counts are, read as a tag.
  FlowTable two = make(2 * FlowBucket::kSlots, GetParam());
  constexpr uint32_t kThere = 2 * FlowBucket::kSlots - 2;
  for (uint32_t i = 0; i < kThere; ++i) two.publish(neighbour(i), two.claim(neighbour(i)));
  ASSERT_GE(two.away(), 2U);
  for (uint32_t i = kThere; i < FlowHash::kAwayTag; ++i)
    EXPECT_EQ(find_one(two, neighbour(i)), dstgc::kNoEntry) << i;
}

TEST_P(EachKernel, AGroupsCountOfFlowsInSecondBucketsNeverOverflows) {
  FlowTable table = make(2 * FlowBucket::kSlots, GetParam());
  std::vector<uint64_t> keys(2 * FlowBucket::kSlots);
  const auto of_one_group = [](uint32_t i) { return neighbour(FlowHash::kGroups * i); };
  std::vector<std::pair<uint32_t, EntryIndex>> there;
  for (uint32_t i = 0; i < 2 * FlowBucket::kSlots; ++i) {
    const EntryIndex index = insert(table, keys, of_one_group(i), i);
    if (index != dstgc::kNoEntry) there.emplace_back(i, index);
  }
  EXPECT_EQ(table.away(), uint64_t{FlowBucket::kAwayMax});
  EXPECT_EQ(there.size(), FlowBucket::kSlots + FlowBucket::kAwayMax) << "the rest of the first";
  for (const auto& [i, index] : there) EXPECT_EQ(find_one(table, of_one_group(i)), index);
  EXPECT_NE(table.claim(neighbour(1)), dstgc::kNoEntry) << "another group's flow has room";
  for (const auto& [i, index] : there) ASSERT_TRUE(table.unlink(of_one_group(i), index));
  EXPECT_EQ(table.away(), 1U) << "the other group's";
}

TEST_P(EachKernel, FindsEachFlowWhereItsPlaceIsWhileTheyChangeOver) {
  constexpr uint32_t kFlows = 4000;
  constexpr uint32_t kAll = 1024;  // buckets, and those in use in the end
  constexpr uint32_t kFew = 512;
  FlowTable table = make(kAll * FlowBucket::kSlots, GetParam());
  std::vector<uint64_t> keys(table.entries());
  const auto hash = [](uint32_t i) {
    FlowHash made = hash_of(i);
    made.spread = i;
    return made;
  };
  std::vector<EntryIndex> there;
  for (uint32_t i = 0; i < kFlows; ++i) there.push_back(insert(table, keys, hash(i), i));
  const auto expect_found = [&] {
    for (uint32_t i = 0; i < kFlows; ++i)
      ASSERT_TRUE(may_be(find_one(table, hash(i)), there[i], hash(i), keys)) << i;
  };
  table.region().begin(kFew);
  expect_found();
  uint32_t changed = 0;
  for (uint32_t moved = 0; moved < kFlows; moved += 500) {
    table.region().advance(moved + 500);
    for (uint32_t i = moved; i < moved + 500; ++i) {
      if (table.is_placed(hash(i), there[i])) continue;  // the same bucket, one of a thousand
      ++changed;
      EXPECT_EQ(table.find(hash(i), has(keys, i)), dstgc::kNoEntry) << "in its new place";
      ASSERT_EQ(table.find_left(hash(i), has(keys, i)), there[i]);
      const EntryIndex left = std::exchange(there[i], insert(table, keys, hash(i), i));
      ASSERT_LT(to_u32(there[i]), kFew * FlowBucket::kSlots);
      EXPECT_TRUE(table.is_placed(hash(i), there[i]));
      ASSERT_TRUE(table.unlink(hash(i), left));
    }
    EXPECT_EQ(table.find_left(hash(moved + 500), has(keys, moved + 500)), dstgc::kNoEntry)
        << "it has not changed its place";
    expect_found();
  }
  table.region().finish();
  expect_found();
  EXPECT_EQ(table.count(), kFlows);
  EXPECT_GT(changed, kFlows - 50);
}

// Flows that were placed when so many buckets were in use.
void fill_and_empty(const std::vector<uint32_t>& regions) {
  FlowTable table = make(FlowTable::entries_for(100000));
  std::vector<uint64_t> keys(table.entries());
  std::vector<std::pair<uint64_t, EntryIndex>> there;
  uint64_t key = 0;
  for (const uint32_t buckets : regions) {
    table.region().begin(buckets);
    table.region().finish();
    for (uint32_t i = 0; i < buckets * 26; ++i, ++key) {
      const EntryIndex index = insert(table, keys, hash_of(key), key);
      if (index != dstgc::kNoEntry) there.emplace_back(key, index);
    }
  }
  EXPECT_GT(table.away(), 1000U);
  for (const auto& [k, index] : there) ASSERT_TRUE(table.unlink(hash_of(k), index));
  EXPECT_EQ(table.count(), 0U);
  EXPECT_EQ(table.away(), 0U);
}
TEST(FlowTable, WhatLiesInSecondBucketsIsCountedRightHoweverManyWereInUse) {
  fill_and_empty({512, 2048, 1024, 3072});
  fill_and_empty({3072, 512});
}

TEST(FlowTable, TellsThatItIsCrowdedOnlyWhereMoreBucketsWouldHelp) {
  FlowTable table = make(1024 * FlowBucket::kSlots);
  std::vector<uint64_t> keys(table.entries());
  uint64_t key = 0;
  const auto fill = [&](double load) {
    while (table.load() < load) insert(table, keys, hash_of(key), key), ++key;
  };
  table.region().begin(512);
  table.region().finish();
  fill(0.3);
  EXPECT_FALSE(table.region().take_crowded());
  fill(0.9);
  EXPECT_TRUE(table.region().take_crowded());
  table.region().begin(1024);
  EXPECT_NEAR(table.load(), 0.45, 0.03) << "of the next region";
  table.region().finish();
  fill(0.9);
  EXPECT_FALSE(table.region().take_crowded());
}

TEST(FlowTable, ASlotIsGivenAgainOnlyWhenItWasVacated) {
  FlowTable table = make(1);
  const FlowHash hash = neighbour(0);
  ASSERT_EQ(to_u32(table.free_entry(hash)), 0U);
  ASSERT_EQ(to_u32(table.claim(hash)), 0U);
  EXPECT_EQ(table.claim(hash), dstgc::kNoEntry) << "taken";
  EXPECT_FALSE(table.unlink(hash, EntryIndex{0})) << "not published";
  table.publish(hash, EntryIndex{0});
  EXPECT_EQ(table.claim(hash), dstgc::kNoEntry) << "live";
  EXPECT_TRUE(table.unlink(hash, EntryIndex{0}));
  EXPECT_EQ(table.claim(hash), dstgc::kNoEntry) << "dead";
  table.vacate(EntryIndex{0});
  EXPECT_EQ(to_u32(table.claim(hash)), 0U);
  table.abandon(hash, EntryIndex{0});
  EXPECT_EQ(table.claim(hash), dstgc::kNoEntry) << "abandoned";
  table.vacate(EntryIndex{0});
  EXPECT_EQ(to_u32(table.claim(hash)), 0U);
}

TEST(FlowTable, GivesTheIndicesOfItsEntriesAndNoOthers) {
  for (const uint32_t entries : {1U, 29U, 30U, 31U, 40U, 60U, 100U}) {
    FlowTable table = make(entries, FlowTable::best(), 500);
    std::vector<bool> given(entries);
    for (uint64_t key = 0; key < 100 * entries; ++key) {
      const EntryIndex index = table.claim(hash_of(key));
      if (index == dstgc::kNoEntry) continue;
      ASSERT_GE(to_u32(index), 500U);
      ASSERT_LT(to_u32(index), 500U + entries);
      EXPECT_FALSE(given[to_u32(index) - 500]);
      given[to_u32(index) - 500] = true;
    }
    EXPECT_EQ(std::ranges::count(given, true), entries);
  }
}

TEST(FlowTable, CountsWhatLiesInSecondBucketsUntilItIsGone) {
  constexpr uint32_t kFlows = 53700;  // that fill whole blocks
  FlowTable table = make(FlowTable::entries_for(kFlows));
  std::vector<uint64_t> keys(table.entries());
  std::vector<EntryIndex> indices;
  for (uint32_t i = 0; i < kFlows; ++i) indices.push_back(insert(table, keys, hash_of(i), i));
  const auto away = static_cast<double>(table.away());
  EXPECT_GT(away, 0.05 * kFlows);
  EXPECT_LT(away, 0.07 * kFlows);
  for (uint32_t i = 0; i < kFlows; ++i) {
    if (indices[i] == dstgc::kNoEntry) continue;
    if (i % 3 == 0) continue;
    ASSERT_TRUE(table.unlink(hash_of(i), indices[i]));
  }
  for (uint32_t i = 0; i < kFlows; i += 3) {
    if (indices[i] == dstgc::kNoEntry) continue;
    ASSERT_TRUE(table.unlink(hash_of(i), indices[i]));
    table.vacate(indices[i]);
    const EntryIndex again = table.claim(hash_of(i));
    ASSERT_NE(again, dstgc::kNoEntry);
    table.abandon(hash_of(i), again);
  }
  EXPECT_EQ(table.count(), 0U);
  EXPECT_EQ(table.away(), 0U);
}

TEST(FlowTable, TwoKeysWithOneTagAreToldApart) {
  FlowTable table = make(2);
  std::vector<uint64_t> keys(2);
  const FlowHash hash{kTagBit | 5U << 16U, 1, 2, 0};
  EXPECT_EQ(to_u32(insert(table, keys, hash, 10)), 0U);
  EXPECT_EQ(to_u32(insert(table, keys, hash, 20)), 1U);
  EXPECT_EQ(to_u32(table.find(hash, has(keys, 10))), 0U);
  EXPECT_EQ(to_u32(table.find(hash, has(keys, 20))), 1U);
  EXPECT_TRUE(table.unlink(hash, EntryIndex{0}));
  EXPECT_EQ(table.find(hash, has(keys, 10)), dstgc::kNoEntry);
  EXPECT_EQ(to_u32(table.find(hash, has(keys, 20))), 1U);
}

TEST(FlowTable, HasRoomForItsFlowsWithHardlyAnException) {
  constexpr uint32_t kFlows = 500000;
  FlowTable table = make(FlowTable::entries_for(kFlows));
  std::vector<uint64_t> keys(table.entries());
  uint32_t refused = 0;
  for (uint32_t i = 0; i < kFlows; ++i)
    refused += insert(table, keys, hash_of(i), i) == dstgc::kNoEntry ? 1 : 0;
  EXPECT_LT(refused, kFlows / 20000);
  EXPECT_EQ(table.count(), kFlows - refused);
  EXPECT_LE(static_cast<double>(table.bytes()) / kFlows, 2.5);
  EXPECT_LE(static_cast<double>(table.entries()) / kFlows, 1.168);
}

TEST(FlowTable, BadSizesAreRefusedInALine) {
  const Result<FlowTable> none = FlowTable::create(0);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("0 entries"), std::string::npos);
  EXPECT_FALSE(FlowTable::create((uint64_t{1} << 31U) + 1));
}

}  // namespace
}  // namespace dstfwd
