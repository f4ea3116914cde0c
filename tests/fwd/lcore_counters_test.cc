// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/lcore_counters.h"

#include <gtest/gtest.h>

#include <thread>

namespace dstfwd {
namespace {

TEST(LcoreCounters, BeginAtZeroAndAdd) {
  LcoreCounters counters;
  EXPECT_EQ(counters.rx.get(), 0U);
  counters.rx.add(3);
  counters.rx.add(4);
  EXPECT_EQ(counters.rx.get(), 7U);
  for (const Counter& c : counters.verdicts) EXPECT_EQ(c.get(), 0U);
}

TEST(LcoreCounters, EachVerdictHasItsOwn) {
  LcoreCounters counters;
  for (size_t v = 0; v < kVerdictCount; ++v) counters.verdict(static_cast<Verdict>(v)).add(v);
  for (size_t v = 0; v < kVerdictCount; ++v) EXPECT_EQ(counters.verdicts[v].get(), v);
}

TEST(LcoreCounters, TwoLcoresShareNoLine) {
  EXPECT_EQ(sizeof(LcoreCounters) % (2 * dstgc::kCacheLine), 0U);
  EXPECT_EQ(alignof(LcoreCounters), 2 * dstgc::kCacheLine);
}

TEST(LcoreCounters, AReaderSeesThemGrow) {
  LcoreCounters counters;
  std::thread writer([&] {
    for (int i = 0; i < 100000; ++i) counters.rx.add(1);
  });
  uint64_t last = 0;
  while (last < 100000) {
    const uint64_t now = counters.rx.get();
    ASSERT_GE(now, last);
    last = now;
  }
  writer.join();
}

}  // namespace
}  // namespace dstfwd
