// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace dstgc {
namespace {

TEST(Memory, IsZeroedAndAsLargeAsAsked) {
  Result<Memory> memory = Memory::map(3U << 20U, -1);
  ASSERT_TRUE(memory) << memory.error().message;
  ASSERT_GE(memory->size(), 3U << 20U);
  const auto* bytes = static_cast<const char*>(memory->data());
  EXPECT_TRUE(std::all_of(bytes, bytes + memory->size(), [](char c) { return c == 0; }));
}

TEST(Memory, IsOnTheNodeThatTheKernelNames) {
  Result<Memory> memory = Memory::map(8192, 0);
  ASSERT_TRUE(memory) << memory.error().message;
  const int node = memory->node_of_page(4096);
  EXPECT_TRUE(node == 0 || node == -1) << node;  // -1: move_pages is not allowed here
  EXPECT_EQ(memory->node_of_page(memory->size()), -1);
}

TEST(Memory, CountsASampleOfItsPagesByNode) {
  const Memory memory = std::move(*Memory::map(size_t{100} * 4096, -1));
  size_t pages = 0;
  for (const auto& [node, count] : memory.nodes(50)) {
    EXPECT_EQ(node, memory.node_of_page(0));
    pages += count;
  }
  EXPECT_EQ(pages, 50U);
}

TEST(Memory, NamesWhatWasWrong) {
  const Result<Memory> none = Memory::map(0, -1);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "memory: 0 bytes were asked for");
  const Result<Memory> far = Memory::map(1, 4711);
  ASSERT_FALSE(far);
  EXPECT_EQ(far.error().message, "memory: there is no NUMA node 4711");
}

TEST(Memory, MovesWithoutACopy) {
  Memory first = std::move(*Memory::map(4096, -1));
  void* at = first.data();
  const Memory second = std::move(first);
  EXPECT_EQ(second.data(), at);
}

}  // namespace
}  // namespace dstgc
