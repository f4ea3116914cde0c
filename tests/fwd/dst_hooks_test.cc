// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/dst_hooks.h"

#include "tests/fwd/cache_rig.h"

namespace dstfwd {
namespace {

TEST(DstHooks, EachIndexBelongsToOneFamilysCache) {
  test::CacheRig rig(64, 32);
  const auto family_of = [&](uint32_t index) {
    return rig.hooks->with_cache(EntryIndex{index}, [&](auto& cache) {
      return static_cast<const void*>(&cache) == rig.ipv4.get() ? 4 : 6;
    });
  };
  unsigned of_ipv6 = 0;
  const uint32_t all = rig.ipv4->capacity() + rig.ipv6->capacity();
  for (uint32_t i = 0; i < all; ++i) of_ipv6 += family_of(i) == 6 ? 1 : 0;
  EXPECT_EQ(of_ipv6, rig.ipv6->capacity());
  EXPECT_EQ(family_of(rig.ipv6->first()), 6);
}

TEST(DstHooks, ReclaimedEntriesOfBothFamiliesLetGoOfTheirNextHops) {
  test::CacheRig rig;
  const uint32_t before = rig.references(test::kHopA);
  const FlowKey4 key4 = test::flow4(1);
  const FlowKey6 key6 = test::flow6(1);
  const Destination to{test::kHopA, dstgc::PortIndex{1}, 1};
  const auto four = rig.ipv4->insert(rig.lcore(), key4, rig.ipv4->hash_of(key4), to, 1);
  const auto six = rig.ipv6->insert(rig.lcore(), key6, rig.ipv6->hash_of(key6), to, 1);
  EXPECT_EQ(rig.references(test::kHopA), before + 2);
  ASSERT_TRUE(rig.ipv4->kill(rig.lcore(), four.index, rig.ipv4->hash_of(key4)));
  ASSERT_TRUE(rig.ipv6->kill(rig.lcore(), six.index, rig.ipv6->hash_of(key6)));
  rig.reclaim();
  EXPECT_EQ(rig.stats().reclaimed, 2U);
  EXPECT_EQ(rig.references(test::kHopA), before);
}

TEST(DstHooks, WithoutATracerTheCollectorGetsNone) {
  test::CacheRig rig;
  DstHooks hooks(*rig.ipv4, *rig.ipv6);
  EXPECT_EQ(hooks.hooks().trace, nullptr);
  unsigned calls = 0;
  hooks.set_trace([](void* c, const dstgc::WalkTrace&) noexcept { ++*static_cast<unsigned*>(c); },
                  &calls);
  const dstgc::Hooks traced = hooks.hooks();
  ASSERT_NE(traced.trace, nullptr);
  traced.trace(traced.context, {});
  EXPECT_EQ(calls, 1U);
}

}  // namespace
}  // namespace dstfwd
