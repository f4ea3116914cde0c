// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gc/collector_rig.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace dstgc {
namespace {

TEST(CollectorPort, CutsAPortFromAllThatNameItAfterAGracePeriod) {
  Rig rig(100);
  rig.lcore().online();
  const EntryIndex a = rig.make();
  const EntryIndex b = rig.make();
  rig.collector->set_port(a, PortIndex{1});
  rig.collector->set_port(b, PortIndex{2});
  rig.collector->port_down(PortIndex{1});
  rig.step();
  EXPECT_TRUE(rig.cut.empty());
  for (int i = 0; i < 4; ++i) {
    rig.lcore().quiescent();
    rig.step();
  }
  EXPECT_EQ(rig.cut, std::vector<uint32_t>{to_u32(a)});
  EXPECT_TRUE(rig.collector->port_drained(PortIndex{1}));
  EXPECT_FALSE(rig.collector->port_drained(PortIndex{2}));
  EXPECT_EQ(rig.collector->port(b), PortIndex{2});
}

TEST(CollectorPort, SweepsAPortInBoundedSteps) {
  Rig rig(100000);
  std::vector<EntryIndex> made;
  for (int i = 0; i < 50000; ++i) {
    made.push_back(rig.make());
    rig.collector->set_port(made.back(), PortIndex{1});
  }
  rig.collector->port_down(PortIndex{1});
  size_t last = 0;
  for (int i = 0; i < 2000 && !rig.collector->port_drained(PortIndex{1}); ++i) {
    rig.step(1, {100, 0});
    EXPECT_LE(rig.cut.size() - last, 100U + 64U);
    last = rig.cut.size();
  }
  EXPECT_TRUE(rig.collector->port_drained(PortIndex{1}));
  EXPECT_EQ(rig.cut.size(), 50000U);
}

TEST(CollectorPort, LeavesDeadEntriesTheirPortWhenItOnlyWentDown) {
  Rig rig(100);
  rig.lcore().online();
  const EntryIndex entry = rig.make();
  rig.collector->set_port(entry, PortIndex{1});
  rig.collector->port_down(PortIndex{1}, false);
  rig.step();
  EXPECT_FALSE(rig.collector->port_drained(PortIndex{1}));
  rig.lcore().quiescent();
  rig.step();
  EXPECT_EQ(rig.cut, std::vector<uint32_t>{to_u32(entry)});
  EXPECT_TRUE(rig.collector->port_drained(PortIndex{1}));
  EXPECT_EQ(rig.collector->port(entry), PortIndex{1});
}

TEST(CollectorPort, WaitsForReadersThatMayStillUseACutEntry) {
  Rig rig(100);
  rig.lcore().online();
  rig.collector->port_down(PortIndex{1});
  rig.step();
  rig.lcore().quiescent();
  rig.step();  // swept
  for (int i = 0; i < 3; ++i) rig.step();
  EXPECT_FALSE(rig.collector->port_drained(PortIndex{1}));
  rig.lcore().quiescent();
  rig.step();
  EXPECT_TRUE(rig.collector->port_drained(PortIndex{1}));
}

TEST(CollectorPort, BeginsAnewWhenItIsAskedAgain) {
  Rig rig(100);
  rig.lcore().online();
  rig.collector->port_down(PortIndex{1});
  rig.step();
  const EntryIndex late = rig.make();
  rig.lcore().quiescent();
  rig.step();  // swept
  rig.collector->set_port(late, PortIndex{1});
  rig.collector->port_down(PortIndex{1});
  rig.lcore().quiescent();
  rig.step();
  EXPECT_FALSE(rig.collector->port_drained(PortIndex{1}));
  for (int i = 0; i < 5; ++i) {
    rig.lcore().quiescent();
    rig.step();
  }
  EXPECT_TRUE(rig.collector->port_drained(PortIndex{1}));
  EXPECT_EQ(rig.cut, std::vector<uint32_t>{to_u32(late)});
}

TEST(CollectorPort, DrainsSeveralPortsAndNoPortIsNone) {
  Rig rig(100);
  for (uint8_t port : {uint8_t{1}, uint8_t{7}, uint8_t{254}}) {
    rig.collector->set_port(rig.make(), PortIndex{port});
    rig.collector->port_down(PortIndex{port});
  }
  rig.collector->port_down(kNoPort);
  for (int i = 0; i < 20; ++i) rig.step();
  EXPECT_EQ(rig.cut.size(), 3U);
  for (uint8_t port : {uint8_t{1}, uint8_t{7}, uint8_t{254}})
    EXPECT_TRUE(rig.collector->port_drained(PortIndex{port}));
}

// The control thread is no reader: nothing but port_drained orders what it sees. Under
// ThreadSanitizer this finds a weaker order of either side.
TEST(CollectorPort, WhoSawAPortDrainedSeesWhatTheSweepDid) {
  for (int round = 0; round < 20; ++round) {
    Rig rig(1000);
    for (int i = 0; i < 100; ++i) rig.collector->set_port(rig.make(), PortIndex{3});
    std::atomic<bool> end{false};
    std::thread stepping([&rig, &end] {
      while (!end.load(std::memory_order_relaxed)) rig.step();
    });
    rig.collector->port_down(PortIndex{3});
    while (!rig.collector->port_drained(PortIndex{3})) std::this_thread::yield();
    EXPECT_EQ(rig.cut.size(), 100U);
    end.store(true, std::memory_order_relaxed);
    stepping.join();
  }
}

}  // namespace
}  // namespace dstgc
