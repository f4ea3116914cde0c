// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/worker.h"

#include <map>

#include "tests/fwd/fate.h"
#include "tests/fwd/worker_rig.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { reset(); }

  void reset() { worker_ = std::make_unique<Worker>(worker_config(rig_)); }
  unsigned poll() { return worker_->poll_once(now_ += kHz / 1000); }

  // Frames by port, as they left.
  std::map<uint16_t, std::vector<Octets>> pass(const std::vector<Octets>& frames,
                                               std::mt19937* random = nullptr) {
    for (const Octets& f : frames) {
      PortRig::give(0, random == nullptr ? pool_.make(f) : pool_.make_chained(f, *random));
    }
    while (poll() != 0) {
    }
    return collect();
  }
  static std::map<uint16_t, std::vector<Octets>> collect() {
    std::map<uint16_t, std::vector<Octets>> out;
    for (uint16_t port = 0; port < 2; ++port) {
      for (rte_mbuf* m : PortRig::take(port)) {
        expect_sound(m);
        out[port].push_back(bytes_of(m));
        rte_pktmbuf_free(m);
      }
    }
    return out;
  }
  const LcoreCounters& counters() const { return worker_->counters(); }
  // Invariant 2 of docs/architecture.md.
  void expect_balance() const {
    uint64_t ends = counters().tx.get();
    for (const Counter& c : counters().verdicts) ends += c.get();
    EXPECT_EQ(counters().rx.get(), ends);
    EXPECT_EQ(counters().verdict(Verdict::kForward).get(), 0U);
  }

  RouterRig rig_;
  MbufPool pool_{8191};
  PortRig ports_{pool_};
  std::unique_ptr<Worker> worker_;
  uint64_t now_ = 100 * kHz;
};

TEST_F(WorkerTest, ForwardsAPacketAndCachesItsFlow) {
  const Octets frame = frame4();
  for (uint64_t round = 1; round <= 3; ++round) {
    auto out = pass({frame});
    ASSERT_EQ(out[1].size(), 1U);
    EXPECT_EQ(out[1][0], forwarded(frame, judge(frame, kOwnMac), kMacA, kPortMac1));
    EXPECT_EQ(counters().tx.get(), round);
    EXPECT_EQ(counters().misses.get(), 1U);
    EXPECT_EQ(counters().hits.get(), round - 1);
  }
  EXPECT_EQ(counters().rx_bytes.get(), 3 * frame.size());
  EXPECT_EQ(counters().tx_bytes.get(), 3 * frame.size());
  expect_balance();
}

// What a change of routes that ends while the lcore is about to receive looks like.
TEST_F(WorkerTest, APacketThatCameAfterAChangeOfRoutesTakesTheNewRoute) {
  const Octets frame = frame4();
  ASSERT_EQ(pass({frame})[1].size(), 1U);  // cached
  const auto change = [](uint16_t, uint16_t, rte_mbuf**, uint16_t n, uint16_t, void* rig) noexcept {
    auto* const r = static_cast<RouterRig*>(rig);
    if (n == 0) return n;
    r->route4(kToA4, 32, kHopB);
    r->bump_routes();
    return n;
  };
  const rte_eth_rxtx_callback* const hook = rte_eth_add_rx_callback(0, 0, change, &rig_);
  ASSERT_NE(hook, nullptr);
  auto out = pass({frame});
  EXPECT_EQ(rte_eth_remove_rx_callback(0, 0, hook), 0);
  EXPECT_EQ(out[0].size(), 1U);
  EXPECT_EQ(out[1].size(), 0U);
  expect_balance();
}

TEST_F(WorkerTest, CountsTurnsAndEmptyTurns) {
  EXPECT_EQ(poll(), 0U);
  PortRig::give(0, pool_.make(frame4()));
  EXPECT_EQ(poll(), 1U);
  EXPECT_EQ(counters().polls.get(), 2U);
  EXPECT_EQ(counters().empty_polls.get(), 1U);
}

