// SPDX-License-Identifier: BSD-3-Clause
// Router, worker and slow path together, between two ports without a NIC.
#include "fwd/slow_service.h"

#include "fwd/arp.h"
#include "fwd/dst_hooks.h"
#include "tests/fwd/packets.h"
#include "tests/fwd/port_rig.h"
#include "tests/fwd/reference.h"

namespace dstfwd {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr uint64_t kHz = 1000000000;
constexpr MacAddress kMacs[] = {kOwnMac, {{0x02, 0, 0, 0, 0, 0x02}}};
constexpr MacAddress kHost{{0x02, 0, 0, 0, 0x77, 0x01}};
constexpr uint32_t kHostAddress = 0xcb007109;  // 203.0.113.9, behind port 1

class SlowServiceTest : public testing::Test {
 protected:
  SlowServiceTest() {
    router_ = std::move(*Router::create({.fib4 = {.kind = FibKind::kTree},
                                         .fib6 = {.kind = FibKind::kTree},
                                         .max_next_hops = 64,
                                         .max_groups = 4}));
    for (uint16_t port = 0; port < 2; ++port) {
      EXPECT_TRUE(router_->port_add(PortId{port}, kMacs[port], 1500));
    }
    add(0xc0000201, 0);  // 192.0.2.1/24
    add(0xcb007101, 1);  // 203.0.113.1/24
    EXPECT_TRUE(
        router_->neighbour_add<Ipv4>({PortId{0}, 0}, {Be32::from_host(0xc0000202)}, kPeerMac));
    EXPECT_TRUE(router_->commit());
    make_collector();
    make_service(1000);
  }
  ~SlowServiceTest() override {
    if (service_) finish();
  }

  void add(uint32_t address, uint16_t port) {
    const Prefix<Ipv4> prefix{{Be32::from_host(address)}, 24};
    EXPECT_TRUE(router_->address_add(prefix, {PortId{port}, 0}));
  }
  void make_collector() {
    const KeyedHash hash = *KeyedHash::random();
    NextHopTable& hops = *router_->view().next_hops;
    DstCacheConfig config{2 * FlowBucket::kSlots, 0, -1, FlowTable::best()};
    ipv4_ = std::move(*DstCache<Ipv4>::create(config, hash, hops));
    config.first = config.entries;
    ipv6_ = std::move(*DstCache<Ipv6>::create(config, hash, hops));
    hooks_ = std::make_unique<DstHooks>(*ipv4_, *ipv6_);
    dstgc::CollectorConfig gc;
    gc.pool_entries = {ipv4_->capacity(), ipv6_->capacity()};
    gc.producers = 2;
    gc.tsc_hz = kHz;
    gc.hooks = hooks_->hooks();
    collector_ = std::move(*dstgc::Collector::create(gc));
    ipv4_->attach(*collector_);
    ipv6_->attach(*collector_);
    hooks_->set_producer(collector_->producer(dstgc::ProducerId{1}));
  }
  void make_service(uint32_t icmp_errors_per_s) {
    SlowServiceConfig config;
    config.lcores = {{&collector_->refs()}};
    config.ring_entries = 64;
    config.pool = pool_.get();
    config.fragments = {pool_.get(), pool_.get()};
    config.icmp_errors_per_s = icmp_errors_per_s;
    config.tsc_hz = kHz;
    config.now_tsc = now_;
    auto made = SlowService::create(*router_, config);
    ASSERT_TRUE(made) << made.error().message;
    service_ = std::move(*made);
    WorkerConfig worker;
    worker.rx = {{PortId{0}, 0}, {PortId{1}, 0}};
    worker.tx_queue = 1;
    worker.view = &router_->view();
    worker.ipv4 = ipv4_.get();
    worker.ipv6 = ipv6_.get();
    worker.producer = &collector_->producer(dstgc::ProducerId{0});
    worker.tsc_hz = kHz;
    worker.slow_path = service_->worker(0);
    worker_ = std::make_unique<Worker>(worker);
  }
  void finish() {
    service_->end();
    EXPECT_EQ(rx(), ends()) << "no packet is held any more";
    worker_.reset();
    service_.reset();
  }

  // Turns of both, for a time.
  void run_ms(uint64_t ms) {
    for (uint64_t i = 0; i <= ms; i += 5) {
      worker_->poll_once(now_);
      service_->poll(now_);
      worker_->poll_once(now_);
      now_ += 5 * kHz / 1000;
    }
  }
  void give(uint16_t port, const Octets& frame) { PortRig::give(port, pool_.make(frame)); }
  // What left by the port; with a type, only such frames (and of 0x0800, not ICMP of ours).
  std::vector<Octets> sent(uint16_t port, unsigned type) {
    std::vector<Octets> out;
    for (rte_mbuf* m : PortRig::take(port)) {
      expect_sound(m);
      if (get16(bytes_of(m), 12) == type) out.push_back(bytes_of(m));
      rte_pktmbuf_free(m);
    }
    return out;
  }
  void forget_announcements() {
    run_ms(10000);
    sent(0, 0);
    sent(1, 0);
  }
  Octets to_host(unsigned id = 1) {
    return frame4({.src = 0xc0000202, .dst = kHostAddress, .id = id});
  }
  Octets reply_of_host() {
    std::array<uint8_t, kArpBytes> bytes;
    ArpMessage m{};
    m.operation = 2;
    m.sender_mac = kHost;
    m.sender = {Be32::from_host(kHostAddress)};
    m.target_mac = kMacs[1];
    m.target = {Be32::from_host(0xcb007101)};
    const size_t size = build_arp(bytes, m);
    return ethernet(0x0806, {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)}, kMacs[1],
                    kHost);
  }
  uint64_t rx() const { return worker_->counters().rx.get(); }
  uint64_t ends() const {
    uint64_t sum = worker_->counters().tx.get();
    for (const LcoreCounters* c : {&worker_->counters(), &service_->path().counters()}) {
      for (size_t v = 0; v < kVerdictCount; ++v) sum += c->verdicts[v].get();
      sum -= c->unheld.get();
    }
    return sum - worker_->counters().verdict(Verdict::kForward).get();
  }

