// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/hardware_clock.h"

#include <gtest/gtest.h>
#include <rte_mbuf_dyn.h>

#include <cstddef>

namespace dstfwd {
namespace {

constexpr uint64_t kHz = 2'000'000'000;
constexpr uint64_t kFlag = uint64_t{1} << 40U;

constexpr size_t kField = offsetof(rte_mbuf, dynfield1) + 4;  // aligned to 8
static_assert(kField % alignof(uint64_t) == 0);

// An mbuf on its own, outside any pool.
class StampedMbuf {
 public:
  explicit StampedMbuf(uint64_t clock) {
    get()->ol_flags = kFlag;
    *RTE_MBUF_DYNFIELD(get(), kField, uint64_t*) = clock;
  }
  rte_mbuf* get() { return reinterpret_cast<rte_mbuf*>(bytes_); }

 private:
  alignas(64) std::byte bytes_[sizeof(rte_mbuf)]{};
};

HardwareClock make_clock() {
  return {static_cast<int>(kField), kFlag};
}

TEST(HardwareClock, AnArrivalIsPutOnTheTscFromTwoReadings) {
  HardwareClock clock = make_clock();  // of 125 MHz: 16 TSC ticks a tick
  clock.observe(1000, 50'000, kHz);
  clock.observe(1000 + 125'000'000, 50'000 + kHz, kHz);
  StampedMbuf before(1000 + 125'000'000 - 100);
  StampedMbuf after(1000 + 125'000'000 + 1000);
  EXPECT_NEAR(static_cast<double>(clock.arrival_tsc(before.get(), 3 * kHz)), 50'000 + kHz - 1600,
              2);
  EXPECT_NEAR(static_cast<double>(clock.arrival_tsc(after.get(), 3 * kHz)), 50'000 + kHz + 16'000,
              2);
}

TEST(HardwareClock, ArrivalIsNowWhereNothingBetterIsKnown) {
  HardwareClock clock = make_clock();
  StampedMbuf m(123);
  EXPECT_EQ(clock.arrival_tsc(m.get(), 777), 777U);  // no reading
  clock.observe(0, 0, kHz);
  clock.observe(10, 100, kHz);  // too close to the first
  EXPECT_EQ(clock.arrival_tsc(m.get(), 777), 777U);
  clock.observe(125'000'000, kHz, kHz);
  EXPECT_NE(clock.arrival_tsc(m.get(), 10 * kHz), 10 * kHz);
  m.get()->ol_flags = 0;  // not stamped
  EXPECT_EQ(clock.arrival_tsc(m.get(), 10 * kHz), 10 * kHz);
}

TEST(HardwareClock, AnArrivalIsNeverInTheFuture) {
  HardwareClock clock = make_clock();
  clock.observe(0, 0, kHz);
  clock.observe(125'000'000, kHz, kHz);
  StampedMbuf late(125'000'000 + 1'000'000);
  EXPECT_EQ(clock.arrival_tsc(late.get(), kHz + 5), kHz + 5);
}

TEST(HardwareClock, AClockThatWrapsIsFollowed) {
  HardwareClock clock = make_clock();
  const uint64_t start = ~uint64_t{0} - 999;  // wraps after 1000 ticks
  clock.observe(start, 0, kHz);
  clock.observe(start + 125'000'000, kHz, kHz);
  StampedMbuf m(start + 125'000'000 + 10);
  EXPECT_NEAR(static_cast<double>(clock.arrival_tsc(m.get(), 2 * kHz)), kHz + 160, 2);
}

TEST(HardwareClock, EveryReadingRenewsTheOffset) {
  HardwareClock clock = make_clock();
  clock.observe(0, 0, kHz);
  clock.observe(125'000'000, kHz, kHz);
  clock.observe(250'000'000, 2 * kHz + 2'000'000, kHz);  // the port's clock runs 0.05 % slower
  StampedMbuf m(250'000'000);
  EXPECT_EQ(clock.arrival_tsc(m.get(), 4 * kHz), 2 * kHz + 2'000'000);
}

}  // namespace
}  // namespace dstfwd
