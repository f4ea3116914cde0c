// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/token_bucket.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(TokenBucket, GivesItsBurstAtOnceAndNoMore) {
  TokenBucket bucket(10, 3, 1000, 5);
  EXPECT_TRUE(bucket.take(5));
  EXPECT_TRUE(bucket.take(5));
  EXPECT_TRUE(bucket.take(5));
  EXPECT_FALSE(bucket.take(5));
}

TEST(TokenBucket, RefillsAtItsRate) {
  TokenBucket bucket(10, 1, 1000, 0);  // a token each 100 ticks
  EXPECT_TRUE(bucket.take(0));
  EXPECT_FALSE(bucket.take(99));
  EXPECT_TRUE(bucket.take(100));
  EXPECT_FALSE(bucket.take(199));
  EXPECT_TRUE(bucket.take(200));
}

TEST(TokenBucket, AnHourOfRestGivesNoMoreThanTheBurst) {
  TokenBucket bucket(1000, 50, 1000000, 0);
  unsigned taken = 0;
  for (int i = 0; i < 1000; ++i) taken += bucket.take(3600ULL * 1000000) ? 1 : 0;
  EXPECT_EQ(taken, 50U);
}

TEST(TokenBucket, LongRunIsTheRatePlusTheBurst) {
  TokenBucket bucket(100, 7, 1000, 0);
  unsigned taken = 0;
  for (uint64_t now = 0; now < 10000; ++now) taken += bucket.take(now) ? 1 : 0;
  EXPECT_GE(taken, 1000U);
  EXPECT_LE(taken, 1007U);
}

TEST(TokenBucket, RateZeroIsNoLimit) {
  TokenBucket bucket(0, 1, 1000, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bucket.take(0));
}

}  // namespace
}  // namespace dstfwd
