// SPDX-License-Identifier: BSD-3-Clause
// Trials over net_ring ports, whose transmit queue is their receive queue: sent on port 0 and
// received there (loopback), or carried to port 1 by a middlebox that loses, copies and delays
// frames.
#include "app/gen/trial.h"

#include <gtest/gtest.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "app/gen/gen_report.h"
#include "tests/fwd/mbufs.h"

namespace dstfwd::gen {
namespace {

constexpr uint32_t kTrial = 77;

class TrialTest : public testing::Test {
 protected:
  TrialTest() {
    for (uint16_t port = 0; port < 2; ++port) {
      const rte_eth_conf conf{};
      EXPECT_EQ(rte_eth_dev_configure(port, 1, 1, &conf), 0);
      EXPECT_EQ(rte_eth_rx_queue_setup(port, 0, 512, SOCKET_ID_ANY, nullptr, pool.get()), 0);
      EXPECT_EQ(rte_eth_tx_queue_setup(port, 0, 512, SOCKET_ID_ANY, nullptr), 0);
      EXPECT_EQ(rte_eth_dev_start(port), 0);
    }
  }
  ~TrialTest() override {
    for (uint16_t port = 0; port < 2; ++port) {
      rte_mbuf* m = nullptr;
      while (rte_eth_rx_burst(port, 0, &m, 1) == 1) rte_pktmbuf_free(m);
      rte_eth_dev_stop(port);
    }
  }

  static TrialTraffic traffic(uint32_t flows, const char* sizes = "imix", unsigned ipv6 = 30) {
    FrameConfig frames;
    frames.trial = kTrial;
    return {frames,
            {flows,
             0.001,
             ipv6,
             {{Be32::from_host(0xc6120000)}, 65536},
             {{Be32::from_host(0xc6130000)}, 65536},
             {{{0x20, 0x01, 0, 2, 0, 0, 0, 1}}, 65536},
             {{{0x20, 0x01, 0, 2, 0, 0, 0, 2}}, 65536}},
            *SizeMix::parse(sizes),
            nullptr,
            {}};
  }
  // Until `frames` are sent, however long a loaded machine takes.
  static TrialConfig config(uint64_t frames, double pps) {
    TrialConfig c;
    c.packets_per_s = pps;
    c.max_frames = frames;
    c.duration_s = 60;
    c.drain_s = 0;  // loopback: what was sent is in the receive queue
    return c;
  }
  TrialLinks links(uint16_t rx_port) { return {0, rx_port, pool.get(), {}, {}}; }

  test::MbufPool pool{8191};
};

void expect_clean(const TrialResult& r, uint64_t frames) {
  EXPECT_EQ(r.sent, frames);
  EXPECT_EQ(r.unsent, 0U);
  EXPECT_EQ(r.received, frames);
  EXPECT_EQ(r.order.unique, frames);
  EXPECT_EQ(r.lost(), 0U);
  EXPECT_EQ(r.order.duplicates + r.order.reordered + r.order.too_late + r.foreign, 0U);
  EXPECT_EQ(r.received_bytes, r.sent_bytes);
}

TEST_F(TrialTest, ALoopbackLosesNothingAndKeepsOrder) {
  const TrialResult r = run_trial(config(20000, 200e3), links(0), traffic(100), {});
  expect_clean(r, 20000);
  EXPECT_EQ(r.latency.count(), 20000U);
}

TEST_F(TrialTest, SenderAndReceiverMayBeTwoLcores) {
  TrialLinks two = links(0);
  two.rx_lcore = 1;
  expect_clean(run_trial(config(20000, 200e3), two, traffic(100), {}), 20000);
  two.tx_lcore = 2;
  expect_clean(run_trial(config(20000, 200e3), two, traffic(100), {}), 20000);
}

TEST_F(TrialTest, AsFastAsPossibleIsCountedAsWell) {
  expect_clean(run_trial(config(50000, 0), links(0), traffic(1), {}), 50000);
}

TEST_F(TrialTest, TheWarmUpHasNoLatency) {
  TrialConfig c = config(10000, 100e3);
  c.warmup_s = 0.04;
  const TrialResult r = run_trial(c, links(0), traffic(10), {});
  expect_clean(r, 10000);
  EXPECT_EQ(r.latency.count(), 6000U);
}

// Carries what port 0 sends to port 1, with faults, and keeps the book that the trial must match.
class Middlebox {
 public:
  struct Faults {
    unsigned lose_every = 0;
    unsigned copy_every = 0;
    unsigned delay_every = 0;  // behind the next 20 frames
  };
  // frames: how many will come.
  Middlebox(const Faults& faults, const FlowPlan& plan, uint64_t frames)
      : faults_(faults),
        plan_(plan),
        frames_(frames),
        thread_([this](const std::stop_token& t) { run(t); }) {}
  ~Middlebox() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
  }

  // All frames came, and what goes on went.
  bool done() const { return done_.load(std::memory_order_acquire); }

  uint64_t lost = 0, duplicates = 0, reordered = 0;

 private:
  static bool every(uint64_t k, unsigned n) { return n != 0 && k % n == n - 1; }

