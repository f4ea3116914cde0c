// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/worker.h"

#include <rte_cycles.h>
#include <rte_prefetch.h>
#include <rte_random.h>

#include <algorithm>

namespace dstfwd {
namespace {

// Packets that are classified and hashed together where entries are not near. Of a cache that no
// CPU's own caches hold, half a burst: its lines come while the rest is classified (0.6 ns a packet
// less at 1 M flows); else the whole, which costs 1 ns less.
unsigned part_of(const WorkerConfig& config) noexcept {
  constexpr size_t kCpuCache_bytes = 8U << 20U;
  return config.cache_enabled && config.ipv4->bytes() > kCpuCache_bytes ? kMaxBurst / 2 : kMaxBurst;
}

}  // namespace

Worker::Worker(const WorkerConfig& config)
    : meter_(TscScale(config.tsc_hz), config.stall_ns),
      scale_(config.tsc_hz),
      residence_(config.residence),
      disposal_(counters_, make_punter(config),
                config.slow_path ? config.slow_path->refs : nullptr),
      tx_(*config.view, config.tx_queue, counters_, disposal_, config.residence),
      outer_({config.view, config.ipv4, config.ipv6, config.producer, &counters_,
              static_cast<uint32_t>(rte_rand())}),
      resolver4_(*config.view, config.cache_enabled ? config.ipv4 : nullptr, config.ipv4->hash(),
                 config.producer, counters_, DstClock(config.tsc_hz).ticks(1), &outer_),
      resolver6_(*config.view, config.cache_enabled ? config.ipv6 : nullptr, config.ipv6->hash(),
                 config.producer, counters_, DstClock(config.tsc_hz).ticks(1), &outer_),
      burst_(std::clamp(config.burst, 1U, kMaxBurst)),
      part_(part_of(config)),
      view_(config.view),
      producer_(config.producer),
      clock_(config.tsc_hz),
      gc_(config.gc),
      rewriting_{config.view, &tx_, &disposal_, config.fragments, &outer_, &unwrapped_} {
  for (const RxQueue& queue : config.rx) {
    const PortView& port = view_->ports[to_u16(queue.port)];
    sources_.push_back(
        {queue, Classifier({port.mac, view_->promiscuous, queue.checksum_offload, &port.vlans})});
  }
}

Punter* Worker::make_punter(const WorkerConfig& config) {
  if (!config.slow_path) return nullptr;
  const WorkerSlowPath& slow = *config.slow_path;
  injector_.emplace(slow.injects, slow.field, *config.view, config.tx_queue, counters_);
  return &punter_.emplace(PunterConfig{slow.punts, slow.field, slow.errors_per_s, config.tsc_hz, 0},
                          counters_);
}

template <bool kTimed>
inline void Worker::enter(Stage stage) noexcept {
  meter_.enter(stage);
  if constexpr (kTimed) cycles_.enter(stage, rte_rdtsc());
}

template <bool kTimed>
unsigned Worker::turn(uint64_t now_tsc) noexcept {
  if constexpr (kTimed) cycles_.begin(rte_rdtsc());
  meter_.turn(now_tsc);
  if (residence_ != nullptr) residence_->turn(now_tsc);
  turn_.tick = clock_.tick(now_tsc);
  disposal_.set_time(now_tsc);
  const unsigned released = take_released<kTimed>();
  unsigned received = 0;
  bool full = false;
  for (const Source& source : sources_) {
    if (view_->ports[to_u16(source.queue.port)].removed.load(std::memory_order_relaxed)) continue;
    rte_mbuf* packets[kMaxBurst];
    const unsigned n = receive(source, packets);
    counters_.rx_bytes.add(route<kTimed>(packets, n, source));
    received += n;
    full |= n == burst_;
  }
  enter<kTimed>(Stage::kTx);
  send();
  enter<kTimed>(Stage::kQuiesce);
  producer_->quiescent();
  if (collects(full)) {
    enter<kTimed>(Stage::kGc);
    collect(now_tsc);
  }
  counters_.polls.add(1);
  if (received == 0) counters_.empty_polls.add(1);
  if constexpr (kTimed) cycles_.end(received + released, rte_rdtsc());
  return received;
}

template unsigned Worker::turn<false>(uint64_t now_tsc) noexcept;
template unsigned Worker::turn<true>(uint64_t now_tsc) noexcept;

// Of packets that waited for a neighbour, each is routed as one that has just come.
template <bool kTimed>
unsigned Worker::take_released() noexcept {
  if (!injector_) return 0;
  enter<kTimed>(Stage::kSlowPath);
  std::array<rte_mbuf*, kMaxBurst> held;
  const unsigned n = injector_->take(held);
  for (unsigned i = 0; i < n; ++i) {
    if (residence_ != nullptr) residence_->returned(held[i]);
    const auto source = std::ranges::find(sources_, PortId{held[i]->port},
                                          [](const Source& s) { return s.queue.port; });
    if (source != sources_.end()) {
      route<kTimed>(&held[i], 1, *source);
    } else {
      disposal_.end(held[i], Verdict::kDropPortDown);
    }
  }
  enter<kTimed>(Stage::kRx);
  return n;
}

unsigned Worker::receive(const Source& source, rte_mbuf** packets) noexcept {
  const unsigned n = rte_eth_rx_burst(to_u16(source.queue.port), source.queue.queue, packets,
                                      static_cast<uint16_t>(burst_));
  counters_.rx.add(n);
  if (residence_ != nullptr) residence_->received(packets, n, source.queue.clock);
  return n;
}

template <bool kTimed>
uint64_t Worker::route(rte_mbuf* const* packets, unsigned n, const Source& source) noexcept {
  if (n == 0) return 0;
  // Once they are here: what came after a change had ended goes by it.
  turn_.version = view_->version->load(std::memory_order_acquire);  // (B) of router.h
  outer_.set_turn(turn_);
  disposal_.set_arrival(source.queue.port);
  const uint64_t bytes = carry<kTimed>(packets, n, source);
  if (unwrapped_.count != 0) [[unlikely]]
    route_unwrapped<kTimed>(source);
  enter<kTimed>(Stage::kRx);  // of the next queue
  return bytes;
}

// What came out of tunnels, as if it had just been received, until nothing more does.
template <bool kTimed>
void Worker::route_unwrapped(const Source& source) noexcept {
  constexpr unsigned kMaxDepth = 4;  // a packet of only outer headers would go round forty times
  for (unsigned depth = 0; unwrapped_.count != 0; ++depth) {
    const std::array<rte_mbuf*, kMaxBurst> packets = unwrapped_.packets;
    const unsigned n = std::exchange(unwrapped_.count, 0);
    counters_.decapsulated.add(n);
    if (depth == kMaxDepth) return disposal_.end(packets.data(), n, Verdict::kDropTunnel);
    carry<kTimed>(packets.data(), n, source);
  }
}

// Through all stages. Returns the sum of the frames' bytes.
template <bool kTimed>
uint64_t Worker::carry(rte_mbuf* const* packets, unsigned n, const Source& source) noexcept {
  enter<kTimed>(Stage::kClassify);
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i) rte_prefetch0(rte_pktmbuf_mtod(packets[i], const void*));
  uint64_t bytes = 0;
  const unsigned part = resolver4_.is_near() ? kMaxBurst : part_;
  for (unsigned i = 0; i < n; i += part) {
    bytes += source.classifier.classify(&packets[i], std::min(part, n - i), classified_, disposal_);
    resolver4_.hash(classified_.ipv4);
    resolver6_.hash(classified_.ipv6);
  }
  forward<kTimed>(classified_.ipv4, resolver4_);
  forward<kTimed>(classified_.ipv6, resolver6_);
  end_aside(classified_.aside4, resolver4_);
  end_aside(classified_.aside6, resolver6_);
  return bytes;
}

