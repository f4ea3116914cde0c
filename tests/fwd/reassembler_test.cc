// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/reassembler.h"

#include "fwd/headers.h"
#include "tests/fwd/mbufs.h"

namespace dstfwd {
namespace {

using test::Octets;
constexpr uint16_t kL2 = 14;
constexpr uint64_t kHz = 1'000'000;

// Ethernet, and a fragment of an IPv4 packet: `data` from 8 * units on.
Octets fragment4(unsigned units, bool more, const Octets& data, uint8_t id = 7) {
  Octets f(kL2, 0xee);
  const auto total = static_cast<uint8_t>(20 + data.size());
  const Octets header = {0x45,
                         0,
                         0,
                         total,
                         0,
                         id,
                         static_cast<uint8_t>(more ? 0x20 : 0),
                         static_cast<uint8_t>(units),
                         64,
                         17,
                         0,
                         0,
                         192,
                         0,
                         2,
                         9,
                         192,
                         0,
                         2,
                         1};
  f.insert(f.end(), header.begin(), header.end());
  f.insert(f.end(), data.begin(), data.end());
  return f;
}
Octets fragment6(unsigned units, bool more, const Octets& data) {
  Octets f(kL2, 0xee);
  Octets header = {0x60, 0, 0, 0, 0, static_cast<uint8_t>(8 + data.size()), 44, 64};
  for (unsigned n = 0; n < 32; ++n) header.push_back(static_cast<uint8_t>(n));
  const Octets extension = {17, 0, 0, static_cast<uint8_t>(units << 3U | (more ? 1U : 0U)),
                            0,  0, 0, 5};
  f.insert(f.end(), header.begin(), header.end());
  f.insert(f.end(), extension.begin(), extension.end());
  f.insert(f.end(), data.begin(), data.end());
  return f;
}
const Octets kFirst = {1, 2, 3, 4, 5, 6, 7, 8};
const Octets kSecond = {9, 10, 11, 12, 13, 14, 15, 16};
const Octets kLast = {17, 18, 19};

Octets payload_of(const rte_mbuf* m, size_t from) {
  const Octets all = test::bytes_of(m);
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.end()};
}
Octets whole() {
  Octets all = kFirst;
  all.insert(all.end(), kSecond.begin(), kSecond.end());
  all.insert(all.end(), kLast.begin(), kLast.end());
  return all;
}

struct ReassemblerTest : testing::Test {
  test::MbufPool pool;
  Reassembler reassembler = std::move(*Reassembler::create(kHz, SOCKET_ID_ANY));

  rte_mbuf* add4(const Octets& frame, uint64_t now_tsc = 1) {
    return reassembler.add_ipv4(pool.make(frame), kL2, now_tsc);
  }
  rte_mbuf* add6(const Octets& frame) { return reassembler.add_ipv6(pool.make(frame), kL2, 1); }
};

TEST_F(ReassemblerTest, Ipv4FragmentsInAnyOrderMakeThePacket) {
  EXPECT_EQ(add4(fragment4(2, false, kLast)), nullptr);
  EXPECT_EQ(add4(fragment4(0, true, kFirst)), nullptr);
  rte_mbuf* m = add4(fragment4(1, true, kSecond));
  ASSERT_NE(m, nullptr);
  test::expect_sound(m);
  EXPECT_EQ(payload_of(m, kL2 + 20), whole());
  const auto* ip = rte_pktmbuf_mtod_offset(m, const Ipv4Header*, kL2);
  EXPECT_EQ(ip->total_length.host(), 20U + whole().size());
  EXPECT_EQ(ip->fragment.host() & 0x3fffU, 0U);
  rte_pktmbuf_free(m);
}

TEST_F(ReassemblerTest, Ipv6FragmentsMakeThePacketWithoutTheirHeader) {
  EXPECT_EQ(add6(fragment6(0, true, kFirst)), nullptr);
  EXPECT_EQ(add6(fragment6(2, false, kLast)), nullptr);
  rte_mbuf* m = add6(fragment6(1, true, kSecond));
  ASSERT_NE(m, nullptr);
  const auto* ip = rte_pktmbuf_mtod_offset(m, const Ipv6Header*, kL2);
  EXPECT_EQ(ip->next_header, 17U);
  EXPECT_EQ(ip->payload_length.host(), whole().size());
  EXPECT_EQ(payload_of(m, kL2 + 40), whole());
  rte_pktmbuf_free(m);
}

TEST_F(ReassemblerTest, FragmentsOfTwoPacketsAreNotMixed) {
  EXPECT_EQ(add4(fragment4(0, true, kFirst, 7)), nullptr);
  EXPECT_EQ(add4(fragment4(1, false, kLast, 8)), nullptr);
  rte_mbuf* m = add4(fragment4(1, false, kSecond, 7));
  ASSERT_NE(m, nullptr);
  rte_pktmbuf_free(m);
  reassembler.drop_all();
}

TEST_F(ReassemblerTest, WhatIsNotCompleteInTimeIsFreed) {
  EXPECT_EQ(add4(fragment4(0, true, kFirst), 1), nullptr);
  reassembler.expire(kHz * Reassembler::kTimeout4_s);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 1U);
  reassembler.expire(kHz * (Reassembler::kTimeout4_s + 1));
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
  EXPECT_EQ(add6(fragment6(1, true, kSecond)), nullptr);
  reassembler.expire(kHz * Reassembler::kTimeout6_s);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 1U);
  reassembler.expire(kHz * (Reassembler::kTimeout6_s + 1));
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

TEST_F(ReassemblerTest, OfWhatIsGivenUpTheFirstFragmentIsShown) {
  EXPECT_EQ(add4(fragment4(1, true, kSecond, 7)), nullptr);
  EXPECT_EQ(add4(fragment4(0, true, kFirst, 7)), nullptr);
  EXPECT_EQ(add4(fragment4(1, false, kLast, 8)), nullptr);  // its first never came
  EXPECT_EQ(add6(fragment6(0, true, kFirst)), nullptr);
  EXPECT_EQ(add6(fragment6(1, true, kSecond)), nullptr);
  std::vector<Octets> shown;
  reassembler.expire(kHz * 100, [&](const rte_mbuf* m) { shown.push_back(test::bytes_of(m)); });
  EXPECT_EQ(shown,
            (std::vector<Octets>{fragment4(0, true, kFirst, 7), fragment6(0, true, kFirst)}));
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

TEST_F(ReassemblerTest, DropAllFreesAsManyAsThereCanBe) {
  for (unsigned id = 0; id < 255; ++id) {
    EXPECT_EQ(add4(fragment4(0, true, kFirst, static_cast<uint8_t>(id))), nullptr);
    EXPECT_EQ(add4(fragment4(3, true, kSecond, static_cast<uint8_t>(id))), nullptr);
  }
  EXPECT_GT(rte_mempool_in_use_count(pool.get()), 200U);
  reassembler.drop_all();
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

TEST_F(ReassemblerTest, AnIpv6FragmentHeaderElsewhereIsRefused) {
  Octets frame = fragment6(0, true, kFirst);
  frame[kL2 + 6] = 60;  // destination options come first
  EXPECT_EQ(add6(frame), nullptr);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

TEST_F(ReassemblerTest, AnIpv6FragmentCutShortIsRefused) {
  Octets frame = fragment6(0, true, kFirst);
  frame.resize(kL2 + 40 + 7);
  EXPECT_EQ(add6(frame), nullptr);
  EXPECT_EQ(rte_mempool_in_use_count(pool.get()), 0U);
}

}  // namespace
}  // namespace dstfwd
