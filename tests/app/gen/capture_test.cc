// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/capture.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace dstfwd::gen {
namespace {

class CaptureTest : public testing::Test {
 protected:
  std::string path = testing::TempDir() + "/capture_test_" + std::to_string(getpid()) + ".pcap";
  std::string bytes;

  void TearDown() override { std::remove(path.c_str()); }
  template <typename T>
  void put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  // Of the classic format, little-endian, nanoseconds.
  void put_head(uint32_t link_type = 1) {
    put(uint32_t{0xa1b23c4d});
    put(uint16_t{2});
    put(uint16_t{4});
    put(uint64_t{0});
    put(uint32_t{65535});
    put(link_type);
  }
  void put_frame(uint32_t s, uint32_t ns, const std::string& data, uint32_t original = 0) {
    put(s);
    put(ns);
    put(static_cast<uint32_t>(data.size()));
    put(original == 0 ? static_cast<uint32_t>(data.size()) : original);
    bytes += data;
  }
  Result<Capture> read() {
    std::ofstream(path, std::ios::binary) << bytes;
    return Capture::read(path);
  }
};

TEST_F(CaptureTest, FramesComeWithTheirBytesAndTimesFromTheFirst) {
  put_head();
  put_frame(100, 999'999'000, std::string(60, 'a'));
  put_frame(101, 500, std::string(100, 'b'));
  put_frame(103, 0, std::string(64, 'c'), 1500);
  auto capture = read();
  ASSERT_TRUE(capture);
  ASSERT_EQ(capture->frames().size(), 3U);
  EXPECT_EQ(capture->frames()[0].time_ns, 0U);
  EXPECT_EQ(capture->frames()[1].time_ns, 1500U);
  EXPECT_EQ(capture->frames()[2].time_ns, 2'000'001'000U);
  EXPECT_EQ(capture->duration_ns(), 2'000'001'000U);
  EXPECT_EQ(capture->frames()[1].length, 100U);
  EXPECT_EQ(capture->data(capture->frames()[1])[99], 'b');
  EXPECT_EQ(capture->largest(), 100U);
  EXPECT_EQ(capture->cut_short(), 1U);
}

TEST_F(CaptureTest, TimesThatGoBackAreHeld) {
  put_head();
  put_frame(10, 0, "a");
  put_frame(12, 0, "b");
  put_frame(11, 0, "c");
  put_frame(9, 0, "d");
  auto capture = read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->frames()[2].time_ns, 2'000'000'000U);
  EXPECT_EQ(capture->frames()[3].time_ns, 2'000'000'000U);
}

TEST_F(CaptureTest, WhatIsWrongIsNamedWithTheFile) {
  EXPECT_EQ(Capture::read("/nonexistent.pcap").error().message.find("/nonexistent.pcap: "), 0U);

  put_head();
  EXPECT_EQ(read().error().message, path + ": no frames");

  put_frame(1, 0, "abc");
  put_frame(2, 0, std::string(100, 'x'));
  bytes.resize(bytes.size() - 50);
  EXPECT_EQ(read().error().message.find(path + ": frame 2: "), 0U) << read().error().message;

  bytes.clear();
  put_head(101);
  put_frame(1, 0, "abc");
  EXPECT_EQ(read().error().message, path + ": link type RAW, only Ethernet can be replayed");

  bytes = "not a capture at all, by any means";
  EXPECT_EQ(read().error().message.find(path + ": "), 0U);
}

}  // namespace
}  // namespace dstfwd::gen
