// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tcp_reset.h"

#include <gtest/gtest.h>

#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::to_hex;

// Scapy's bytes: a SYN with three bytes of data, an ACK, and the resets they deserve.
constexpr char kSyn[] =
    "4510002b000100004006f6b8c0000202c00002010fa00050000003e8000000005002200033a10000616263";
constexpr char kResetOfSyn[] =
    "45100028000040004006b6bcc0000201c000020200500fa000000000000003ec5014000017f10000";
constexpr char kAck[] =
    "45000028000100004006f6cbc0000202c00002010fa00050000003e80000030950102000f4ef0000";
constexpr char kResetOfAck[] =
    "45000028000040004006b6ccc0000201c000020200500fa000000309000000005004000018e40000";
constexpr char kSynFin6[] =
    "610000090014064020010db800000000000000000000000220010db8000000000000000000000001"
    "0fa00050000003e8000000005003200020950000";
constexpr char kResetOfSynFin6[] =
    "610000000014064020010db800000000000000000000000120010db8000000000000000000000002"
    "00500fa000000000000003ea5014000040820000";

std::string reset4(const std::vector<uint8_t>& packet) {
  std::array<uint8_t, 64> out{};
  return to_hex({out.data(), build_tcp_reset4(out, packet, 20)});
}

TEST(TcpReset, ResetsAreByteForByteScapys) {
  EXPECT_EQ(reset4(from_hex(kSyn)), kResetOfSyn);
  EXPECT_EQ(reset4(from_hex(kAck)), kResetOfAck);
  std::array<uint8_t, 64> out{};
  EXPECT_EQ(to_hex({out.data(), build_tcp_reset6(out, from_hex(kSynFin6), 40)}), kResetOfSynFin6);
}

TEST(TcpReset, AResetIsNotAnswered) {
  EXPECT_EQ(reset4(from_hex(kResetOfSyn)), "");
}

TEST(TcpReset, ABrokenSegmentIsNotAnswered) {
  const auto syn = from_hex(kSyn);
  for (size_t n = 0; n < syn.size(); ++n) {
    EXPECT_EQ(reset4({syn.begin(), syn.begin() + static_cast<ptrdiff_t>(n)}), "") << n;
  }
  auto bad = syn;
  bad[42] ^= 1;
  EXPECT_EQ(reset4(bad), "") << "checksum";
  bad = syn;
  bad[32] = 0x40;
  EXPECT_EQ(reset4(bad), "") << "header of 16 bytes";
}

TEST(TcpReset, BytesBehindThePacketAreNotTheSegments) {
  auto padded = from_hex(kAck);
  padded.resize(46, 0x77);
  EXPECT_EQ(reset4(padded), kResetOfAck);
}

TEST(TcpReset, TheEcnBitsAreNotCopied) {  // RFC 3168 6.1.6
  auto packet = from_hex(kAck);
  packet[1] = 0x13;
  std::array<uint8_t, 64> out{};
  ASSERT_EQ(build_tcp_reset4(out, packet, 20), 40U);
  EXPECT_EQ(out[1], 0x10);
  auto six = from_hex(kSynFin6);
  six[0] = 0x61;
  six[1] = 0x30;  // traffic class 0x13
  ASSERT_EQ(build_tcp_reset6(out, six, 40), 60U);
  EXPECT_EQ(out[0], 0x61);
  EXPECT_EQ(out[1], 0x00);
}

}  // namespace
}  // namespace dstfwd
