// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/dst_entry.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace dstfwd {
namespace {

template <typename Family>
class DstEntryTest : public testing::Test {};
using Families = testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(DstEntryTest, Families);

TYPED_TEST(DstEntryTest, FillSetsEverything) {
  DstEntry<TypeParam> entry;
  memset(static_cast<void*>(&entry), 0xa5, sizeof(entry));
  typename TypeParam::Key key{};
  key.protocol = 6;
  entry.fill(key, NextHopIndex{7}, 0x100000002U, 99);
  EXPECT_EQ(entry.key, key);
  EXPECT_EQ(entry.next_hop(), NextHopIndex{7});
  EXPECT_EQ(entry.version.load(), 0x100000002U);
  EXPECT_EQ(entry.last_use_tick.load(), 99U);
  EXPECT_EQ(entry.created_tick, 99U);
  EXPECT_EQ(entry.packets.load(), 0U);
  EXPECT_EQ(entry.bytes.load(), 0U);
  EXPECT_EQ(entry.child, to_u32(dstgc::kNoEntry));
}

TYPED_TEST(DstEntryTest, TouchCountsPacketsAndBytesAndRemembersTheTick) {
  DstEntry<TypeParam> entry;
  entry.fill({}, NextHopIndex{1}, 0, 5);
  entry.touch(100, 5);
  entry.touch(60, 8);
  EXPECT_EQ(entry.packets.load(), 2U);
  EXPECT_EQ(entry.bytes.load(), 160U);
  EXPECT_EQ(entry.last_use_tick.load(), 8U);
}

TYPED_TEST(DstEntryTest, GoesOnWithTheCountsOfAnotherWhichKeepsNoPackets) {
  DstEntry<TypeParam> left;
  left.fill({}, NextHopIndex{1}, 0, 5);
  left.touch(100, 6);
  left.touch(60, 7);
  DstEntry<TypeParam> entry;
  entry.fill({}, NextHopIndex{2}, 1, 9);
  entry.go_on(left);
  EXPECT_EQ(entry.packets.load(), 2U);
  EXPECT_EQ(entry.bytes.load(), 160U);
  EXPECT_EQ(entry.created_tick, 5U);
  EXPECT_EQ(entry.last_use_tick.load(), 9U);
  EXPECT_EQ(entry.next_hop(), NextHopIndex{2});
  EXPECT_EQ(left.packets.load(), 0U);
}

TYPED_TEST(DstEntryTest, WhatTheVerdictNeedsIsInTheFirstLine) {
  using Entry = DstEntry<TypeParam>;
  const Entry entry{};
  const auto* base = reinterpret_cast<const char*>(&entry);
  EXPECT_LE(reinterpret_cast<const char*>(&entry.key + 1) - base, 64);
  EXPECT_LE(reinterpret_cast<const char*>(&entry.version + 1) - base, 64);
  EXPECT_LE(reinterpret_cast<const char*>(&entry.hop + 1) - base, 64);
  EXPECT_LE(reinterpret_cast<const char*>(&entry.last_use_tick + 1) - base, 64);
}

TYPED_TEST(DstEntryTest, TheLastUseDirtiesNoLineThatTheCountOfPacketsDoesNot) {
  const DstEntry<TypeParam> entry{};
  const auto line = [&](const void* at) {
    return (static_cast<const char*>(at) - reinterpret_cast<const char*>(&entry)) / 64;
  };
  EXPECT_EQ(line(&entry.last_use_tick), line(&entry.packets));
}

TEST(DstClock, TicksAreShortAndTimeoutsNeverRoundDown) {
  for (uint64_t hz : {1000000000U, 2300000000U, 3999999999U}) {
    const DstClock clock(hz);
    uint64_t per_tick = 1;
    while (clock.tick(per_tick) == 0) per_tick *= 2;
    EXPECT_LE(static_cast<double>(per_tick) / static_cast<double>(hz), DstClock::kMaxTick_s);
    EXPECT_GT(static_cast<double>(per_tick) / static_cast<double>(hz), DstClock::kMaxTick_s / 2);
    for (double seconds : {0.001, 0.1, 1.0, 60.0, 86400.0}) {
      const double back =
          clock.ticks(seconds) * static_cast<double>(per_tick) / static_cast<double>(hz);
      EXPECT_GE(back, seconds * 0.999999);
      EXPECT_LE(back, seconds + DstClock::kMaxTick_s);
    }
  }
}

TEST(DstClock, BoundsTimeoutsToHalfOfTheRange) {
  const DstClock clock(1000000000);
  EXPECT_EQ(clock.ticks(0), 1U);
  EXPECT_EQ(clock.ticks(1e12), 2147483647U);
}

}  // namespace
}  // namespace dstfwd
