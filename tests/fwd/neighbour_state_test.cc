// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/neighbour_state.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

using Phase = NeighbourPhase;
constexpr MacAddress kMac1{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kMac2{{2, 0, 0, 0, 0, 2}};
constexpr NeighbourAdvert kAnswer{kMac1, true, true};

struct NeighbourStateTest : ::testing::Test {
  NeighbourState state{NeighbourTimers{}, 1};
  uint64_t now = 1000;

  void resolve() {
    state.want(now);
    state.advertised(kAnswer, now);
  }
  // Ticks each millisecond until something happens; the time it took, or 0 after `limit_ms`.
  uint64_t until(Phase phase, bool in_use, uint64_t limit_ms = 200000) {
    const uint64_t begin = now;
    while (now - begin < limit_ms) {
      ++now;
      state.tick(now, in_use);
      if (state.phase() == phase) return now - begin;
    }
    return 0;
  }
};

TEST_F(NeighbourStateTest, ResolutionAsksThreeTimesASecondApartThenFails) {
  EXPECT_TRUE(state.want(now).solicit_group);
  EXPECT_EQ(state.phase(), Phase::kIncomplete);
  EXPECT_FALSE(state.want(now).solicit_group) << "is being asked already";
  EXPECT_FALSE(state.tick(now + 999, true).solicit_group);
  EXPECT_TRUE(state.tick(now + 1000, true).solicit_group);
  EXPECT_TRUE(state.tick(now + 2000, true).solicit_group);
  EXPECT_FALSE(state.tick(now + 2999, true).failed);
  const NeighbourActions last = state.tick(now + 3000, true);
  EXPECT_TRUE(last.failed);
  EXPECT_FALSE(last.solicit_group);
  EXPECT_EQ(state.phase(), Phase::kFailed);
  EXPECT_FALSE(is_usable(state.phase()));
}

TEST_F(NeighbourStateTest, AFailedNeighbourIsAskedAgainWhenWanted) {
  state.want(now);
  until(Phase::kFailed, true);
  EXPECT_TRUE(state.want(now).solicit_group);
  EXPECT_EQ(state.phase(), Phase::kIncomplete);
}

TEST_F(NeighbourStateTest, AFailedNeighbourThatNobodyUsesIsForgotten) {
  state.want(now);
  until(Phase::kFailed, true);
  EXPECT_FALSE(state.tick(now + 59999, false).forget);
  EXPECT_FALSE(state.tick(now + 60000, true).forget);
  EXPECT_TRUE(state.tick(now + 60000, false).forget);
}

TEST_F(NeighbourStateTest, AnAnswerResolves) {
  state.want(now);
  const NeighbourActions actions = state.advertised(kAnswer, now);
  EXPECT_TRUE(actions.resolved);
  EXPECT_EQ(state.phase(), Phase::kReachable);
  EXPECT_EQ(state.mac(), kMac1);
  EXPECT_EQ(state.confirmed_ms(), now);
}

TEST_F(NeighbourStateTest, AnUnsolicitedAnswerLeavesItStale) {
  state.want(now);
  EXPECT_TRUE(state.advertised({kMac1, false, true}, now).resolved);
  EXPECT_EQ(state.phase(), Phase::kStale);
}

TEST_F(NeighbourStateTest, AnAnswerWithoutAnAddressDoesNotResolve) {
  state.want(now);
  EXPECT_FALSE(state.advertised({{}, true, true}, now).resolved);
  EXPECT_EQ(state.phase(), Phase::kIncomplete);
}

TEST_F(NeighbourStateTest, ReachableLastsHalfToOneAndAHalfOfItsBase) {
  uint64_t shortest = UINT64_MAX;
  uint64_t longest = 0;
  for (uint32_t seed = 1; seed < 300; ++seed) {
    state = NeighbourState{NeighbourTimers{}, seed};
    resolve();
    const uint64_t took = until(Phase::kStale, false);
    shortest = std::min(shortest, took);
    longest = std::max(longest, took);
  }
  EXPECT_GE(shortest, 15000U);
  EXPECT_LE(longest, 45001U);
  EXPECT_LT(shortest, 20000U) << "not random";
  EXPECT_GT(longest, 40000U) << "not random";
}

TEST_F(NeighbourStateTest, AUsedStaleNeighbourIsProbedThreeTimesByUnicast) {
  resolve();
  until(Phase::kStale, false);
  state.tick(now, true);
  EXPECT_EQ(state.phase(), Phase::kDelay);
  EXPECT_FALSE(state.tick(now + 4999, true).solicit_unicast);
  EXPECT_TRUE(state.tick(now + 5000, true).solicit_unicast);
  EXPECT_EQ(state.phase(), Phase::kProbe);
  EXPECT_TRUE(is_usable(state.phase())) << "packets go on meanwhile";
  EXPECT_TRUE(state.tick(now + 6000, true).solicit_unicast);
  EXPECT_TRUE(state.tick(now + 7000, true).solicit_unicast);
  EXPECT_TRUE(state.tick(now + 8000, true).failed);
}

TEST_F(NeighbourStateTest, AnAnswerToAProbeMakesItReachableAndNotNew) {
  resolve();
  until(Phase::kProbe, true);
  const NeighbourActions actions = state.advertised({{}, true, false}, now);
  EXPECT_FALSE(actions.resolved);
  EXPECT_EQ(state.phase(), Phase::kReachable);
}

TEST_F(NeighbourStateTest, AnUnusedStaleNeighbourIsForgottenAfterAMinute) {
  resolve();
  until(Phase::kStale, false);
  EXPECT_FALSE(state.tick(now + 59999, false).forget);
  EXPECT_TRUE(state.tick(now + 60000, false).forget);
}

// RFC 4861 7.2.5, case I: another address, without the override flag.
TEST_F(NeighbourStateTest, AnotherAddressWithoutOverrideOnlyRaisesDoubt) {
  resolve();
  EXPECT_FALSE(state.advertised({kMac2, true, false}, now).resolved);
  EXPECT_EQ(state.phase(), Phase::kStale);
  EXPECT_EQ(state.mac(), kMac1);
  EXPECT_FALSE(state.advertised({kMac2, true, false}, now).resolved);
  EXPECT_EQ(state.phase(), Phase::kStale) << "no confirmation, either";
}

// Case II.
TEST_F(NeighbourStateTest, AnotherAddressWithOverrideIsTaken) {
  resolve();
  EXPECT_TRUE(state.advertised({kMac2, false, true}, now).resolved);
  EXPECT_EQ(state.mac(), kMac2);
  EXPECT_EQ(state.phase(), Phase::kStale);
  EXPECT_TRUE(state.advertised({kMac1, true, true}, now).resolved);
  EXPECT_EQ(state.mac(), kMac1);
  EXPECT_EQ(state.phase(), Phase::kReachable);
}

TEST_F(NeighbourStateTest, TheSameAddressUnsolicitedChangesNothing) {
  resolve();
  EXPECT_FALSE(state.advertised({kMac1, false, true}, now).resolved);
  EXPECT_EQ(state.phase(), Phase::kReachable);
}

TEST_F(NeighbourStateTest, ANeighbourThatAsksIsKnownButNotConfirmed) {
  EXPECT_TRUE(state.heard(kMac1, now).resolved);
  EXPECT_EQ(state.phase(), Phase::kStale);
  EXPECT_FALSE(state.heard(kMac1, now).resolved);
  EXPECT_TRUE(state.heard(kMac2, now).resolved);
  EXPECT_EQ(state.mac(), kMac2);
  state.advertised({kMac2, true, true}, now);
  state.heard(kMac2, now);
  EXPECT_EQ(state.phase(), Phase::kReachable) << "the same address does not take that away";
}

TEST_F(NeighbourStateTest, APermanentNeighbourNeverChanges) {
  EXPECT_TRUE(state.set_permanent(kMac1).resolved);
  EXPECT_FALSE(state.advertised({kMac2, true, true}, now).resolved);
  EXPECT_FALSE(state.heard(kMac2, now).resolved);
  EXPECT_FALSE(state.reset(now).failed);
  const NeighbourActions actions = state.tick(now + 1000000000, false);
  EXPECT_FALSE(actions.forget || actions.failed || actions.solicit_unicast);
  EXPECT_EQ(state.mac(), kMac1);
  EXPECT_EQ(state.phase(), Phase::kPermanent);
}

TEST_F(NeighbourStateTest, ALinkDownMakesItUnreachableUntilItAnswersAgain) {
  resolve();
  EXPECT_TRUE(state.reset(now).failed);
  EXPECT_FALSE(is_usable(state.phase()));
  EXPECT_TRUE(state.want(now).solicit_group);
  EXPECT_TRUE(state.advertised(kAnswer, now).resolved) << "the same address is news again";
}

TEST_F(NeighbourStateTest, PhasesHaveTheNamesOfIp8) {
  EXPECT_EQ(name(Phase::kIncomplete), "incomplete");
  EXPECT_EQ(name(Phase::kReachable), "reachable");
  EXPECT_EQ(name(Phase::kStale), "stale");
  EXPECT_EQ(name(Phase::kDelay), "delay");
  EXPECT_EQ(name(Phase::kProbe), "probe");
  EXPECT_EQ(name(Phase::kFailed), "failed");
  EXPECT_EQ(name(Phase::kPermanent), "permanent");
}

}  // namespace
}  // namespace dstfwd
