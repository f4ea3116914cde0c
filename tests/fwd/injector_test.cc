// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/injector.h"

#include <rte_ring.h>

#include "tests/fwd/port_rig.h"

namespace dstfwd {
namespace {

struct InjectorTest : testing::Test {
  ~InjectorTest() override { rte_ring_free(ring); }
  void put(uint16_t port, PuntKind kind) {
    rte_mbuf* m = pool.make({1, 2, 3, 4});
    m->port = port;
    field.of(m) = PuntInfo{};
    field.of(m).kind = kind;
    ASSERT_EQ(rte_ring_sp_enqueue(ring, m), 0);
  }
  unsigned take() {
    const unsigned n = injector.take(held);
    for (unsigned i = 0; i < n; ++i) rte_pktmbuf_free(held[i]);
    return n;
  }
  static size_t came(uint16_t port) {
    const auto frames = test::PortRig::take(port);
    for (rte_mbuf* m : frames) rte_pktmbuf_free(m);
    return frames.size();
  }

  test::MbufPool pool;
  test::PortRig ports{pool};
  rte_ring* ring = rte_ring_create("injector", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  PuntField field = *PuntField::create();
  RouterView view{};
  LcoreCounters counters;
  Injector injector{ring, field, view, 1, counters};
  std::array<rte_mbuf*, kMaxBurst> held{};
};

TEST_F(InjectorTest, OurOwnFramesAreSentByTheirPort) {
  for (const uint16_t port : {0, 1, 1, 0}) put(port, PuntKind::kOriginated);
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(came(0), 2U);
  EXPECT_EQ(came(1), 2U);
  EXPECT_EQ(counters.originated.get(), 4U);
  EXPECT_EQ(counters.originated_dropped.get(), 0U);
}

TEST_F(InjectorTest, PacketsThatWaitedGoToTheWorker) {
  put(0, PuntKind::kHeld);
  put(1, PuntKind::kOriginated);
  put(1, PuntKind::kHeld);
  EXPECT_EQ(take(), 2U);
  EXPECT_EQ(counters.unheld.get(), 2U);
  EXPECT_EQ(came(1), 1U);
}

TEST_F(InjectorTest, APortThatIsDownTakesNothing) {
  view.ports[1].up.store(false);
  put(1, PuntKind::kOriginated);
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(came(1), 0U);
  EXPECT_EQ(counters.originated_dropped.get(), 1U);
}

TEST_F(InjectorTest, AnEmptyRingGivesNothing) {
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(counters.originated.get(), 0U);
}

}  // namespace
}  // namespace dstfwd
