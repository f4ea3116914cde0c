// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/reader_grace.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(ReaderGrace, WithoutReadersEachPeriodHasPassed) {
  const ReaderGrace grace;
  EXPECT_TRUE(grace.passed(grace.start()));
}

TEST(ReaderGrace, AsksAboutThePeriodThatItStarted) {
  uint64_t started = 6;
  uint64_t passed = 0;
  const ReaderGrace grace{[&] { return ++started; },
                          [&](uint64_t token) { return token <= passed; }};
  const auto first = grace.start();
  const auto second = grace.start();
  EXPECT_FALSE(grace.passed(first));
  passed = first;
  EXPECT_TRUE(grace.passed(first));
  EXPECT_FALSE(grace.passed(second));
}

}  // namespace
}  // namespace dstfwd
