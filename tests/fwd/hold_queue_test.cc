// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/hold_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>

namespace dstfwd {
namespace {

TEST(HoldQueue, PacketsOfANeighbourLeaveInTheirOrder) {
  HoldQueue<int> queue(8, 4);
  HoldList a;
  HoldList b;
  for (int i = 1; i <= 3; ++i) EXPECT_FALSE(queue.push(a, i));
  EXPECT_FALSE(queue.push(b, 10));
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_EQ(a.size(), 3U);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(queue.pop(a), i);
  EXPECT_FALSE(queue.pop(a));
  EXPECT_EQ(queue.pop(b), 10);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(HoldQueue, AFullNeighbourGivesUpItsOldest) {
  HoldQueue<int> queue(8, 2);
  HoldList a;
  HoldList b;
  queue.push(b, 100);
  queue.push(a, 1);
  queue.push(a, 2);
  EXPECT_EQ(queue.push(a, 3), 1) << "not the older packet of another neighbour";
  EXPECT_EQ(queue.pop(a), 2);
  EXPECT_EQ(queue.pop(a), 3);
  EXPECT_EQ(queue.pop(b), 100);
}

TEST(HoldQueue, AFullQueueGivesUpTheOldestOfAll) {
  HoldQueue<int> queue(3, 3);
  HoldList a;
  HoldList b;
  queue.push(a, 1);
  queue.push(b, 2);
  queue.push(b, 3);
  EXPECT_EQ(queue.push(b, 4), 1);
  EXPECT_EQ(a.size(), 0U);
  EXPECT_EQ(queue.push(a, 5), 2);
  while (queue.pop(a)) {
  }
  while (queue.pop(b)) {
  }
}

TEST(HoldQueue, ALongRandomRunAgreesWithAModel) {
  constexpr uint32_t kTotal = 10;
  constexpr uint32_t kEach = 4;
  constexpr size_t kLists = 5;
  HoldQueue<int> queue(kTotal, kEach);
  std::array<HoldList, kLists> lists;
  std::deque<std::pair<size_t, int>> model;  // in order of arrival
  const auto oldest = [&](size_t list) {
    return std::find_if(model.begin(), model.end(), [&](auto& m) { return m.first == list; });
  };
  const auto count = [&](size_t list) {
    return static_cast<uint32_t>(
        std::count_if(model.begin(), model.end(), [&](auto& m) { return m.first == list; }));
  };
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    const size_t list = random() % kLists;
    if (random() % 3 != 0) {
      std::optional<int> expected;
      auto gone = model.end();
      if (count(list) == kEach) {
        gone = oldest(list);
      } else if (model.size() == kTotal) {
        gone = model.begin();
      }
      if (gone != model.end()) {
        expected = gone->second;
        model.erase(gone);
      }
      model.emplace_back(list, i);
      ASSERT_EQ(queue.push(lists[list], i), expected);
    } else {
      std::optional<int> expected;
      if (const auto it = oldest(list); it != model.end()) {
        expected = it->second;
        model.erase(it);
      }
      ASSERT_EQ(queue.pop(lists[list]), expected);
    }
    ASSERT_EQ(queue.size(), model.size());
    ASSERT_EQ(lists[list].size(), count(list));
  }
  for (HoldList& list : lists) {
    while (queue.pop(list)) {
    }
  }
}

}  // namespace
}  // namespace dstfwd
