// SPDX-License-Identifier: BSD-3-Clause
#include "app/numa_text.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(NumaText, TellsWhereEverythingIs) {
  const NumaPlace counts{"counts", size_t{4} << 20U, size_t{2} << 20U, {{0, 2}}};
  const NumaShard shard{0, {counts}, {{1, "forward", 0}, {2, "gc", 0}}};
  EXPECT_EQ(numa_text(std::span(&shard, 1)),
            "memory\n"
            "  counts              4 MB in pages of 2 MB on node 0\n"
            "lcores\n"
            "  lcore 1 (forward) on node 0\n"
            "  lcore 2 (gc) on node 0\n");
}

TEST(NumaText, WarnsOfAMismatchWithBothNumbers) {
  const NumaPlace entries{"entries", 8192, 4096, {{0, 1}, {1, 1}}};
  const NumaPlace counts{"counts", 4096, 4096, {{0, 1}}};
  const NumaShard shard{0, {entries, counts}, {{1, "forward", 0}, {3, "forward", 0}, {7, "gc", 1}}};
  const std::string said = numa_text(std::span(&shard, 1));
  EXPECT_NE(said.find("node 0 (1 of 2 pages), node 1 (1 of 2 pages)"), said.npos) << said;
  EXPECT_NE(said.find("warning: lcore 7 (gc) is on node 1, but on node 0: entries, counts\n"),
            said.npos)
      << said;
  EXPECT_NE(said.find("warning: lcore 1 (forward) is on node 0, but on node 1: entries\n"),
            said.npos)
      << said;
  EXPECT_EQ(said.find("lcore 3 (forward) is on"), said.npos) << said;
}

TEST(NumaText, TellsOfEachNodesCacheApart) {
  const std::vector<NumaShard> shards = {
      {0, {{"entries", 8192, 4096, {{0, 2}}}}, {{1, "forward", 0}, {2, "gc", 0}}},
      {1, {{"entries", 4096, 4096, {{1, 1}}}}, {{3, "forward", 1}, {4, "gc", 1}}}};
  EXPECT_EQ(numa_text(shards),
            "cache of node 0\n"
            "memory\n"
            "  entries             8 KB in pages of 4 KB on node 0\n"
            "lcores\n"
            "  lcore 1 (forward) on node 0\n"
            "  lcore 2 (gc) on node 0\n"
            "cache of node 1\n"
            "memory\n"
            "  entries             4 KB in pages of 4 KB on node 1\n"
            "lcores\n"
            "  lcore 3 (forward) on node 1\n"
            "  lcore 4 (gc) on node 1\n");
}

TEST(NumaText, SaysSoWhereTheKernelDoesNotTell) {
  const NumaPlace entries{"entries", 8192, 4096, {{-1, 2}}};
  const NumaShard shard{0, {entries}, {{1, "forward", 0}}};
  const std::string said = numa_text(std::span(&shard, 1));
  EXPECT_NE(said.find("on an unknown node\n"), said.npos) << said;
  EXPECT_EQ(said.find("warning"), said.npos) << said;
}

}  // namespace
}  // namespace dstfwd
