// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mbuf_chain.h"

#include <numeric>

#include "tests/fwd/mbufs.h"

namespace dstfwd {
namespace {

using test::bytes_of;
using test::MbufPool;
using test::Octets;

Octets counting(size_t size) {
  Octets bytes(size);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

TEST(MbufChain, PullBringsHeadersTogetherWhereverTheCutsAre) {
  MbufPool pool;
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const Octets bytes = counting(60 + random() % 200);
    rte_mbuf* m = pool.make_chained(bytes, random);
    const auto wanted = static_cast<uint32_t>(random() % 60 + 1);
    ASSERT_TRUE(pull(m, wanted));
    EXPECT_GE(m->data_len, wanted);
    EXPECT_EQ(bytes_of(m), bytes);
    test::expect_sound(m);
    rte_pktmbuf_free(m);
  }
}

TEST(MbufChain, PullUsesTheFrontWhenNothingIsFreeBehind) {
  MbufPool pool(255, 128 + 64);
  const Octets bytes = counting(128);
  rte_mbuf* m = pool.make(bytes, {64}, 128);  // the first segment ends where its buffer does
  ASSERT_EQ(rte_pktmbuf_tailroom(m), 0);
  ASSERT_TRUE(pull(m, 84));
  EXPECT_EQ(rte_pktmbuf_headroom(m), 108);
  EXPECT_EQ(bytes_of(m), bytes);
  test::expect_sound(m);
  rte_pktmbuf_free(m);
}

TEST(MbufChain, PullLeavesTheFrameAloneWhenThereIsNoRoom) {
  MbufPool pool(255, 64);
  const Octets bytes = counting(128);
  rte_mbuf* m = pool.make(bytes, {64}, 0);
  EXPECT_FALSE(pull(m, 65));
  EXPECT_EQ(bytes_of(m), bytes);
  test::expect_sound(m);
  rte_pktmbuf_free(m);
}

TEST(MbufChain, TrimLeavesTheFrontAndFreesTheRest) {
  MbufPool pool;
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    const Octets bytes = counting(1 + random() % 200);
    rte_mbuf* m = pool.make_chained(bytes, random);
    const auto left = static_cast<uint32_t>(random() % (bytes.size() + 1));
    trim(m, left);
    EXPECT_EQ(bytes_of(m), Octets(bytes.begin(), bytes.begin() + left));
    test::expect_sound(m);
    rte_pktmbuf_free(m);
  }
}

TEST(MbufChain, ResizeFrontKeepsWhatFollows) {
  MbufPool pool;
  const Octets bytes = counting(100);
  for (const auto& [from, to] : {std::pair{14U, 18U}, {18U, 14U}, {14U, 14U}}) {
    rte_mbuf* m = pool.make(bytes, {40});
    uint8_t* front = resize_front(m, from, to);
    ASSERT_NE(front, nullptr);
    EXPECT_EQ(front[to], from);
    const Octets now = bytes_of(m);
    EXPECT_EQ(Octets(now.begin() + to, now.end()), Octets(bytes.begin() + from, bytes.end()));
    test::expect_sound(m);
    rte_pktmbuf_free(m);
  }
}

TEST(MbufChain, ResizeFrontFailsWithoutHeadroom) {
  MbufPool pool;
  const Octets bytes = counting(100);
  rte_mbuf* m = pool.make(bytes, {}, 3);
  EXPECT_EQ(resize_front(m, 14, 18), nullptr);
  EXPECT_EQ(bytes_of(m), bytes);
  rte_pktmbuf_free(m);
}

}  // namespace
}  // namespace dstfwd
