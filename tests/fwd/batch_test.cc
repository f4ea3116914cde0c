// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/batch.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

TEST(L3Span, KeepsOffsetLengthAndFlagApart) {
  for (const unsigned offset : {0U, 14U, 18U, 4095U}) {
    for (const uint32_t length : {20U, 1500U, 65575U}) {
      for (const bool records : {false, true}) {
        const L3Span span(offset, length, records);
        EXPECT_EQ(span.offset(), offset);
        EXPECT_EQ(span.length(), length);
        EXPECT_EQ(span.records(), records);
      }
    }
  }
}

TEST(L3Span, OneComparisonTellsWhatFitsBehindAnUntaggedHeader) {
  const uint32_t limit = L3Span(14, 1500).word();
  EXPECT_LE(L3Span(14, 1500).word(), limit);
  EXPECT_GT(L3Span(14, 1501).word(), limit);
  EXPECT_GT(L3Span(18, 20).word(), limit) << "a tag";
  EXPECT_GT(L3Span(14, 24, true).word(), limit) << "options to be written";
}

TEST(Batch, KeepsPacketsInTheirOrder) {
  auto batch = std::make_unique<Batch<Ipv4>>();
  rte_mbuf mbufs[3];
  for (unsigned i = 0; i < 3; ++i) {
    FlowKey4 key{};
    key.src.value = Be32::from_host(i);
    batch->add(&mbufs[i], L3Span(14, 100 + i), key);
  }
  ASSERT_EQ(batch->count, 3U);
  EXPECT_EQ(batch->all_keys().size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(batch->packets[i], &mbufs[i]);
    EXPECT_EQ(batch->spans[i].length(), 100 + i);
    EXPECT_EQ(batch->all_keys()[i].src.value.host(), i);
  }
}

TEST(Aside, RemembersHowAPacketEndsUnlessItIsForUs) {
  Aside<Ipv6> aside;
  rte_mbuf m;
  Checked<Ipv6> checked;
  checked.key.dst = {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  checked.unless_local = Verdict::kDropLinkLocal;
  aside.add(&m, 18, checked);
  ASSERT_EQ(aside.count, 1U);
  EXPECT_EQ(aside.packets[0], &m);
  EXPECT_EQ(aside.l3_offsets[0], 18U);
  EXPECT_EQ(aside.unless_local[0], Verdict::kDropLinkLocal);
  EXPECT_EQ(aside.destinations[0], checked.key.dst);
}

}  // namespace
}  // namespace dstfwd