  void run(const std::stop_token& stop) {
    rte_mbuf* m = nullptr;
    uint64_t taken = 0;
    while (taken != frames_ && !stop.stop_requested()) {
      if (rte_eth_rx_burst(0, 0, &m, 1) == 1) {
        take(m);
        ++taken;
      } else {
        std::this_thread::yield();
      }
    }
    release(0);
    done_.store(true, std::memory_order_release);
  }
  void take(rte_mbuf* m) {
    const uint64_t k = read_payload(m, kTrial)->sequence();
    if (every(k, faults_.lose_every)) {
      ++lost;
      rte_pktmbuf_free(m);
      return;
    }
    if (every(k, faults_.copy_every)) {
      ++duplicates;
      give(rte_pktmbuf_copy(m, m->pool, 0, UINT32_MAX));
    }
    if (every(k, faults_.delay_every)) {
      late_.emplace_back(m, 20);
      return;
    }
    give(m);
    for (auto& [frame, left] : late_) --left;
    release(1);
  }
  // Those that enough frames have overtaken, whatever the time; 0: all.
  void release(int least) {
    while (!late_.empty() && (least == 0 || late_.front().second <= 0)) {
      rte_mbuf* m = late_.front().first;
      late_.erase(late_.begin());
      give(m);
    }
  }
  void give(rte_mbuf* m) {
    const uint64_t k = read_payload(m, kTrial)->sequence();
    if (seen_.insert(k).second) {
      auto [flow, first] = highest_.try_emplace({plan_.slot(k), plan_.incarnation(k)}, k);
      if (!first && k < flow->second) ++reordered;
      flow->second = std::max(flow->second, k);
    }
    while (rte_eth_tx_burst(1, 0, &m, 1) == 0) std::this_thread::yield();
  }

