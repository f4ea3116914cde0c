// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/router_advertiser.h"

#include <gtest/gtest.h>

#include <vector>

namespace dstfwd {
namespace {

std::vector<uint64_t> run(RouterAdvertiser& advertiser, uint64_t from_ms, uint64_t to_ms) {
  std::vector<uint64_t> sent;
  for (uint64_t now = from_ms; now < to_ms; ++now) {
    if (advertiser.tick(now)) sent.push_back(now);
  }
  return sent;
}

TEST(RouterAdvertiser, TheFirstThreeComeSoonThenEachInThreeToTenMinutes) {
  RouterAdvertiser advertiser(1000, 1);
  const auto sent = run(advertiser, 1000, 3600000);
  ASSERT_GE(sent.size(), 6U);
  EXPECT_EQ(sent[0], 1000U);
  EXPECT_LE(sent[1] - sent[0], 16000U);
  EXPECT_LE(sent[2] - sent[1], 16000U);
  for (size_t i = 3; i < sent.size(); ++i) {
    EXPECT_GE(sent[i] - sent[i - 1], 198000U);
    EXPECT_LE(sent[i] - sent[i - 1], 600000U);
  }
}

TEST(RouterAdvertiser, ASolicitationIsAnsweredWithinHalfASecond) {
  RouterAdvertiser advertiser(0, 2);
  run(advertiser, 0, 100000);
  advertiser.solicited(100000);
  const auto sent = run(advertiser, 100000, 101000);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_LE(sent[0], 100500U);
}

TEST(RouterAdvertiser, ManySolicitationsGetOneAnswerInThreeSeconds) {
  RouterAdvertiser advertiser(0, 3);
  run(advertiser, 0, 100000);
  std::vector<uint64_t> sent;
  for (uint64_t now = 100000; now < 110000; ++now) {
    advertiser.solicited(now);
    if (advertiser.tick(now)) sent.push_back(now);
  }
  EXPECT_GE(sent.size(), 3U);
  EXPECT_LE(sent.size(), 4U);
  for (size_t i = 1; i < sent.size(); ++i) EXPECT_GE(sent[i] - sent[i - 1], 3000U);
}

}  // namespace
}  // namespace dstfwd
