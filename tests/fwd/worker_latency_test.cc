// SPDX-License-Identifier: BSD-3-Clause
// What a worker measures of itself: gaps between polls, its progress, packets' residence.
#include <rte_cycles.h>

#include "fwd/worker.h"
#include "tests/fwd/worker_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

class WorkerLatencyTest : public testing::Test {
 protected:
  std::unique_ptr<Worker> make_worker(ResidenceMeter* residence) {
    WorkerConfig c = worker_config(rig_);
    c.stall_ns = 5'000'000;
    c.residence = residence;
    return std::make_unique<Worker>(c);
  }
  void give(unsigned n, uint32_t dst = kToA4) {
    for (unsigned i = 0; i < n; ++i) PortRig::give(0, pool_.make(frame4({.dst = dst})));
  }
  static unsigned drain() {
    unsigned n = 0;
    for (rte_mbuf* m : PortRig::take(1)) {
      rte_pktmbuf_free(m);
      ++n;
    }
    return n;
  }

  RouterRig rig_;
  MbufPool pool_{8191};
  PortRig ports_{pool_};
};

TEST_F(WorkerLatencyTest, EveryGapBetweenPollsIsRecordedAndLongOnesAreStalls) {
  const auto worker = make_worker(nullptr);
  uint64_t now = 100 * kHz;
  for (const uint64_t gap : {0, 1000, 2000, 7'000'000}) worker->poll_once(now += gap);
  const HistogramSnapshot gaps = worker->meter().gaps().snapshot();
  EXPECT_EQ(gaps.count(), 3U);
  EXPECT_NEAR(static_cast<double>(gaps.min()), 1000, 1);
  EXPECT_NEAR(static_cast<double>(gaps.max()), 7'000'000, 1);
  EXPECT_EQ(worker->meter().stalls(), 1U);
}

TEST_F(WorkerLatencyTest, APauseOnPurposeIsNoGap) {
  const auto worker = make_worker(nullptr);
  worker->poll_once(100 * kHz);
  worker->pause();
  EXPECT_EQ(worker->meter().progress().word(), 0U);
  worker->poll_once(200 * kHz);
  worker->poll_once(200 * kHz + 500);
  worker->flush();
  EXPECT_EQ(worker->meter().progress().word(), 0U);
  EXPECT_EQ(worker->meter().gaps().snapshot().count(), 1U);
}

TEST_F(WorkerLatencyTest, ATurnLeavesItsTimeForTheStallWatch) {
  const auto worker = make_worker(nullptr);
  worker->poll_once(123 * kHz);
  const uint64_t word = worker->meter().progress().word();
  EXPECT_EQ(word & ~Progress::kStageMask, (123 * kHz) & ~Progress::kStageMask);
  EXPECT_EQ(static_cast<Stage>(word & Progress::kStageMask), Stage::kQuiesce);
}

TEST_F(WorkerLatencyTest, OneForwardedPacketInNHasItsResidenceMeasured) {
  ResidenceMeter residence(*MbufStamp::reserve(), TscScale(rte_get_tsc_hz()), 8);
  const auto worker = make_worker(&residence);
  give(100);
  while (worker->poll_once(rte_rdtsc()) != 0) {
  }
  EXPECT_EQ(drain(), 100U);
  EXPECT_EQ(residence.residence().snapshot().count(), 100U / 8);
  EXPECT_GT(residence.residence().snapshot().min(), 0U);
}

TEST_F(WorkerLatencyTest, ADroppedPacketHasNoResidence) {
  ResidenceMeter residence(*MbufStamp::reserve(), TscScale(rte_get_tsc_hz()), 1);
  const auto worker = make_worker(&residence);
  give(20, kToBlackhole4);
  give(20);
  while (worker->poll_once(100 * kHz) != 0) {
  }
  EXPECT_EQ(drain(), 20U);
  EXPECT_EQ(residence.residence().snapshot().count(), 20U);
}

}  // namespace
}  // namespace dstfwd
