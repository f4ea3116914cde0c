// SPDX-License-Identifier: BSD-3-Clause
// The worker's part of the slow path: what goes up, what comes down, and that it all adds up.
#include "fwd/slow_io.h"
#include "tests/fwd/reference.h"
#include "tests/fwd/worker_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr unsigned kRingEntries = 64;

class WorkerSlowTest : public testing::Test {
 protected:
  WorkerSlowTest() {
    WorkerConfig c = worker_config(rig_);
    c.fragments = {pool_.get(), payload_};
    c.slow_path = {punts_, injects_, field_, &rig_.cache.collector->refs()};
    worker_ = std::make_unique<Worker>(c);
  }
  ~WorkerSlowTest() override {
    for (const rte_mbuf* m : punted()) release(const_cast<rte_mbuf*>(m));
    rte_ring_free(punts_);
    rte_ring_free(injects_);
    rte_mempool_free(payload_);
  }

  void release(rte_mbuf* m) {
    const EntryIndex entry = field_.of(m).entry;
    if (entry != kNoEntry) rig_.cache.collector->refs().release(entry);
    rte_pktmbuf_free(m);
  }
  unsigned poll() { return worker_->poll_once(now_ += kHz / 1000); }
  void give(const Octets& frame) { PortRig::give(0, pool_.make(frame)); }
  std::vector<rte_mbuf*> punted() {
    std::vector<rte_mbuf*> all;
    void* m = nullptr;
    while (rte_ring_sc_dequeue(punts_, &m) == 0) all.push_back(static_cast<rte_mbuf*>(m));
    return all;
  }
  std::vector<Octets> sent(uint16_t port) {
    std::vector<Octets> out;
    for (rte_mbuf* m : PortRig::take(port)) {
      expect_sound(m);
      out.push_back(bytes_of(m));
      rte_pktmbuf_free(m);
    }
    return out;
  }
  void inject(rte_mbuf* m, PuntKind kind) {
    field_.of(m) = {.kind = kind};
    ASSERT_EQ(rte_ring_sp_enqueue(injects_, m), 0);
  }
  const LcoreCounters& counters() const { return worker_->counters(); }
  uint64_t count(Verdict v) const { return counters().verdict(v).get(); }
  uint64_t waiting() const { return count(Verdict::kHold) - counters().unheld.get(); }
  // Invariant 2 of docs/architecture.md.
  void expect_balance() const {
    uint64_t ends = counters().tx.get() + waiting();
    for (size_t v = 0; v < kVerdictCount; ++v) {
      if (static_cast<Verdict>(v) != Verdict::kHold) ends += counters().verdicts[v].get();
    }
    EXPECT_EQ(counters().rx.get(), ends);
  }

