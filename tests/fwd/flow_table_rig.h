// SPDX-License-Identifier: BSD-3-Clause
// Flow tables for tests. Keys are numbers here; the entry of index i has the key keys[i].
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "fwd/flow_table.h"

namespace dstfwd::test {

inline FlowHash hash_of(uint64_t key) {
  std::mt19937_64 random(key);
  const uint64_t a = random();
  const uint64_t b = random();
  return {static_cast<uint32_t>(a) | kTagBit, static_cast<uint32_t>(a >> 32U),
          static_cast<uint32_t>(b), static_cast<uint32_t>(b >> 32U)};
}
// Of flow i, less than 2^14, of many with the same two buckets, the first and the second of two; of
// groups in turns.
inline FlowHash neighbour(uint32_t i) {
  return {kTagBit | i << 16U, 0, 0x80000000U + i % FlowHash::kGroups, 0};
}

inline FlowTable make(uint64_t entries, TableKernel kernel = FlowTable::best(),
                      uint32_t first = 0) {
  Result<FlowTable> table = FlowTable::create(entries, first, -1, kernel);
  EXPECT_TRUE(table) << table.error().message;
  return std::move(*table);
}

inline auto has(const std::vector<uint64_t>& keys, uint64_t key) {
  return [&keys, key](EntryIndex index) { return keys[to_u32(index)] == key; };
}

// As the dst cache does it. kNoEntry: there was no room.
inline EntryIndex insert(FlowTable& table, std::vector<uint64_t>& keys, const FlowHash& hash,
                         uint64_t key) {
  const EntryIndex index = table.claim(hash);
  if (index == dstgc::kNoEntry) return index;
  keys[to_u32(index)] = key;
  table.publish(hash, index);
  return index;
}

// What a lookup may find where the table has `there`: it, or one that has the same tag.
inline testing::AssertionResult may_be(EntryIndex found, EntryIndex there, const FlowHash& hash,
                                       const std::vector<uint64_t>& keys) {
  if (found == there) return testing::AssertionSuccess();
  if (found == dstgc::kNoEntry) return testing::AssertionFailure() << "not found";
  const uint64_t other = keys[to_u32(found)];
  if (hash_of(other).slot_tag() == hash.slot_tag()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "found key " << other << " with another tag";
}

inline EntryIndex find_one(const FlowTable& table, const FlowHash& hash) {
  EntryIndex found;
  table.find_burst(&hash, 1, &found);
  return found;
}

}  // namespace dstfwd::test
