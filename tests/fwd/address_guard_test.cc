// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_guard.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::kLink;

// Guards of both families, without a slow path around them.
struct AddressGuardTest : testing::Test {
  ~AddressGuardTest() override {
    sent();
    rte_ring_free(rings.punts);
    rte_ring_free(rings.injects);
    rte_mempool_free(pool);
  }
  unsigned sent() {
    unsigned count = 0;
    void* object = nullptr;
    for (; rte_ring_sc_dequeue(rings.injects, &object) == 0; ++count) {
      rte_pktmbuf_free(static_cast<rte_mbuf*>(object));
    }
    return count;
  }
  template <typename Guard>
  unsigned run_ms(Guard& guard, uint64_t ms) {
    unsigned frames = 0;
    for (const uint64_t end = now_ms + ms; now_ms < end; now_ms += 10) {
      guard.tick(now_ms);
      frames += sent();
    }
    return frames;
  }
  AddressPhase phase4(const AddressGuard<Ipv4>& guard) const {
    return guard.phase(kLink, test::v4("192.0.2.1"));
  }

  SlowRings rings{rte_ring_create("ag_punts", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
                  rte_ring_create("ag_injects", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)};
  rte_mempool* pool = rte_pktmbuf_pool_create("ag", 255, 0, 0, 2176, SOCKET_ID_ANY);
  test::FakeRouting routing;
  SlowIo io{{.rings = {rings},
             .field = *PuntField::create(),
             .pool = pool,
             .fragments = {},
             .release_entry = [](uint16_t, EntryIndex) {}}};
  uint64_t now_ms = 1000;
};

TEST_F(AddressGuardTest, ANewAddressIsProbedAndThenPreferred) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  guard.tick(now_ms);
  EXPECT_EQ(phase4(guard), AddressPhase::kTentative);
  EXPECT_EQ(run_ms(guard, 12000), 5U) << "three probes, two announcements";
  EXPECT_EQ(phase4(guard), AddressPhase::kPreferred);
  EXPECT_EQ(guard.phase(kLink, test::v4("192.0.2.9")), AddressPhase::kTentative) << "not ours";
}

TEST_F(AddressGuardTest, WithoutDetectionItIsPreferredAtOnceAndInSilence) {
  AddressGuard<Ipv4> guard4(routing, io, 1, false);
  AddressGuard<Ipv6> guard6(routing, io, 1, false);
  guard4.tick(now_ms);
  guard6.tick(now_ms);
  EXPECT_EQ(phase4(guard4), AddressPhase::kPreferred);
  EXPECT_EQ(guard6.phase(kLink, test::v6("2001:db8::1")), AddressPhase::kPreferred);
  EXPECT_EQ(run_ms(guard4, 12000), 0U);
}

TEST_F(AddressGuardTest, AConflictWhileItIsTentativeEndsItsUse) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  run_ms(guard, 100);
  EXPECT_TRUE(guard.conflict(kLink, test::v4("192.0.2.1"), now_ms));
  EXPECT_EQ(phase4(guard), AddressPhase::kDuplicate);
  EXPECT_EQ(guard.duplicates(), 1U);
  EXPECT_FALSE(routing.is_local(test::v4("192.0.2.1"))) << "routing is told";
  EXPECT_EQ(run_ms(guard, 12000), 0U);
}

TEST_F(AddressGuardTest, ADuplicateIsTriedAgainWhenItsLinkComesUp) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  run_ms(guard, 100);
  ASSERT_TRUE(guard.conflict(kLink, test::v4("192.0.2.1"), now_ms));
  routing.info.up = false;
  run_ms(guard, 100);
  EXPECT_EQ(phase4(guard), AddressPhase::kDuplicate);
  routing.info.up = true;
  guard.tick(now_ms);
  EXPECT_EQ(phase4(guard), AddressPhase::kTentative);
  EXPECT_TRUE(routing.is_local(test::v4("192.0.2.1")));
  EXPECT_EQ(run_ms(guard, 12000), 5U);
  EXPECT_EQ(phase4(guard), AddressPhase::kPreferred);
}

TEST_F(AddressGuardTest, ADuplicateThatWasDeletedAndAddedAtOnceIsTriedAgain) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  run_ms(guard, 100);
  ASSERT_TRUE(guard.conflict(kLink, test::v4("192.0.2.1"), now_ms));
  routing.duplicates.clear();
  ++routing.version;
  guard.tick(now_ms);
  EXPECT_EQ(phase4(guard), AddressPhase::kTentative);
  EXPECT_EQ(run_ms(guard, 12000), 5U);
}

TEST_F(AddressGuardTest, AConflictLaterIsAnsweredWithAnAnnouncement) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  run_ms(guard, 12000);
  EXPECT_FALSE(guard.conflict(kLink, test::v4("192.0.2.1"), now_ms));
  EXPECT_EQ(sent(), 1U);
  EXPECT_FALSE(guard.conflict(kLink, test::v4("192.0.2.1"), now_ms + 1));
  EXPECT_EQ(sent(), 0U) << "not again at once (RFC 5227 2.4 (c))";
  EXPECT_EQ(guard.conflicts(), 2U);
  EXPECT_EQ(guard.duplicates(), 0U);
}

TEST_F(AddressGuardTest, ALinkThatComesUpHasItsAddressesProbedAgain) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  run_ms(guard, 12000);
  routing.info.up = false;
  EXPECT_EQ(run_ms(guard, 1000), 0U);
  routing.info.up = true;
  guard.tick(now_ms);
  EXPECT_EQ(phase4(guard), AddressPhase::kTentative);
  EXPECT_EQ(run_ms(guard, 12000), 5U);
}

TEST_F(AddressGuardTest, ADeletedAddressIsForgotten) {
  AddressGuard<Ipv4> guard(routing, io, 1, true);
  run_ms(guard, 12000);
  routing.has_own = false;
  ++routing.version;
  guard.tick(now_ms);
  EXPECT_EQ(phase4(guard), AddressPhase::kTentative);
  EXPECT_FALSE(guard.conflict(kLink, test::v4("192.0.2.1"), now_ms));
  EXPECT_EQ(guard.conflicts(), 0U);
}

}  // namespace
}  // namespace dstfwd