  RouterRig rig_;
  MbufPool pool_{2047};
  rte_mempool* payload_ =
      rte_pktmbuf_pool_create("payload", 1023, 0, 0, RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
  PortRig ports_{pool_};
  rte_ring* punts_ =
      rte_ring_create("punts", kRingEntries, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  rte_ring* injects_ =
      rte_ring_create("injects", kRingEntries, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  PuntField field_ = *PuntField::create();
  std::unique_ptr<Worker> worker_;
  uint64_t now_ = 100 * kHz;
};

TEST_F(WorkerSlowTest, PacketsGoUpAsTheyCame) {
  const struct {
    Octets frame;
    Verdict verdict;
    PuntKind kind;
    NextHopIndex hop;
  } cases[] = {
      {frame4({.dst = kToLocal4}), Verdict::kConsumeLocal, PuntKind::kLocal, kLocalHop},
      {ethernet(0x0806, Octets(46)), Verdict::kConsumeArp, PuntKind::kArp, kNoRouteHop},
      {frame4({.dst = kToGlean4}), Verdict::kHold, PuntKind::kHold, kGleanHop},
      {frame4({.dst = kToUnresolved4}), Verdict::kHold, PuntKind::kHold, kUnresolvedHop},
      {frame4({.dst = kToNowhere4}), Verdict::kDropNoRoute, PuntKind::kError, kNoRouteHop},
      {frame4({.dst = kToUnreachable4}), Verdict::kDropUnreachable, PuntKind::kError,
       kUnreachableHop},
      {frame4({.ttl = 1}), Verdict::kDropTtlExpired, PuntKind::kError, kHopA},
      {frame4({.dst = kToNarrow4, .fragment = 0x4000, .payload = 200}), Verdict::kDropMtu,
       PuntKind::kError, kNarrowHop},
  };
  for (const auto& c : cases) {
    give(c.frame);
    poll();
    const auto packets = punted();
    ASSERT_EQ(packets.size(), 1U) << name(c.verdict);
    EXPECT_EQ(bytes_of(packets[0]), c.frame) << name(c.verdict);
    EXPECT_EQ(packets[0]->port, 0) << name(c.verdict);
    const PuntInfo info = field_.of(packets[0]);
    EXPECT_EQ(info.kind, c.kind) << name(c.verdict);
    EXPECT_EQ(info.reason, c.verdict);
    EXPECT_EQ(to_u32(info.hop), to_u32(c.hop)) << name(c.verdict);
    EXPECT_EQ(count(c.verdict), 1U + (c.hop == kUnresolvedHop ? 1U : 0U));
    expect_balance();
    release(packets[0]);
  }
}

TEST_F(WorkerSlowTest, AHeldPacketKeepsItsEntryBusy) {
  give(frame4({.dst = kToUnresolved4}));
  give(frame4({.dst = kToUnresolved4}));
  poll();
  const auto packets = punted();
  ASSERT_EQ(packets.size(), 2U);
  const EntryIndex entry = field_.of(packets[0]).entry;
  ASSERT_NE(entry, kNoEntry);
  EXPECT_EQ(field_.of(packets[1]).entry, entry);
  EXPECT_EQ(rig_.cache.collector->refs().count(entry), 2U);
  EXPECT_EQ(waiting(), 2U);
  for (rte_mbuf* m : packets) release(m);
  EXPECT_EQ(rig_.cache.collector->refs().count(entry), 0U);
}

TEST_F(WorkerSlowTest, APacketForAConnectedPrefixWaitsWithoutAnEntry) {
  give(frame4({.dst = kToGlean4}));
  poll();
  const auto packets = punted();
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(field_.of(packets[0]).entry, kNoEntry);
  rte_pktmbuf_free(packets[0]);
}

TEST_F(WorkerSlowTest, AReleasedPacketIsRoutedAnewAndCountedOnce) {
  const Octets frame = frame4({.dst = kToUnresolved4});
  give(frame);
  poll();
  const auto packets = punted();
  ASSERT_EQ(packets.size(), 1U);
  rig_.cache.collector->refs().release(field_.of(packets[0]).entry);
  Adjacency hop = rig_.cache.hops[kUnresolvedHop].read();
  hop.resolved = true;
  hop.dst = kMacA;
  hop.src = kPortMac1;
  hop.port = PortId{1};
  hop.mtu = 1500;
  rig_.cache.hops.set(kUnresolvedHop, hop);
  inject(packets[0], PuntKind::kHeld);
  EXPECT_EQ(poll(), 0U) << "it was not received again";
  const auto out = sent(1);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0], forwarded(frame, judge(frame, kOwnMac), kMacA, kPortMac1));
  EXPECT_EQ(counters().rx.get(), 1U);
  EXPECT_EQ(counters().rx_bytes.get(), frame.size());
  EXPECT_EQ(counters().tx.get(), 1U);
  EXPECT_EQ(counters().unheld.get(), 1U);
  expect_balance();
}

TEST_F(WorkerSlowTest, WhatTheRouterMadeIsNoTransitPacket) {
  const Octets frame = frame4({.ttl = 64});
  rte_mbuf* first = pool_.make(frame);
  first->port = 1;
  inject(first, PuntKind::kOriginated);
  poll();
  EXPECT_EQ(sent(1), std::vector<Octets>{frame});
  EXPECT_EQ(counters().originated.get(), 1U);
  EXPECT_EQ(counters().tx.get() + counters().rx.get(), 0U);
  rig_.view.ports[1].up = false;
  rte_mbuf* second = pool_.make(frame);
  second->port = 1;
  inject(second, PuntKind::kOriginated);
  poll();
  EXPECT_TRUE(sent(1).empty());
  EXPECT_EQ(counters().originated_dropped.get(), 1U);
}

TEST_F(WorkerSlowTest, AFullRingDropsAndForwardingGoesOn) {
  for (unsigned i = 0; i < 3 * kRingEntries; ++i) {
    give(frame4({.dst = i % 2 == 0 ? kToUnresolved4 : kToLocal4, .id = i}));
    give(frame4({.id = i}));
    while (poll() != 0) {
    }
  }
  EXPECT_EQ(sent(1).size(), size_t{3} * kRingEntries);
  EXPECT_EQ(rte_ring_count(punts_), kRingEntries - 1);
  EXPECT_EQ(counters().punt_full.get(), 3 * kRingEntries - (kRingEntries - 1));
  EXPECT_EQ(count(Verdict::kDropHoldFull), counters().unheld.get());
  EXPECT_GT(count(Verdict::kDropHoldFull), 0U);
  uint64_t references = 0;
  for (rte_mbuf* m : punted()) {
    references += field_.of(m).entry != kNoEntry ? 1 : 0;
    release(m);
  }
  EXPECT_EQ(waiting(), references) << "those that found no room have let go";
  expect_balance();
}

TEST_F(WorkerSlowTest, LargePacketsGoInPiecesThatCountAsOne) {
  const Octets frame = frame4({.dst = kToNarrow4, .payload = 200});  // MTU 100
  give(frame);
  poll();
  const auto out = sent(1);
  ASSERT_EQ(out.size(), 3U);
  Octets together;
  for (const Octets& piece : out) {
    EXPECT_LE(piece.size(), 114U);
    EXPECT_EQ(checksum_of(piece, 14, 20), 0U);
    EXPECT_EQ(piece[22], frame[22] - 1) << "TTL";
    EXPECT_EQ((get16(piece, 20) & 0x1fffU) * 8, together.size());
    together.insert(together.end(), piece.begin() + 34, piece.end());
  }
  EXPECT_EQ(together, Octets(frame.begin() + 34, frame.end()));
  EXPECT_EQ(counters().tx.get(), 1U);
  EXPECT_EQ(counters().fragments.get(), 3U);
  expect_balance();
  rig_.view.ports[1].up = false;
  give(frame);
  poll();
  EXPECT_EQ(count(Verdict::kDropPortDown), 1U);
  expect_balance();
}

TEST_F(WorkerSlowTest, TaggedPacketsOfASubInterfaceAreRouted) {
  const Octets frame = tagged(frame4(), 7);
  give(frame);
  poll();
  EXPECT_EQ(count(Verdict::kDropUnknownVlan), 1U);
  rig_.view.ports[0].vlans.add(7);
  give(frame);
  poll();
  EXPECT_EQ(sent(1).size(), 1U);
}

TEST_F(WorkerSlowTest, RecordRouteTakesTheAddressOfTheWayOut) {
  Adjacency hop = rig_.cache.hops[kHopA].read();
  hop.own = {Be32::from_host(0xcb007163)};
  rig_.cache.hops.set(kHopA, hop);
  Octets frame = frame4({.options = {7, 7, 4, 0, 0, 0, 0, 0}});
  give(frame);
  poll();
  const auto out = sent(1);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(Octets(out[0].begin() + 34, out[0].begin() + 41),
            (Octets{7, 7, 8, 0xcb, 0x00, 0x71, 0x63}));
  EXPECT_EQ(checksum_of(out[0], 14, 28), 0U);
}

}  // namespace
}  // namespace dstfwd
