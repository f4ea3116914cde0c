// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/admission.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace dstfwd {
namespace {

using dstgc::Pressure;

FlowHash random_hash(std::mt19937& random) {
  return {static_cast<uint32_t>(random()) | 1U, static_cast<uint32_t>(random()), 0, 0};
}

TEST(Admission, LetsEverythingInWithoutPressure) {
  const auto admission = std::make_unique<Admission>();
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(admission->admit(random_hash(random), Pressure::kNone));
}

TEST(Admission, LetsNothingInInAnEmergency) {
  const auto admission = std::make_unique<Admission>();
  std::mt19937 random(1);
  const FlowHash hash = random_hash(random);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(admission->admit(hash, Pressure::kEmergency));
}

TEST(Admission, LetsInWhoComesBackUnderLowPressure) {
  const auto admission = std::make_unique<Admission>();
  std::mt19937 random(1);
  const FlowHash hash = random_hash(random);
  EXPECT_FALSE(admission->admit(hash, Pressure::kLow));
  EXPECT_TRUE(admission->admit(hash, Pressure::kLow));
}

TEST(Admission, KeepsAFloodOutAndLetsFlowsInThatSendDuringIt) {
  const auto admission = std::make_unique<Admission>();
  std::mt19937 random(2);
  uint32_t flood_in = 0;
  uint32_t returning_in = 0;
  for (int flow = 0; flow < 500; ++flow) {
    const FlowHash known = random_hash(random);
    (void)admission->admit(known, Pressure::kLow);
    for (int i = 0; i < 1000; ++i) {
      flood_in += admission->admit(random_hash(random), Pressure::kLow) ? 1 : 0;
    }
    returning_in += admission->admit(known, Pressure::kLow) ? 1 : 0;
  }
  EXPECT_EQ(flood_in, 0U);
  EXPECT_GT(returning_in, 450U);  // 1000 strangers overwrite 6 % of 16384 places
}

}  // namespace
}  // namespace dstfwd
