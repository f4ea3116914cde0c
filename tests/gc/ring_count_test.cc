// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/ring_count.h"

#include <gtest/gtest.h>

#include <vector>

namespace dstgc {
namespace {

// A ring in memory of the test's own: without EAL.
struct RingCountTest : testing::Test {
  RingCountTest() {
    EXPECT_EQ(rte_ring_init(ring(), "count", 8, RING_F_SP_ENQ | RING_F_SC_DEQ), 0);
  }
  rte_ring* ring() { return static_cast<rte_ring*>(memory.get()); }
  void put(unsigned n) {
    std::vector<void*> objects(n, nullptr);
    ASSERT_EQ(rte_ring_sp_enqueue_bulk(ring(), objects.data(), n, nullptr), n);
  }
  void take(unsigned n) {
    std::vector<void*> objects(n, nullptr);
    ASSERT_EQ(rte_ring_sc_dequeue_bulk(ring(), objects.data(), n, nullptr), n);
  }
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<void, Free> memory{
      std::aligned_alloc(128, (static_cast<size_t>(rte_ring_get_memsize(8)) + 127) / 128 * 128)};
};

TEST_F(RingCountTest, AgreesWithTheRingFromEmptyToFull) {
  EXPECT_EQ(ring_count(ring()), 0U);
  for (unsigned n = 1; n <= 7; ++n) {
    put(1);
    EXPECT_EQ(ring_count(ring()), n);
    EXPECT_EQ(ring_count(ring()), rte_ring_count(ring()));
  }
}

TEST_F(RingCountTest, CountsAcrossTheEndOfTheRingAndOf32Bits) {
  constexpr uint32_t kNearEnd = 0xfffffffeU;
  ring()->prod.head = kNearEnd;
  ring()->prod.tail = kNearEnd;
  ring()->cons.head = kNearEnd;
  ring()->cons.tail = kNearEnd;
  put(5);
  EXPECT_EQ(ring()->prod.tail, 3U);
  EXPECT_EQ(ring_count(ring()), 5U);
  take(4);
  EXPECT_EQ(ring_count(ring()), 1U);
}

}  // namespace
}  // namespace dstgc
