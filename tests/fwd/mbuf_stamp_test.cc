// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mbuf_stamp.h"

#include "tests/fwd/mbufs.h"

namespace dstfwd {
namespace {

TEST(MbufStamp, AFreshMbufHasNone) {
  const test::MbufPool pool;
  const MbufStamp stamp = *MbufStamp::reserve();
  rte_mbuf* m = pool.make({1, 2, 3});
  EXPECT_FALSE(stamp.is_set(m));
  stamp.set(m, 0x123456789abcdef0U);
  ASSERT_TRUE(stamp.is_set(m));
  EXPECT_EQ(stamp.get(m), 0x123456789abcdef0U);
  EXPECT_EQ(test::bytes_of(m), (test::Octets{1, 2, 3}));
  stamp.clear(m);
  EXPECT_FALSE(stamp.is_set(m));
  rte_pktmbuf_free(m);
  rte_mbuf* again = pool.make({4});
  EXPECT_FALSE(stamp.is_set(again)) << "nothing is left in an mbuf that comes back";
  rte_pktmbuf_free(again);
}

TEST(MbufStamp, TheWholeProcessSharesOne) {
  const test::MbufPool pool;
  const MbufStamp first = *MbufStamp::reserve();
  const MbufStamp second = *MbufStamp::reserve();
  rte_mbuf* m = pool.make({1});
  first.set(m, 77);
  ASSERT_TRUE(second.is_set(m));
  EXPECT_EQ(second.get(m), 77U);
  rte_pktmbuf_free(m);
}

TEST(MbufStamp, LeavesTheOtherFlagsAlone) {
  const test::MbufPool pool;
  const MbufStamp stamp = *MbufStamp::reserve();
  rte_mbuf* m = pool.make({1});
  m->ol_flags = RTE_MBUF_F_RX_VLAN;
  stamp.set(m, 1);
  EXPECT_NE(m->ol_flags & RTE_MBUF_F_RX_VLAN, 0U);
  stamp.clear(m);
  EXPECT_EQ(m->ol_flags, RTE_MBUF_F_RX_VLAN);
  rte_pktmbuf_free(m);
}

}  // namespace
}  // namespace dstfwd