  MbufPool pool_{4095};
  PortRig ports_{pool_};
  uint64_t now_ = 100 * kHz;
  std::unique_ptr<Router> router_;
  std::unique_ptr<DstCache<Ipv4>> ipv4_;
  std::unique_ptr<DstCache<Ipv6>> ipv6_;
  std::unique_ptr<DstHooks> hooks_;
  std::unique_ptr<dstgc::Collector> collector_;
  std::unique_ptr<SlowService> service_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(SlowServiceTest, APacketWaitsForItsNeighbourAndGoesOn) {
  forget_announcements();
  give(0, to_host());
  run_ms(20);
  const auto asked = sent(1, 0x0806);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(Octets(asked[0].begin() + 38, asked[0].begin() + 42), (Octets{0xcb, 0, 0x71, 9}));
  EXPECT_EQ(worker_->counters().tx.get(), 0U);
  EXPECT_EQ(rx(), ends()) << "held is an end, too";
  give(1, reply_of_host());
  run_ms(20);
  const auto out = sent(1, 0x0800);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0], forwarded(to_host(), judge(to_host(), kOwnMac), kHost, kMacs[1]));
  give(0, to_host(2));
  worker_->poll_once(now_);
  EXPECT_EQ(sent(1, 0x0800).size(), 1U) << "the next one goes without the control thread";
  EXPECT_EQ(rx(), ends());
}

TEST_F(SlowServiceTest, ANeighbourThatDoesNotAnswerEndsTheWaitAndTheSourceIsTold) {
  forget_announcements();
  give(0, to_host());
  run_ms(5000);
  EXPECT_EQ(service_->path().counters().verdict(Verdict::kDropNoNeighbour).get(), 1U);
  const auto told = sent(0, 0x0800);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0][23], 1U) << "ICMP";
  EXPECT_EQ(told[0][34], 3U) << "destination unreachable";
  EXPECT_EQ(told[0][35], 1U) << "host";
  EXPECT_EQ(rx(), ends());
}

TEST_F(SlowServiceTest, EchoesAreAnsweredAndExpiredPacketsReported) {
  forget_announcements();
  Octets echo = frame4({.src = 0xc0000202, .dst = 0xc0000201, .protocol = 1});
  echo[34] = 8;  // echo request: the ports' bytes are type, code, checksum
  echo[35] = 0;
  put16(echo, 36, 0);
  put16(echo, 36, checksum_of(echo, 34, echo.size() - 34));
  give(0, echo);
  give(0, frame4({.src = 0xc0000202, .dst = kHostAddress, .ttl = 1}));
  run_ms(20);
  const auto out = sent(0, 0x0800);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0][34], 0U) << "echo reply";
  EXPECT_EQ(out[1][34], 11U) << "time exceeded";
  EXPECT_EQ(worker_->counters().originated.get() > 2, true) << "announcements, too";
  EXPECT_EQ(worker_->counters().tx.get(), 0U);
  EXPECT_EQ(rx(), ends());
}

TEST_F(SlowServiceTest, WhatWaitsAtTheEndComesHome) {
  forget_announcements();
  for (unsigned i = 0; i < 50; ++i) give(0, to_host(i));
  run_ms(10);
  give(0, to_host(99));
  worker_->poll_once(now_);  // on the punt ring
  finish();
  // The pool's destructor says whether all mbufs are home.
}

TEST_F(SlowServiceTest, AStaticNeighbourEndsTheWait) {
  forget_announcements();
  give(0, to_host());
  run_ms(10);
  const LinkRef link{PortId{1}, 0};
  const Ipv4Address address{Be32::from_host(kHostAddress)};
  ASSERT_TRUE(router_->neighbour_add<Ipv4>(link, address, kHost));
  ASSERT_TRUE(router_->commit());
  service_->neighbour_changed<Ipv4>(link, address);
  run_ms(10);
  EXPECT_EQ(sent(1, 0x0800).size(), 1U);
}

TEST_F(SlowServiceTest, AFloodForSilentNeighboursLeavesForwardingAlone) {
  ASSERT_TRUE(router_->neighbour_add<Ipv4>({PortId{1}, 0}, {Be32::from_host(kHostAddress)}, kHost));
  ASSERT_TRUE(router_->commit());
  forget_announcements();
  uint64_t forwarded_count = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    give(0, frame4({.src = 0xc0000202, .dst = 0xcb007110 + i % 200}));
    give(0, to_host(i));
    if (i % 10 == 0) run_ms(0);  // the control thread comes by now and then
    worker_->poll_once(now_ += 1000);
    for (const Octets& frame : sent(1, 0x0800)) forwarded_count += frame[23] == 17 ? 1 : 0;
  }
  EXPECT_EQ(forwarded_count, 2000U);
  EXPECT_EQ(rx(), ends());
}

}  // namespace
}  // namespace dstfwd
