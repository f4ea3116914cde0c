// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/admission.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace dstfwd {
namespace {

using dstgc::Pressure;

constexpr uint32_t kAllowance = 10000;
constexpr uint32_t kTicks_s = 125;

FlowHash random_hash(std::mt19937& random) {
  return {static_cast<uint32_t>(random()) | 1U, static_cast<uint32_t>(random()), 0, 0};
}

bool ask(Admission& admission, const FlowHash& hash, Pressure pressure, uint32_t tick,
         bool reuse_is_low = false) {
  admission.open(pressure, reuse_is_low, tick);
  return admission.admit(hash);
}

TEST(Admission, LetsEverythingInWithoutPressure) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(ask(*admission, random_hash(random), Pressure::kNone, 0));
}

TEST(Admission, LetsNothingInInAnEmergency) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(1);
  const FlowHash hash = random_hash(random);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(ask(*admission, hash, Pressure::kEmergency, 0));
}

TEST(Admission, LetsInWhoComesBackUnderLowPressure) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(1);
  const FlowHash hash = random_hash(random);
  EXPECT_FALSE(ask(*admission, hash, Pressure::kLow, 0));
  EXPECT_TRUE(ask(*admission, hash, Pressure::kLow, 0));
}

TEST(Admission, KeepsAFloodOutAndLetsFlowsInThatSendDuringIt) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(2);
  uint32_t flood_in = 0;
  uint32_t returning_in = 0;
  for (int flow = 0; flow < 500; ++flow) {
    const FlowHash known = random_hash(random);
    (void)ask(*admission, known, Pressure::kLow, 0);
    for (int i = 0; i < 1000; ++i) {
      flood_in += ask(*admission, random_hash(random), Pressure::kLow, 0) ? 1 : 0;
    }
    returning_in += ask(*admission, known, Pressure::kLow, 0) ? 1 : 0;
  }
  // A tag of 16 bits agrees by chance once in 65536.
  EXPECT_LT(flood_in, 40U);
  EXPECT_GT(returning_in, 450U);  // 1000 strangers overwrite 3 % of 32768 places
}

TEST(Admission, LetsAWholeCacheInAtOnceAndThenOnlyWhoComesBack) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(3);
  for (uint32_t i = 0; i < kAllowance; ++i)
    ASSERT_TRUE(ask(*admission, random_hash(random), Pressure::kNone, 7));
  uint32_t strangers_in = 0;
  for (int i = 0; i < 1000; ++i)
    strangers_in += ask(*admission, random_hash(random), Pressure::kNone, 7) ? 1 : 0;
  EXPECT_LE(strangers_in, 2U);
  const FlowHash known = random_hash(random);
  EXPECT_FALSE(ask(*admission, known, Pressure::kNone, 7));
  EXPECT_TRUE(ask(*admission, known, Pressure::kNone, 7));
}

// How many of very many first packets get in at a tick.
uint32_t offer(Admission& admission, std::mt19937& random, uint32_t tick, bool reuse_is_low) {
  uint32_t in = 0;
  for (uint32_t i = 0; i < 2 * kAllowance; ++i)
    in += ask(admission, random_hash(random), Pressure::kNone, tick, reuse_is_low) ? 1 : 0;
  return in;
}
constexpr uint32_t kChance = 5;  // tags that agree

TEST(Admission, LetsFirstPacketsInAtItsRateOnceTheAllowanceIsSpent) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(4);
  EXPECT_NEAR(offer(*admission, random, 0xfffffffe, false), kAllowance, kChance);
  EXPECT_NEAR(offer(*admission, random, 0, false), 2 * Admission::kFirst_s / kTicks_s, kChance)
      << "two ticks, over the wrap";
  EXPECT_NEAR(offer(*admission, random, 1, false), Admission::kFirst_s / kTicks_s, kChance);
  EXPECT_NEAR(offer(*admission, random, 1001, false), kAllowance, kChance)
      << "not more than a cache";
}

TEST(Admission, LetsFewerFirstPacketsInWhileEntriesAreNotUsedAgain) {
  const auto admission = std::make_unique<Admission>(kAllowance, kTicks_s);
  std::mt19937 random(5);
  constexpr uint32_t kRate = Admission::kFirst_s / kTicks_s;  // a tick
  EXPECT_NEAR(offer(*admission, random, 1, true), kAllowance, kChance) << "what it had before";
  EXPECT_NEAR(offer(*admission, random, 2, true), kRate / Admission::kLowReuse, kChance);
  const FlowHash known = random_hash(random);
  EXPECT_FALSE(ask(*admission, known, Pressure::kNone, 2, true));
  EXPECT_TRUE(ask(*admission, known, Pressure::kNone, 2, true)) << "who comes back";
  EXPECT_NEAR(offer(*admission, random, 3, false), kRate, kChance) << "again as before";
  EXPECT_NEAR(offer(*admission, random, 1000000, true),
              std::min(kAllowance, Admission::kFirst_s / Admission::kLowReuse), kChance)
      << "after a pause not more than a second's";
}

TEST(Admission, LetsSomeFirstPacketsInOfTheFastestClock) {
  const auto admission = std::make_unique<Admission>(kAllowance, 2 * Admission::kFirst_s);
  std::mt19937 random(6);
  EXPECT_NEAR(offer(*admission, random, 1, true), kAllowance, kChance);
  const uint32_t in = offer(*admission, random, 101, true);
  EXPECT_NEAR(in, 100, kChance) << "one a tick at least";
}

}  // namespace
}  // namespace dstfwd
