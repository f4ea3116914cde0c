// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/wire.h"

#include <gtest/gtest.h>

#include <array>

namespace dstfwd {
namespace {

TEST(Wire, AReadPastTheEndFailsAndLeavesTheResult) {
  const std::array<uint8_t, 4> data{1, 2, 3, 4};
  Be16 out = Be16::from_host(7);
  EXPECT_TRUE(read_at(data, 2, out));
  EXPECT_EQ(out.host(), 0x0304);
  EXPECT_FALSE(read_at(data, 3, out));
  EXPECT_FALSE(read_at(data, 5, out));
  EXPECT_FALSE(read_at(data, SIZE_MAX, out));
  EXPECT_EQ(out.host(), 0x0304);
}

TEST(Wire, AWriteThatDoesNotFitFailsTheWholeMessage) {
  std::array<uint8_t, 5> out{};
  WireWriter writer(out);
  writer.put(Be32::from_host(0x01020304));
  EXPECT_EQ(writer.size(), 4U);
  writer.put(Be16::from_host(0x0506));
  EXPECT_FALSE(writer.ok());
  writer.put(uint8_t{7});  // would fit, but the message has a hole
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_TRUE(writer.written().empty());
  EXPECT_EQ(out, (std::array<uint8_t, 5>{1, 2, 3, 4, 0}));
}

TEST(Wire, APatchChangesWhatWasWritten) {
  std::array<uint8_t, 4> out{};
  WireWriter writer(out);
  writer.put(Be32{});
  writer.patch(1, Be16::from_host(0xabcd));
  EXPECT_EQ(out, (std::array<uint8_t, 4>{0, 0xab, 0xcd, 0}));
}

}  // namespace
}  // namespace dstfwd