TEST_F(WorkerTest, KeepsTheOrderOfAFlow) {
  std::vector<Octets> frames;
  for (unsigned id = 0; id < 200; ++id) frames.push_back(frame4({.id = id}));
  const auto out = pass(frames);
  ASSERT_EQ(out.at(1).size(), 200U);
  for (unsigned id = 0; id < 200; ++id) EXPECT_EQ(get16(out.at(1)[id], 18), id);
}

TEST_F(WorkerTest, EachPacketEndsInOneCounter) {
  const std::pair<Octets, Verdict> cases[] = {
      {frame4({.dst = kToNowhere4}), Verdict::kDropNoRoute},
      {frame4({.dst = kToBlackhole4}), Verdict::kDropBlackhole},
      {frame4({.dst = kToUnreachable4}), Verdict::kDropUnreachable},
      {frame4({.dst = kToLocal4}), Verdict::kConsumeLocal},
      {frame4({.dst = kToLocal4, .ttl = 1}), Verdict::kConsumeLocal},
      {frame4({.dst = kToGlean4}), Verdict::kDropNoNeighbour},
      {frame4({.dst = kToUnresolved4}), Verdict::kDropNoNeighbour},
      {frame4({.dst = kToNarrow4, .payload = 200}), Verdict::kDropMtu},
      {frame4({.ttl = 1}), Verdict::kDropTtlExpired},
      {frame4({.dst = kToNowhere4, .ttl = 1}), Verdict::kDropNoRoute},
      {ethernet(0x0806, Octets(28)), Verdict::kConsumeArp},
      {ethernet(0x88cc, Octets(28)), Verdict::kDropNotRouted},
      {frame6({.dst = {{0x20, 0x01, 0x0d, 0xb8, 0x20}}}), Verdict::kDropBlackhole},
  };
  for (const auto& [frame, verdict] : cases) {
    const uint64_t before = counters().verdict(verdict).get();
    EXPECT_TRUE(pass({frame}).empty());
    EXPECT_EQ(counters().verdict(verdict).get(), before + 1) << name(verdict);
    expect_balance();
  }
}

TEST_F(WorkerTest, NeighbourDiscoveryToOurAddressIsItsOwnVerdict) {
  Packet6 p{.next = 58, .hop_limit = 255, .body = {135, 0, 0, 0, 0, 0, 0, 0}};
  p.dst = {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  pass({frame6(p)});
  EXPECT_EQ(counters().verdict(Verdict::kConsumeNd).get(), 1U);
  p.body[0] = 128;
  pass({frame6(p)});
  EXPECT_EQ(counters().verdict(Verdict::kConsumeLocal).get(), 1U);
}

// IPv4 and IPv6 of a burst may pass each other, packets of one family must not.
void in_family_order(std::vector<Octets>& frames) {
  std::stable_partition(frames.begin(), frames.end(), [](const Octets& f) {
    const unsigned type = get16(f, 12);
    return (type == 0x8100 ? get16(f, 16) : type) == 0x0800;
  });
}

// Random frames to random destinations of the rig, packet by packet against the reference.
class WorkerRandomTest : public WorkerTest, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Cache, WorkerRandomTest, testing::Bool());

