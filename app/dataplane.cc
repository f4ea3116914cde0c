// SPDX-License-Identifier: BSD-3-Clause
#include "app/dataplane.h"

#include <rte_cycles.h>

#include <algorithm>
#include <map>

#include "app/eal.h"
#include "app/fib_choice.h"

namespace dstfwd {
namespace {

constexpr double kNever_s = 1e9;
constexpr double kServiceStep_s = 100e-6;  // of a step of the collector on its own lcore
// Of an inline one: the chunk after which it sees that its time is over, and the aging before it.
constexpr double kInlineReserve_s = 6e-6;
// A turn's: places of the arena that are swept, each perhaps some cache misses and a retirement;
// and entries of each kind of the collector's work, so that its slices are small, too.
constexpr uint32_t kInlineAging = 16;
constexpr uint32_t kInlineEntries = 64;

dstgc::Mode collector_mode(GcMode mode) noexcept {
  switch (mode) {
    case GcMode::kService:
      return dstgc::Mode::kService;
    case GcMode::kInline:
      return dstgc::Mode::kInline;
    case GcMode::kLegacy:
      return dstgc::Mode::kLegacy;
    case GcMode::kOff:
      break;
  }
  return dstgc::Mode::kOff;
}

dstgc::Budget step_budget(const Options& options, GcMode mode) noexcept {
  const bool on_lcores = mode == GcMode::kInline;
  const double limit_s = on_lcores ? kInlineStep_s - kInlineReserve_s : kServiceStep_s;
  return {on_lcores ? std::min(options.gc_budget, kInlineEntries) : options.gc_budget,
          static_cast<uint64_t>(limit_s * static_cast<double>(rte_get_tsc_hz()))};
}

void put_trace(void* queue, const dstgc::WalkTrace& trace) noexcept {
  static_cast<TraceQueue*>(queue)->put(trace);
}

// Without a watch no gap is a stall.
uint64_t stall_ns(uint64_t threshold_ns) noexcept {
  return threshold_ns != 0 ? threshold_ns : UINT64_MAX;
}

// The node of the first forwarding lcore: there the arena is read most.
int node_of(const Layout& layout) {
  return static_cast<int>(rte_lcore_to_socket_id(layout.ports.lcores.front().lcore));
}

// Of --lcore-nodes' nodes, the machine need not have all.
int memory_node(int node) noexcept {
  return dstgc::Memory::has_node(node) ? node : -1;
}

// Buffers hold a whole frame of the port's MTU where the device cannot scatter one over several.
uint16_t data_room(const Options& options, const PortPlan& plan) {
  uint32_t room = options.mbuf_size;
  for (const PortQueues& port : plan.ports) {
    rte_eth_dev_info info{};
    uint16_t mtu = 0;
    if (rte_eth_dev_info_get(to_u16(port.port), &info) != 0) continue;
    if ((info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) continue;
    if (rte_eth_dev_get_mtu(to_u16(port.port), &mtu) != 0) continue;
    constexpr uint32_t kL2 = RTE_ETHER_HDR_LEN + 4;
    room = std::max<uint32_t>(room, mtu + kL2 + RTE_PKTMBUF_HEADROOM);
  }
  return static_cast<uint16_t>(std::min<uint32_t>(room, UINT16_MAX));
}

}  // namespace

Result<Layout> plan_layout(const Options& options) {
  Result<std::vector<PortId>> selected = select_ports(options, present_ports());
  if (!selected) return selected.error();
  std::vector<PortOffer> offers;
  for (const PortId port : *selected) {
    Result<PortOffer> offer = query_port(port);
    if (!offer) return offer.error();
    offers.push_back(std::move(*offer));
  }
  Result<LcorePlan> lcores = plan_lcores(options, enumerate_lcores());
  if (!lcores) return lcores.error();
  Result<PortPlan> ports = plan_ports(options, offers, lcores->forwarding);
  if (!ports) return ports.error();
  std::vector<unsigned> workers;
  for (const ForwardingLcore& lcore : ports->lcores) workers.push_back(lcore.lcore);
  ShardPlans shards = plan_shards(options, *lcores, workers);
  Layout layout{std::move(*lcores), std::move(*ports), GcMode::kOff, std::move(shards.shards), {}};
  layout.gc_mode = layout.lcores.gc_mode;
  layout.warnings = layout.lcores.warnings;
  std::ranges::copy(layout.ports.warnings, std::back_inserter(layout.warnings));
  std::ranges::copy(shards.warnings, std::back_inserter(layout.warnings));
  return layout;
}

Dataplane::Dataplane(const Options& options, Layout layout)
    : layout_(std::move(layout)),
      latency_sample_(options.latency_sample),
      stall_threshold_ns_(static_cast<uint64_t>(options.stall_threshold_s * 1e9)),
      gc_budget_(step_budget(options, layout_.gc_mode)),
      gc_lcores_(TscScale(rte_get_tsc_hz()), stall_ns(stall_threshold_ns_), gc_budget_) {}

Result<std::unique_ptr<Dataplane>> Dataplane::create(const Options& options, Layout layout) {
  std::unique_ptr<Dataplane> made(new Dataplane(options, std::move(layout)));
  if (Status ports = made->open_ports(options); !ports) return ports.error();
  if (Status router = made->make_router(options); !router) return router.error();
  if (Status shards = made->make_shards(options); !shards) return shards.error();
  if (Status slow = made->make_slow_path(options); !slow) return slow.error();
  if (Status meters = made->make_meters(); !meters) return meters.error();
  made->make_workers(options);
  return made;
}

Status Dataplane::open_ports(const Options& options) {
  std::map<int, MempoolUse> uses;  // by socket
  const auto lcores = static_cast<uint32_t>(layout_.ports.lcores.size());
  for (const PortQueues& port : layout_.ports.ports) {
    MempoolUse& use = uses[socket_of(port.port)];
    use.rx_descriptors += port.rx_queues * options.rxd;
    use.tx_descriptors += port.tx_queues * options.txd;
    use.lcores = lcores;
    use.burst = options.burst;
  }
  std::map<int, rte_mempool*> pools;
  const uint16_t room = data_room(options, layout_.ports);
  for (const auto& [socket, use] : uses) {
    MempoolSize size = size_mempool(use);
    size.mbufs += options.mbufs;
    Result<Mempool> pool = create_mempool("mbufs" + std::to_string(socket), size, room, socket);
    if (!pool) return pool.error();
    pools[socket] = pool->get();
    pools_.push_back(std::move(*pool));
  }
  if (Status made = make_fragment_pools(); !made) return made.error();
  for (const PortQueues& port : layout_.ports.ports) {
    Result<Port> opened = Port::open({port, options.rxd, options.txd, options.promiscuous,
                                      pools[socket_of(port.port)], options.latency_sample != 0});
    if (!opened) return opened.error();
    ports_.push_back(std::move(*opened));
  }
  return Ok{};
}

// A fragment is a header of its own, in front of a reference to the packet's bytes.
Status Dataplane::make_fragment_pools() {
  constexpr MempoolSize kSize{4095, 128};
  constexpr uint16_t kHeaderRoom = RTE_PKTMBUF_HEADROOM + 128;
  const int socket = node_of(layout_);
  Result<Mempool> headers = create_mempool("fragments", kSize, kHeaderRoom, socket);
  if (!headers) return headers.error();
  Result<Mempool> payload = create_mempool("fragmented", kSize, 0, socket);
  if (!payload) return payload.error();
  fragments_ = {headers->get(), payload->get()};
  pools_.push_back(std::move(*headers));
  pools_.push_back(std::move(*payload));
  return Ok{};
}

Status Dataplane::make_slow_path(const Options& options) {
  if (!options.slow_path) return Ok{};
  SlowServiceConfig config;
  for (size_t i = 0; i < layout_.ports.lcores.size(); ++i)
    config.lcores.push_back(
        {&shard_of(i).collector().refs(),
         static_cast<int>(rte_lcore_to_socket_id(layout_.ports.lcores[i].lcore))});
  config.ring_entries = kSlowRing;
  config.held = kMaxHeld;
  config.pool = pools_.front().get();
  config.fragments = fragments_;
  config.icmp_errors_per_s = options.icmp_rate;
  config.detect_duplicates = options.dad;
  config.tsc_hz = rte_get_tsc_hz();
  config.now_tsc = rte_rdtsc();
  config.numa_node = node_of(layout_);
  Result<std::unique_ptr<SlowService>> made = SlowService::create(*router_, config);
  if (!made) return made.error();
  slow_ = std::move(*made);
  return Ok{};
}

Status Dataplane::make_router(const Options& options) {
  RouterConfig config;
  config.promiscuous = options.promiscuous;
  config.fib4.numa_node = config.fib6.numa_node = node_of(layout_);
  choose_fibs(eal_memory(), config, layout_.warnings);
  Result<std::unique_ptr<Router>> router = Router::create(config);
  if (!router) return Error{memory_advice(eal_memory(), Router::memory_bytes(config))};
  router_ = std::move(*router);
  for (const Port& port : ports_) {
    if (Status added = router_->port_add(port.id(), port.mac(), port.mtu()); !added)
      return added.error();
  }
  return router_->commit();
}

Status Dataplane::make_shards(const Options& options) {
  const Result<KeyedHash> hash = KeyedHash::random();
  if (!hash) return hash.error();
  const size_t workers = layout_.ports.lcores.size();
  Result<dstgc::GracePeriod> made = dstgc::GracePeriod::create(
      static_cast<uint32_t>(workers + layout_.shards.size()), node_of(layout_));
  if (!made) return made.error();
  dstgc::GracePeriod& grace = grace_.emplace(std::move(*made));
  producers_.resize(workers);
  for (size_t i = 0; i < layout_.shards.size(); ++i) {  // none moves once a collector names it
    Result<TraceQueue> queue = TraceQueue::create(i);
    if (!queue) return queue.error();
    traces_.push_back(std::move(*queue));
  }
  for (const ShardPlan& plan : layout_.shards) {
    Result<std::unique_ptr<CacheShard>> shard = make_shard(options, plan, *hash);
    if (!shard)
      return Error{"--flows " + std::to_string(options.flows) + ", --flows6 " +
                   std::to_string(options.ipv6_flows()) + ": " + shard.error().message};
    for (size_t i = 0; i < plan.workers.size(); ++i)
      producers_[plan.workers[i]] = &(*shard)->producer(i);
    shards_.push_back(std::move(*shard));
  }
  for (size_t i = 0; i < shards_.size(); ++i) {
    if (layout_.shards[i].gc) gc_lcores_.add(*layout_.shards[i].gc, *shards_[i]);
  }
  router_->set_grace({[&grace] { return grace.start(); },
                      [&grace](ReaderGrace::Token token) { return grace.passed(token); }});
  return Ok{};
}

Status Dataplane::make_meters() {
  if (latency_sample_ == 0) return Ok{};
  Result<MbufStamp> stamp = MbufStamp::reserve();
  if (!stamp) return Error{"--latency-sample: " + stamp.error().message};
  const TscScale scale(rte_get_tsc_hz());
  for (size_t i = 0; i < layout_.ports.lcores.size(); ++i)
    residence_.push_back(std::make_unique<ResidenceMeter>(*stamp, scale, latency_sample_));
  for (const Port& port : ports_) {
    if (!port.timestamps()) continue;
    if (const auto clock = HardwareClock::of_port(port.id()))
      clocks_.push_back(std::make_unique<PortClock>(PortClock{port.id(), *clock}));
  }
  read_port_clocks();
  return Ok{};
}

void Dataplane::read_port_clocks() noexcept {
  for (const auto& clock : clocks_) {
    if (std::ranges::find(ports_, clock->port, &Port::id) == ports_.end()) continue;
    clock->clock.observe_port(clock->port, rte_get_tsc_hz());
  }
}

Result<std::unique_ptr<CacheShard>> Dataplane::make_shard(const Options& options,
                                                          const ShardPlan& plan,
                                                          const KeyedHash& hash) {
  CacheShardConfig config;
  config.flows4 = plan.flows4;
  config.flows6 = plan.flows6;
  config.numa_node = memory_node(plan.node);
  config.grace = &*grace_;
  for (const size_t worker : plan.workers) config.readers.push_back(static_cast<uint32_t>(worker));
  // The sweeps' names are behind the workers'.
  config.readers.push_back(static_cast<uint32_t>(producers_.size() + shards_.size()));
  config.mode = collector_mode(layout_.gc_mode);
  config.timer = {options.gc_min_s, options.gc_inc_s, options.gc_max_s};
  config.idle_timeout_s = options.idle_timeout_s > 0 ? options.idle_timeout_s : kNever_s;
  config.tsc_hz = rte_get_tsc_hz();
  if (options.gc_debug >= 2)
    config.trace = put_trace, config.trace_context = &traces_[shards_.size()];
  return CacheShard::create(config, hash, *router_->view().next_hops, *router_->view().version);
}

CacheShard& Dataplane::shard_of(size_t worker) noexcept {
  const auto has = [worker](const ShardPlan& plan) {
    return std::ranges::find(plan.workers, worker) != plan.workers.end();
  };
  const auto plan = std::ranges::find_if(layout_.shards, has);
  return *shards_[static_cast<size_t>(plan - layout_.shards.begin())];
}

void Dataplane::make_workers(const Options& options) {
  const auto& lcores = layout_.ports.lcores;
  for (size_t i = 0; i < lcores.size(); ++i) {
    WorkerConfig config;
    for (const QueueOfPort& queue : lcores[i].rx) {
      RxQueue rx{queue.port, queue.queue};
      const auto port = std::ranges::find(ports_, queue.port, &Port::id);
      rx.checksum_offload = port->checks_ipv4();
      const auto clock =
          std::ranges::find(clocks_, queue.port, [](const auto& owned) { return owned->port; });
      if (clock != clocks_.end()) rx.clock = &(*clock)->clock;
      config.rx.push_back(rx);
    }
    config.tx_queue = lcores[i].tx_queue;
    config.burst = options.burst;
    config.view = &router_->view();
    CacheShard& shard = shard_of(i);
    config.ipv4 = &shard.ipv4();
    config.ipv6 = &shard.ipv6();
    config.cache_enabled = options.cache;
    config.producer = &producer(i);
    config.tsc_hz = rte_get_tsc_hz();
    config.stall_ns = stall_ns(stall_threshold_ns_);
    config.residence = residence_.empty() ? nullptr : residence_[i].get();
    config.fragments = fragments_;
    if (slow_) config.slow_path = slow_->worker(static_cast<uint16_t>(i));
    const bool first = &producer(i) == &shard.producer(0);
    if (layout_.gc_mode == GcMode::kInline || (layout_.gc_mode == GcMode::kLegacy && first)) {
      config.gc = {&shard.collector(), &shard.aging(), collector_mode(layout_.gc_mode), gc_budget_,
                   kInlineAging};
    }
    workers_.push_back(std::make_unique<Worker>(config));
  }
}

dstgc::CollectorStats Dataplane::gc_stats() const noexcept {
  dstgc::CollectorStats all{};
  for (const auto& shard : shards_) all.add(shard->collector().stats());
  return all;
}

void Dataplane::port_down(dstgc::PortIndex port, bool unregister) noexcept {
  for (const auto& shard : shards_) shard->collector().port_down(port, unregister);
}

bool Dataplane::port_drained(dstgc::PortIndex port) const noexcept {
  return std::ranges::all_of(
      shards_, [port](const auto& shard) { return shard->collector().port_drained(port); });
}

uint64_t Dataplane::capacity() const noexcept {
  uint64_t entries = 0;
  for (const auto& shard : shards_) entries += shard->capacity();
  return entries;
}

Status Dataplane::close_port(PortId port) {
  const auto found = std::ranges::find(ports_, port, &Port::id);
  if (found == ports_.end()) return Ok{};
  rte_device* const device = found->bus_device();
  {
    const auto lock = ports_lock();
    ports_.erase(found);
  }
  return remove_device(device);
}

void Dataplane::end_slow_path() noexcept {
  if (slow_) slow_->end();
}

uint64_t Dataplane::end() noexcept {
  for (const auto& shard : shards_) shard->end();
  ports_.clear();
  uint64_t lost = 0;
  for (const Mempool& pool : pools_) lost += rte_mempool_in_use_count(pool.get());
  return lost;
}

}  // namespace dstfwd
