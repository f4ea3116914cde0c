// SPDX-License-Identifier: BSD-3-Clause
#include "app/numa_text.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(NumaText, TellsWhereEverythingIs) {
  const NumaPlace counts{"counts", size_t{4} << 20U, size_t{2} << 20U, {{0, 2}}};
  const std::vector<NumaLcore> lcores = {{1, "forward", 0}, {2, "gc", 0}};
  EXPECT_EQ(numa_text(std::span(&counts, 1), lcores),
            "memory\n"
            "  counts              4 MB in pages of 2 MB on node 0\n"
            "lcores\n"
            "  lcore 1 (forward) on node 0\n"
            "  lcore 2 (gc) on node 0\n");
}

TEST(NumaText, WarnsOfAMismatchWithBothNumbers) {
  const NumaPlace entries{"entries", 8192, 4096, {{0, 1}, {1, 1}}};
  const std::vector<NumaLcore> lcores = {{1, "forward", 0}, {7, "gc", 1}};
  const std::string said = numa_text(std::span(&entries, 1), lcores);
  EXPECT_NE(said.find("node 0 (1 of 2 pages), node 1 (1 of 2 pages)"), said.npos) << said;
  EXPECT_NE(said.find("warning: lcore 7 (gc) is on node 1, entries on node 0\n"), said.npos)
      << said;
  EXPECT_EQ(said.find("entries on node 1\n"), said.npos) << said;
}

TEST(NumaText, SaysSoWhereTheKernelDoesNotTell) {
  const NumaPlace entries{"entries", 8192, 4096, {{-1, 2}}};
  const std::vector<NumaLcore> lcores = {{1, "forward", 0}};
  const std::string said = numa_text(std::span(&entries, 1), lcores);
  EXPECT_NE(said.find("on an unknown node\n"), said.npos) << said;
  EXPECT_EQ(said.find("warning"), said.npos) << said;
}

}  // namespace
}  // namespace dstfwd
