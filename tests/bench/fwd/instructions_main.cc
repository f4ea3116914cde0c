// SPDX-License-Identifier: BSD-3-Clause
// A fixed amount of work, the same in each run, for a tool that counts instructions:
//   instructions_bench EAL-ARGUMENTS -- KIND COUNT
// KIND: hit, hit6 (packets of cached flows), sampled (as hit, the residence of one in 64 measured),
// miss (each packet a flow of its own, and the last ones' entries retired and reclaimed), flood
// (the same where new flows get no entry any more), fib (the same packets as hit, without a cache).
// COUNT packets, a multiple of 32. Of two runs, the
// difference in instructions over the difference in packets is what a packet costs, exactly: hash
// secret, times and packets are fixed.
#include <rte_ethdev.h>

#include <algorithm>
#include <iostream>

#include "app/eal.h"
#include "app/options.h"
#include "fwd/address_text.h"
#include "fwd/dst_hooks.h"
#include "fwd/router.h"
#include "fwd/worker.h"

namespace dstfwd::bench {
namespace {

constexpr unsigned kBurst = 32;
constexpr uint32_t kFlows = 64;
constexpr uint32_t kEntries = 4096;
constexpr uint64_t kHz = 1'000'000'000;

template <typename T>
T good(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << "instructions_bench: " << result.error().message << '\n';
  std::exit(1);
}
void good(const Status& status) {
  if (status) return;
  std::cerr << "instructions_bench: " << status.error().message << '\n';
  std::exit(1);
}
void good(int code, const char* what) {
  if (code < 0) good(Status(Error{std::string(what) + ": " + std::to_string(code)}));
}

template <typename Family>
Prefix<Family> prefix(std::string_view text) {
  return *parse_prefix<Family>(text);
}

KeyedHash fixed_hash() {
  KeyedHash::Secret secret;
  for (size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<uint8_t>(37 * i + 11);
  return KeyedHash(secret);
}

// Two ports: what is sent by queue 0 of port 0 is received there; what the worker sends by queue 1
// of port 1 is freed by receiving it.
class Ports {
 public:
  Ports() : pool_(rte_pktmbuf_pool_create("bench", 4095, 0, 0, 2176, SOCKET_ID_ANY)) {
    if (pool_ == nullptr) good(Status(Error{"no mbufs"}));
    for (uint16_t port = 0; port < 2; ++port) {
      const rte_eth_conf conf{};
      good(rte_eth_dev_configure(port, 2, 2, &conf), "configure (two net_ring vdevs are needed)");
      for (uint16_t q = 0; q < 2; ++q) {
        good(rte_eth_rx_queue_setup(port, q, 512, SOCKET_ID_ANY, nullptr, pool_), "rx queue");
        good(rte_eth_tx_queue_setup(port, q, 512, SOCKET_ID_ANY, nullptr), "tx queue");
      }
      good(rte_eth_dev_start(port), "start");
    }
  }
  void give(const std::vector<std::array<uint8_t, 78>>& frames, size_t bytes) {
    rte_mbuf* burst[kBurst];
    good(rte_pktmbuf_alloc_bulk(pool_, burst, kBurst), "mbufs");
    for (unsigned i = 0; i < kBurst; ++i) {
      std::copy_n(frames[i].data(), bytes, rte_pktmbuf_mtod(burst[i], uint8_t*));
      burst[i]->data_len = static_cast<uint16_t>(bytes);
      burst[i]->pkt_len = static_cast<uint32_t>(bytes);
    }
    if (rte_eth_tx_burst(0, 0, burst, kBurst) != kBurst) good(Status(Error{"ring full"}));
  }
  static void take() {
    rte_mbuf* burst[kBurst];
    const uint16_t n = rte_eth_rx_burst(1, 1, burst, kBurst);
    rte_pktmbuf_free_bulk(burst, n);
    if (n != kBurst) good(Status(Error{std::to_string(n) + " of 32 packets were forwarded"}));
  }

 private:
  rte_mempool* pool_;
};

class Bench {
 public:
  Bench(bool cached, bool sampled) {
    RouterConfig config;
    config.fib4 = {.kind = FibKind::kTree};
    config.fib6 = {.kind = FibKind::kTree};
    config.promiscuous = true;
    router_ = good(Router::create(config));
    for (uint16_t port = 0; port < 2; ++port) {
      good(router_->port_add(PortId{port}, {{2, 0, 0, 0, 0, static_cast<uint8_t>(port)}}, 1500));
      good(router_->port_set_carrier(PortId{port}, true));
    }
    const LinkRef out{PortId{1}, 0};
    const MacAddress next{{2, 0, 0, 0, 1, 2}};
    good(router_->address_add(prefix<Ipv4>("203.0.113.1/24"), out));
    good(router_->address_add(prefix<Ipv6>("2001:db8:1::1/64"), out));
    route<Ipv4>("0.0.0.0/0", "203.0.113.2", out, next);
    route<Ipv6>("::/0", "2001:db8:1::2", out, next);
    good(router_->commit());
    const KeyedHash hash = fixed_hash();
    NextHopTable& hops = *router_->view().next_hops;
    ipv4_ = good(DstCache<Ipv4>::create({kEntries, 0, -1, FlowTable::best()}, hash, hops));
    ipv6_ = good(DstCache<Ipv6>::create({kEntries, kEntries, -1, FlowTable::best()}, hash, hops));
    hooks_ = std::make_unique<DstHooks>(*ipv4_, *ipv6_);
    dstgc::CollectorConfig gc;
    gc.pool_entries = {kEntries, kEntries};
    gc.producers = 2;
    gc.tsc_hz = kHz;
    gc.hooks = hooks_->hooks();
    collector_ = good(dstgc::Collector::create(gc));
    ipv4_->attach(*collector_);
    ipv6_->attach(*collector_);
    hooks_->set_producer(collector_->producer(dstgc::ProducerId{1}));
    aging_ =
        std::make_unique<Aging>(AgingConfig{0.01, kHz}, *ipv4_, *ipv6_, *router_->view().version,
                                collector_->producer(dstgc::ProducerId{1}));
    WorkerConfig worker;
    worker.rx = {{PortId{0}, 0}};
    worker.tx_queue = 1;
    worker.view = &router_->view();
    worker.ipv4 = ipv4_.get();
    worker.ipv6 = ipv6_.get();
    worker.cache_enabled = cached;
    worker.producer = &collector_->producer(dstgc::ProducerId{0});
    worker.tsc_hz = kHz;
    if (sampled) {
      residence_ = std::make_unique<ResidenceMeter>(good(MbufStamp::reserve()), TscScale(kHz), 64);
      worker.residence = residence_.get();
    }
    worker_ = std::make_unique<Worker>(worker);
    collector_->producer(dstgc::ProducerId{0}).online();
  }

  // collects: entries of the flows before are swept and reclaimed.
  void poll(uint64_t after_tsc, bool collects) {
    now_ += after_tsc;
    worker_->poll_once(now_);
    Ports::take();
    if (!collects) return;
    aging_->step(now_, 4096);
    collector_->step({.entries = 4096, .tsc = 0}, now_);
  }
  const LcoreCounters& counters() const { return worker_->counters(); }

 private:
  template <typename Family>
  void route(std::string_view to, std::string_view via, const LinkRef& out, const MacAddress& mac) {
    const auto gateway = *parse_address<Family>(via);
    good(router_->neighbour_add<Family>(out, gateway, mac));
    RouteSpec<Family> spec{.prefix = prefix<Family>(to)};
    spec.hops.push_back({.via = gateway});
    good(router_->route_add(spec));
  }

  std::unique_ptr<Router> router_;
  std::unique_ptr<DstCache<Ipv4>> ipv4_;
  std::unique_ptr<DstCache<Ipv6>> ipv6_;
  std::unique_ptr<DstHooks> hooks_;
  std::unique_ptr<dstgc::Collector> collector_;
  std::unique_ptr<Aging> aging_;
  std::unique_ptr<ResidenceMeter> residence_;
  std::unique_ptr<Worker> worker_;
  uint64_t now_ = 100 * kHz;
};

// A frame of flow n.
std::array<uint8_t, 78> frame(uint32_t n, bool ipv6) {
  std::array<uint8_t, 78> at{2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 9};
  uint8_t* ip = at.data() + 14;
  at[12] = ipv6 ? 0x86 : 0x08;
  at[13] = ipv6 ? 0xdd : 0x00;
  if (ipv6) {
    const uint8_t head[] = {0x60, 0, 0, 0, 0, 24, 17, 64, 0x20, 0x01, 0x0d, 0xb8, 0x77};
    std::copy(std::begin(head), std::end(head), ip);
    ip[24] = 0x20;
    ip[25] = 0x01;
    ip[39] = 9;
    for (unsigned i = 0; i < 4; ++i) ip[20 + i] = static_cast<uint8_t>(n >> (24 - 8 * i));
    ip[45] = 24;
    return at;
  }
  const uint8_t head[] = {0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 0, 198, 18, 0, 1};
  std::copy(std::begin(head), std::end(head), ip);
  for (unsigned i = 0; i < 3; ++i) ip[13 + i] = static_cast<uint8_t>(n >> (16 - 8 * i));
  uint32_t sum = 0;
  for (unsigned i = 0; i < 20; i += 2) sum += ip[i] * 256U + ip[i + 1];
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = ~((sum & 0xffffU) + (sum >> 16U));
  ip[10] = static_cast<uint8_t>(sum >> 8U);
  ip[11] = static_cast<uint8_t>(sum);
  return at;
}

int run(std::string_view kind, uint32_t count) {
  constexpr std::string_view kKinds[] = {"hit", "hit6", "sampled", "miss", "flood", "fib"};
  if (std::ranges::find(kKinds, kind) == std::end(kKinds)) {
    std::cerr << "instructions_bench: " << kind
              << " is not hit, hit6, sampled, miss, flood or fib\n";
    return 2;
  }
  const bool ipv6 = kind == "hit6";
  const bool flood = kind == "flood";
  const bool fresh = flood || kind == "miss";
  Ports ports;
  Bench bench(kind != "fib", kind == "sampled");
  std::vector<std::array<uint8_t, 78>> frames(kBurst);
  // A flood's first flows use up what the lcore may make of entries at once.
  const uint32_t all = count + (flood ? 2 * kEntries : 0);
  for (uint32_t n = 0; n < all; n += kBurst) {
    for (unsigned i = 0; i < kBurst; ++i) frames[i] = frame(fresh ? n + i : (n + i) % kFlows, ipv6);
    ports.give(frames, ipv6 ? 78 : 60);
    bench.poll(flood ? 1000 : 1'000'000, kind == "miss");
  }
  std::cout << count << " packets, " << bench.counters().hits.get() << " hits, "
            << bench.counters().inserted.get() << " inserted\n";
  return 0;
}

}  // namespace
}  // namespace dstfwd::bench

int main(int argc, char** argv) {
  const auto arguments = dstfwd::split_arguments({argv, static_cast<size_t>(argc)});
  const auto eal = dstfwd::Eal::start(arguments.eal);
  if (!eal || arguments.app.size() < 2) {
    std::cerr << "usage: instructions_bench EAL-ARGUMENTS -- KIND COUNT\n";
    return 2;
  }
  const std::span<char*> words = arguments.app.last(2);
  return dstfwd::bench::run(words[0], static_cast<uint32_t>(std::strtoul(words[1], nullptr, 10)));
}