  Faults faults_;
  FlowPlan plan_;
  uint64_t frames_;
  std::atomic<bool> done_{false};
  std::vector<std::pair<rte_mbuf*, int>> late_;
  std::set<uint64_t> seen_;
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> highest_;
  std::jthread thread_;
};

TEST_F(TrialTest, InjectedFaultsAreFoundExactly) {
  const Middlebox::Faults cases[] = {{97, 0, 0}, {0, 101, 0}, {0, 0, 50}, {97, 101, 50}, {2, 3, 7}};
  for (const Middlebox::Faults& faults : cases) {
    for (const uint32_t flows : {1U, 5U}) {
      const TrialTraffic t = traffic(flows);
      Middlebox middlebox(faults, FlowPlan(t.flows), 20000);
      TrialConfig c = config(20000, 0);
      c.drain_s = 60;
      TrialWatch watch;
      watch.drained = [&] { return middlebox.done(); };
      const TrialResult r = run_trial(c, links(1), t, watch);
      middlebox.stop();
      EXPECT_EQ(r.sent, 20000U);
      EXPECT_EQ(r.lost(), middlebox.lost);
      EXPECT_EQ(r.order.duplicates, middlebox.duplicates);
      EXPECT_EQ(r.order.reordered, middlebox.reordered);
      EXPECT_EQ(r.received, r.order.unique + r.order.duplicates);
      EXPECT_EQ(middlebox.lost, faults.lose_every == 0 ? 0 : 20000 / faults.lose_every);
      EXPECT_EQ(middlebox.duplicates > 0, faults.copy_every != 0);
      EXPECT_EQ(middlebox.reordered > 100, faults.delay_every != 0);
    }
  }
}

TEST_F(TrialTest, FramesOfAnotherTrialAreForeign) {
  TrialTraffic before = traffic(1);
  before.frames.trial = kTrial + 1;
  TrialConfig short_drain = config(100, 1e6);
  short_drain.drain_s = 0;
  run_trial(short_drain, links(1), before, {});  // sent to port 0's ring, never taken
  const TrialResult r = run_trial(config(1000, 100e3), links(0), traffic(1), {});
  EXPECT_EQ(r.foreign, 100U);
  EXPECT_EQ(r.received, 1000U);
  EXPECT_EQ(r.lost(), 0U);
}

// The pipe stands still for 200 ms of half a second. A generator that waits for it would send later
// and see one slow frame; an open loop sees every frame that was meant to go in that time.
TEST_F(TrialTest, AStallIsFeltByEveryFrameMeantToBeSentInIt) {
  std::atomic<uint64_t> carried{0};
  std::jthread pipe([&](const std::stop_token& stop) {
    rte_mbuf* m = nullptr;
    while (!stop.stop_requested()) {
      if (rte_eth_rx_burst(0, 0, &m, 1) == 0) {
        std::this_thread::yield();
        continue;
      }
      if (carried.load(std::memory_order_relaxed) == 1999)
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      while (rte_eth_tx_burst(1, 0, &m, 1) == 0) std::this_thread::yield();
      carried.fetch_add(1, std::memory_order_release);
    }
  });
  // 10000 frames in 0.5 s: 4000 within the stall, of them 3000 in its first 150 ms. The ring holds
  // 1024: most of them cannot even be sent on time.
  TrialConfig c = config(10000, 20e3);
  c.drain_s = 60;
  TrialWatch watch;
  watch.drained = [&] { return carried.load(std::memory_order_acquire) == 10000; };
  const TrialResult r = run_trial(c, links(1), traffic(10), watch);
  expect_clean(r, 10000);
  EXPECT_GE(r.latency.count_over(50'000'000), 2900U);
  EXPECT_GE(r.latency.max(), 199'000'000U);
  EXPECT_GE(r.latest_ns, 50'000'000U);
}

TEST_F(TrialTest, ACaptureIsReplayedFrameByFrame) {
  const std::string path = testing::TempDir() + "/trial_test_" + std::to_string(getpid());
  std::ofstream out(path, std::ios::binary);
  const auto put = [&](auto value) { out.write(reinterpret_cast<char*>(&value), sizeof value); };
  put(uint32_t{0xa1b2c3d4});
  put(uint32_t{0x00040002});
  put(uint64_t{0});
  put(uint32_t{65535});
  put(uint32_t{1});
  for (uint32_t i = 0; i < 50; ++i) {  // 10 ms apart
    put(uint32_t{0});
    put(i * 10000);
    put(60 + i);
    put(60 + i);
    out << std::string(60 + i, static_cast<char>(i));
  }
  out.close();
  auto capture = Capture::read(path);
  std::remove(path.c_str());
  ASSERT_TRUE(capture) << capture.error().message;

  TrialTraffic t = traffic(1);
  t.capture = &*capture;
  const uint64_t before = rte_rdtsc();
  TrialConfig c = config(50, 0);
  TrialResult r = run_trial(c, links(0), t, {});
  const auto took =
      static_cast<double>(rte_rdtsc() - before) / static_cast<double>(rte_get_tsc_hz());
  EXPECT_GE(took, 0.49);  // the capture's own timing
  EXPECT_FALSE(r.judged);
  EXPECT_EQ(r.sent, 50U);
  EXPECT_EQ(r.received, 50U);
  EXPECT_EQ(r.lost(), 0U);
  EXPECT_EQ(r.received_bytes, 50U * 64 + 49 * 50 / 2);

  t.replay.speed = 0;
  t.replay.destination_mac = MacAddress{{2, 1, 2, 3, 4, 5}};
  c.max_frames = 120;
  c.drain_s = 0;
  r = run_trial(c, links(1), t, {});
  EXPECT_EQ(r.sent, 120U);
  rte_mbuf* frames[128];
  const uint16_t n = rte_eth_rx_burst(0, 0, frames, 128);
  ASSERT_EQ(n, 120);
  for (uint16_t i = 0; i < n; ++i) {
    test::Octets expected(60 + i % 50, static_cast<uint8_t>(i % 50));
    std::copy_n(t.replay.destination_mac->bytes.begin(), 6, expected.begin());
    EXPECT_EQ(test::bytes_of(frames[i]), expected) << i;
  }
  rte_pktmbuf_free_bulk(frames, n);
}

TEST_F(TrialTest, PeriodsAddUpAndAStopEndsTheTrial) {
  uint64_t sent = 0;
  unsigned periods = 0;
  TrialConfig c = config(uint64_t{1} << 40U, 50e3);
  c.period_s = 0.05;
  TrialWatch watch;
  watch.period = [&](const TrialPeriod& p) {
    sent += p.sent;
    ++periods;
  };
  watch.stop = [&] { return periods == 4; };
  const TrialResult r = run_trial(c, links(0), traffic(10), watch);
  EXPECT_GE(periods, 4U);
  EXPECT_LE(sent, r.sent);
  EXPECT_EQ(r.lost(), 0U);
  EXPECT_EQ(r.unsent, 0U);  // a stop is no fault of the generator
}

TEST(GenReport, ATrialPassesOnlyWhenAllWasOfferedAndNoMoreLost) {
  TrialResult r;
  r.sent = 1000;
  r.order.unique = 999;
  EXPECT_FALSE(judge_trial(1e6, r, 0).passed);
  EXPECT_TRUE(judge_trial(1e6, r, 0.001).passed);
  r.order.unique = 1000;
  EXPECT_TRUE(judge_trial(1e6, r, 0).passed);
  r.unsent = 1;
  EXPECT_FALSE(judge_trial(1e6, r, 0).passed);
  EXPECT_TRUE(judge_trial(1e6, r, 0).not_offered);
}

}  // namespace
}  // namespace dstfwd::gen

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::string prefix = "--file-prefix=dstfwd_gen_test_" + std::to_string(getpid());
  // Three lcores on whatever CPUs there are.
  std::vector<std::string> words = {
      argv[0], "--no-huge", "--no-pci",    "--no-shconf",      "--no-telemetry",   "-m",
      "256",   "--lcores",  "(0-2)@(0-1)", "--vdev=net_ring0", "--vdev=net_ring1", "--log-level",
      "3",     prefix};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) return 1;
  const int failed = RUN_ALL_TESTS();
  rte_eal_cleanup();
  return failed;
}