TEST_P(WorkerRandomTest, DoesWithEveryFrameWhatTheReferenceDoes) {
  WorkerConfig c = worker_config(rig_);
  c.cache_enabled = GetParam();
  worker_ = std::make_unique<Worker>(c);
  std::mt19937 random(31);
  const uint32_t destinations[] = {kToA4,          kToB4,    kToLocal4,  kToGlean4,  kToBlackhole4,
                                   kToUnresolved4, kToVlan4, kToNarrow4, kToNowhere4};
  std::array<uint64_t, kVerdictCount> wanted{};
  std::map<uint16_t, std::vector<Octets>> wanted_out;
  uint64_t forwards = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Octets> frames(1 + random() % 40);
    wanted_out.clear();
    for (Octets& frame : frames) {
      frame = random_frame(random);
      if (frame.size() >= 34 && get16(frame, 12) == 0x0800 && frame[14] == 0x45 &&
          random() % 3 == 0) {
        const uint32_t to = destinations[random() % std::size(destinations)];
        put16(frame, 30, to >> 16U);
        put16(frame, 32, to & 0xffffU);
        if (checksum_of(frame, 14, 20) != 0) fix4(frame, 14);
      }
      const Fate fate = fate_of(frame);
      if (fate.verdict == Verdict::kForward) {
        wanted_out[fate.port].push_back(fate.bytes);
        ++forwards;
      } else {
        ++wanted[static_cast<size_t>(fate.verdict)];
      }
    }
    if (round % 50 == 0) rig_.bump_routes();
    if (round % 170 == 0) rig_.bump_flush();
    if (round % 100 == 0) rig_.cache.reclaim();
    auto out = pass(frames, &random);
    for (uint16_t port = 0; port < 2; ++port) {
      auto& is = out[port];
      auto& should = wanted_out[port];
      ASSERT_EQ(is.size(), should.size());
      in_family_order(is), in_family_order(should);
      for (size_t i = 0; i < is.size(); ++i) {
        ASSERT_TRUE(same_frame(is[i], should[i]))
            << testing::PrintToString(is[i]) << " should be " << testing::PrintToString(should[i]);
      }
    }
    expect_balance();
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_EQ(counters().tx.get(), forwards);
  for (size_t v = 0; v < kVerdictCount; ++v) {
    EXPECT_EQ(counters().verdicts[v].get(), wanted[v]) << kVerdictNames[v];
  }
  if (GetParam()) {
    EXPECT_GT(counters().hits.get(), 3000U);
    EXPECT_GT(counters().revalidated.get(), 100U);
  } else {
    EXPECT_EQ(counters().hits.get() + counters().misses.get(), 0U);
    EXPECT_EQ(rig_.cache.stats().created, 0U);
  }
}

// 64 flows in 410 slots: with both buckets of a flow full one time in 10^9.
TEST_F(WorkerTest, AfterShutdownEverythingIsHome) {
  for (uint32_t n = 0; n < 64; ++n) pass({frame4({.src = 0x0a000001U + n})});
  EXPECT_EQ(rig_.cache.ipv4->count(), 64U);
  Aging aging({1.0, kHz}, *rig_.cache.ipv4, *rig_.cache.ipv6, rig_.version, rig_.cache.gc());
  for (int i = 1; i < 100; ++i) aging.step(now_ + static_cast<uint64_t>(i) * kHz / 10, 1U << 20U);
  worker_->flush();
  rig_.cache.reclaim();
  EXPECT_EQ(rig_.cache.stats().created, 64U);
  EXPECT_EQ(rig_.cache.stats().reclaimed, 64U);
  EXPECT_EQ(rig_.cache.references(kHopA), 0U);
}

TEST_F(WorkerTest, CollectsInlineWhenItsBurstWasNotFull) {
  Aging aging({0.1, kHz}, *rig_.cache.ipv4, *rig_.cache.ipv6, rig_.version, rig_.cache.gc());
  WorkerConfig c = worker_config(rig_);
  c.gc = {rig_.cache.collector.get(), &aging, dstgc::Mode::kInline, {1000, 0}, 1000};
  worker_ = std::make_unique<Worker>(c);
  pass({frame4()});
  ASSERT_EQ(rig_.cache.ipv4->count(), 1U);
  for (int i = 0; i < 300; ++i) poll();
  EXPECT_EQ(rig_.cache.ipv4->count(), 0U);
  EXPECT_EQ(rig_.cache.stats().reclaimed, 1U);
}

}  // namespace
}  // namespace dstfwd
