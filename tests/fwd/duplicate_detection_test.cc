// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/duplicate_detection.h"

#include <gtest/gtest.h>

#include <vector>

namespace dstfwd {
namespace {

using Action = DuplicateAction;

struct Event {
  uint64_t ms;
  Action action;
};

std::vector<Event> run(DuplicateDetection& detection, uint64_t from_ms, uint64_t to_ms) {
  std::vector<Event> events;
  for (uint64_t now = from_ms; now < to_ms; ++now) {
    const Action action = detection.tick(now);
    if (action != Action::kNone) events.push_back({now, action});
  }
  return events;
}

TEST(DuplicateDetection, ArpProbesAndAnnouncesOnTheScheduleOfRfc5227) {
  for (uint32_t seed = 1; seed < 50; ++seed) {
    DuplicateDetection detection(kArpPlan, 0, seed);
    const auto events = run(detection, 0, 60000);
    ASSERT_EQ(events.size(), 5U);
    EXPECT_LE(events[0].ms, 1000U);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(events[i].action, Action::kProbe);
    for (size_t i = 1; i < 3; ++i) {
      EXPECT_GE(events[i].ms - events[i - 1].ms, 1000U);
      EXPECT_LE(events[i].ms - events[i - 1].ms, 2000U);
    }
    EXPECT_EQ(events[3].action, Action::kAnnounce);
    EXPECT_EQ(events[3].ms - events[2].ms, 2000U);
    EXPECT_EQ(events[4].action, Action::kAnnounce);
    EXPECT_EQ(events[4].ms - events[3].ms, 2000U);
    EXPECT_EQ(detection.phase(), AddressPhase::kPreferred);
  }
}

TEST(DuplicateDetection, NdSendsOneProbeAndIsSureASecondLater) {
  DuplicateDetection detection(kNdPlan, 5000, 3);
  const auto events = run(detection, 5000, 60000);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].action, Action::kProbe);
  EXPECT_LE(events[0].ms, 6000U);
  EXPECT_EQ(events[1].action, Action::kAnnounce);
  EXPECT_EQ(events[1].ms - events[0].ms, 1000U);
}

TEST(DuplicateDetection, AConflictWhileTentativeGivesTheAddressUp) {
  DuplicateDetection detection(kArpPlan, 0, 1);
  run(detection, 0, 1500);
  EXPECT_EQ(detection.phase(), AddressPhase::kTentative);
  EXPECT_TRUE(detection.conflict());
  EXPECT_FALSE(detection.conflict()) << "told once";
  EXPECT_EQ(detection.phase(), AddressPhase::kDuplicate);
  EXPECT_TRUE(run(detection, 1500, 60000).empty());
  EXPECT_FALSE(detection.defend(60000));
}

TEST(DuplicateDetection, APreferredAddressIsDefendedOnceInTenSeconds) {
  DuplicateDetection detection(kArpPlan, 0, 1);
  run(detection, 0, 30000);
  EXPECT_FALSE(detection.conflict());
  EXPECT_TRUE(detection.defend(30000));
  EXPECT_FALSE(detection.defend(39999));
  EXPECT_TRUE(detection.defend(40000));
  EXPECT_EQ(detection.phase(), AddressPhase::kPreferred);
}

TEST(DuplicateDetection, ARestartAsksAgain) {
  DuplicateDetection detection(kNdPlan, 0, 1);
  detection.conflict();
  detection.restart(1000);
  EXPECT_EQ(detection.phase(), AddressPhase::kTentative);
  EXPECT_EQ(run(detection, 1000, 10000).size(), 2U);
}

}  // namespace
}  // namespace dstfwd
