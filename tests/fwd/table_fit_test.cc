// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/table_fit.h"

#include "tests/fwd/flow_table_rig.h"

namespace dstfwd {
namespace {

using test::hash_of;
using test::insert;
using test::make;

constexpr uint64_t kHz = 1000000000;
constexpr uint32_t kBuckets = 512 * FlowTable::kMaxBlock;
constexpr uint32_t kLeast = TableFit::kLeastBuckets;
constexpr auto kCalmRounds = static_cast<unsigned>(TableFit::kCalm_s) + 1;  // of a second each

class TableFitTest : public testing::Test {
 protected:
  uint32_t in_use() const { return table_.region().now().buckets; }
  // A round each second.
  void rounds(unsigned n, uint32_t live, bool calm = true) {
    for (unsigned i = 0; i < n; ++i) fit_.end_round(table_, live, calm, now_tsc_ += kHz);
  }
  // Until a change is over. Returns how long it took, in seconds.
  double change() {
    const uint64_t began_tsc = now_tsc_;
    while (!fit_.step(table_, now_tsc_)) {
      now_tsc_ += kHz / 1000;
      if (now_tsc_ - began_tsc > 1000 * kHz) {
        ADD_FAILURE() << "no end";
        break;
      }
    }
    EXPECT_TRUE(fit_.is_settling());
    fit_.settle(table_);
    return static_cast<double>(now_tsc_ - began_tsc) / static_cast<double>(kHz);
  }
  void shrink() {
    rounds(kCalmRounds, 0);
    change();
    ASSERT_EQ(in_use(), kLeast);
  }
  // Adds flows until the region in use has that load.
  void fill(FlowTable& table, double load) {
    while (table.load() < load)
      for (unsigned i = 0; i < 100; ++i)
        insert(table, keys_, hash_of(next_key_), next_key_), ++next_key_;
  }

  FlowTable table_ = make(uint64_t{kBuckets} * FlowBucket::kSlots);
  std::vector<uint64_t> keys_ = std::vector<uint64_t>(table_.entries());
  TableFit fit_{kHz};
  uint64_t now_tsc_ = 5 * kHz;
  uint64_t next_key_ = 0;
};

TEST_F(TableFitTest, ATableIsWholeAtFirstAndAsLongAsMoreThanHalfIsWanted) {
  EXPECT_EQ(in_use(), kBuckets);
  rounds(10, static_cast<uint32_t>(TableFit::kGoodLoad * kBuckets / 2 * FlowBucket::kSlots) + 1000);
  EXPECT_FALSE(fit_.step(table_, now_tsc_));
  EXPECT_EQ(table_.region().now().next, kBuckets);
  EXPECT_EQ(fit_.changes(), 0U);
}

TEST_F(TableFitTest, ItFitsWhatLivesAfterSomeSecondsOneLikeTheOther) {
  const uint32_t live = 100000;
  rounds(kCalmRounds - 1, live);
  rounds(1, live, false);
  rounds(kCalmRounds - 1, live);
  EXPECT_EQ(table_.region().now().next, kBuckets) << "not while there is pressure";
  rounds(1, kBuckets * FlowBucket::kSlots);
  rounds(kCalmRounds - 1, live);
  EXPECT_EQ(table_.region().now().next, kBuckets) << "not while there are many";
  rounds(1, live);
  change();
  const double load = static_cast<double>(live) / in_use() / FlowBucket::kSlots;
  EXPECT_LE(load, TableFit::kGoodLoad);
  EXPECT_GT(load, TableFit::kGoodLoad * 0.85);
  EXPECT_EQ(in_use() % table_.block(), 0U);
  EXPECT_EQ(fit_.changes(), 1U);
  rounds(10, live);
  EXPECT_EQ(fit_.changes(), 1U) << "it stays";
}

TEST_F(TableFitTest, ItIsNeverSmallerThanWhatCachesHoldAnyway) {
  shrink();
  rounds(10, 0);
  EXPECT_EQ(fit_.changes(), 1U);
  FlowTable small = make(uint64_t{kLeast} * FlowBucket::kSlots);
  TableFit fit(kHz);
  for (int i = 0; i < 10; ++i) fit.end_round(small, 0, true, now_tsc_ += kHz);
  EXPECT_EQ(fit.changes(), 0U);
}

TEST_F(TableFitTest, FlowsChangeOverAtItsPaceAndAStopDoesNotHurryThem) {
  rounds(kCalmRounds, 100000);
  fit_.step(table_, now_tsc_ += 1000 * kHz);
  const double share = table_.region().now().moved / 4294967296.0;
  EXPECT_LE(share, TableFit::kLongestStep_s * TableFit::kShrinkPace_s / 100000 + 1e-6);
  EXPECT_NEAR(change(), 100000 / TableFit::kShrinkPace_s + TableFit::kRest_s, 0.1);
}

TEST_F(TableFitTest, ItGrowsWhenFlowsFindTheirBucketsAlmostFull) {
  shrink();
  fill(table_, TableFit::kHighLoad - 0.05);
  fit_.step(table_, now_tsc_);
  EXPECT_EQ(fit_.changes(), 1U) << "some bucket is always almost full";
  fill(table_, TableFit::kHighLoad + 0.04);
  fit_.step(table_, now_tsc_);
  ASSERT_EQ(fit_.changes(), 2U);
  EXPECT_EQ(table_.region().now().moved, UINT32_MAX) << "at once";
  change();
  EXPECT_EQ(in_use(), TableFit::kGrowTimes * kLeast);
}

TEST_F(TableFitTest, ItDoesNotGrowBeyondTheTable) {
  FlowTable small = make(uint64_t{2 * kLeast} * FlowBucket::kSlots);
  small.region().begin(kLeast);
  small.region().finish();
  fill(small, TableFit::kHighLoad + 0.04);
  fit_.step(small, now_tsc_);
  EXPECT_EQ(small.region().now().next, 2 * kLeast);
}

TEST_F(TableFitTest, ItGrowsAgainAsSoonAsAllFlowsHaveChangedOver) {
  shrink();
  fill(table_, TableFit::kHighLoad + 0.04);
  fit_.step(table_, now_tsc_);
  fill(table_, TableFit::kHighLoad + 0.04);
  ASSERT_FALSE(fit_.is_settling());
  fit_.step(table_, now_tsc_);
  EXPECT_EQ(in_use(), 4 * kLeast);
  EXPECT_EQ(table_.region().now().next, 16 * kLeast);
  while (!fit_.step(table_, now_tsc_ += kHz / 100)) {
  }
  fill(table_, TableFit::kHighLoad + 0.04);
  ASSERT_TRUE(fit_.is_settling());
  fit_.step(table_, now_tsc_);
  EXPECT_FALSE(fit_.is_settling());
  EXPECT_EQ(in_use(), 16 * kLeast);
  EXPECT_EQ(table_.region().now().next, 64 * kLeast);
}

TEST_F(TableFitTest, ManyFlowsChangeOverFaster) {
  rounds(kCalmRounds, 1000000);
  EXPECT_NEAR(change(), TableFit::kMostTime_s + TableFit::kRest_s, 0.1);
}

}  // namespace
}  // namespace dstfwd
