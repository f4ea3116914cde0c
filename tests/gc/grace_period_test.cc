// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/grace_period.h"

#include <gtest/gtest.h>

namespace dstgc {
namespace {

TEST(GracePeriod, PassesWhenEachOnlineReaderWasQuiescent) {
  GracePeriod grace = std::move(*GracePeriod::create(3));
  grace.online(0);
  grace.online(2);
  const GracePeriod::Token token = grace.start();
  EXPECT_FALSE(grace.passed(token));
  EXPECT_EQ(grace.laggard(token), 0U);
  grace.quiescent(0);
  EXPECT_FALSE(grace.passed(token));
  EXPECT_EQ(grace.laggard(token), 2U);
  grace.quiescent(2);
  EXPECT_TRUE(grace.passed(token));
  EXPECT_EQ(grace.laggard(token), std::nullopt);
}

TEST(GracePeriod, DoesNotWaitForReadersThatAreOffline) {
  GracePeriod grace = std::move(*GracePeriod::create(2));
  grace.online(1);
  const GracePeriod::Token token = grace.start();
  EXPECT_FALSE(grace.passed(token));
  grace.offline(1);
  EXPECT_TRUE(grace.passed(token));
}

TEST(GracePeriod, RefusesANumberOfReadersOutOfRange) {
  EXPECT_EQ(GracePeriod::create(0).error().message,
            "grace period: 0 readers are not from 1 to 1024");
  EXPECT_FALSE(GracePeriod::create(1025));
}

}  // namespace
}  // namespace dstgc