template <bool kTimed, typename Family>
void Worker::forward(Batch<Family>& batch, Resolver<Family>& resolver) noexcept {
  if (batch.count == 0) return;
  enter<kTimed>(Stage::kLookup);
  resolver.lookup(batch, turn_);
  enter<kTimed>(Stage::kResolve);
  resolver.resolve(batch, turn_);
  enter<kTimed>(Stage::kRewrite);
  rewrite(batch, rewriting_);
}

template <typename Family>
void Worker::end_aside(Aside<Family>& aside, const Resolver<Family>& resolver) noexcept {
  if (aside.count == 0) return;
  NextHopIndex hops[kMaxBurst];
  resolver.route(aside.destinations.data(), aside.count, hops);
  for (unsigned i = 0; i < aside.count; ++i) {
    rte_mbuf* m = aside.packets[i];
    const unsigned l3_offset = aside.l3_offsets[i];
    const HopKind kind = (*view_->next_hops)[hops[i]].kind();
    Verdict verdict = verdict_aside<Family>(m, l3_offset, aside.unless_local[i], kind);
    // An outer packet's last hop is this one.
    if (verdict == Verdict::kConsumeLocal && aside.unless_local[i] == Verdict::kDropTtlExpired &&
        unwrap<Family>(m, l3_offset, rewriting_, verdict)) {
      continue;
    }
    disposal_.end(m, verdict, hops[i]);
  }
  aside.count = 0;
}

void Worker::send() noexcept {
  tx_.flush();
  disposal_.flush();
  if (residence_ != nullptr) residence_->end_turn();
}

void Worker::collect(uint64_t now_tsc) noexcept {
  const uint64_t began_tsc = rte_rdtsc();
  if (residence_ != nullptr) residence_->left_by(began_tsc);
  if (gc_.mode == dstgc::Mode::kInline) {
    // Both, or neither: they retire by one Producer (collector: what its hooks kill).
    gc_.aging->try_step(now_tsc, gc_.aging_budget,
                        [&] { gc_.collector->step(gc_.budget, now_tsc); });
  } else if (gc_.mode == dstgc::Mode::kLegacy) {
    gc_.aging->step(now_tsc, gc_.aging_budget);
    gc_.collector->step(gc_.budget, now_tsc);
  }
  gc_slices_.record(scale_.to_ns(rte_rdtsc() - began_tsc));
}

void Worker::flush() noexcept {
  send();
  if (residence_ != nullptr) residence_->left_by(rte_rdtsc());
  meter_.offline();
}

}  // namespace dstfwd
