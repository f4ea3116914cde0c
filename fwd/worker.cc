// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/worker.h"

#include <rte_cycles.h>

#include <algorithm>

#include "fwd/rewrite.h"

namespace dstfwd {

Worker::Worker(const WorkerConfig& config)
    : meter_(TscScale(config.tsc_hz), config.stall_ns),
      scale_(config.tsc_hz),
      residence_(config.residence),
      disposal_(counters_),
      tx_(*config.view, config.tx_queue, counters_, disposal_, config.residence),
      resolver4_(*config.view, config.cache_enabled ? config.ipv4 : nullptr, config.ipv4->hash(),
                 config.producer, counters_),
      resolver6_(*config.view, config.cache_enabled ? config.ipv6 : nullptr, config.ipv6->hash(),
                 config.producer, counters_),
      burst_(std::clamp(config.burst, 1U, kMaxBurst)),
      view_(config.view),
      producer_(config.producer),
      clock_(config.tsc_hz),
      gc_(config.gc) {
  for (const RxQueue& queue : config.rx) {
    const MacAddress& own_mac = view_->ports[to_u16(queue.port)].mac;
    sources_.push_back({queue, Classifier({own_mac, view_->promiscuous, queue.checksum_offload})});
  }
}

unsigned Worker::poll_once(uint64_t now_tsc) noexcept {
  meter_.turn(now_tsc);
  turn_ = {view_->version->load(std::memory_order_acquire), clock_.tick(now_tsc)};
  unsigned received = 0;
  bool full = false;
  for (const Source& source : sources_) {
    rte_mbuf* packets[kMaxBurst];
    const unsigned n = receive(source, packets);
    route(packets, n, source.classifier);
    received += n;
    full |= n == burst_;
  }
  send();
  quiesce();
  collect(now_tsc, full);
  counters_.polls.add(1);
  if (received == 0) counters_.empty_polls.add(1);
  return received;
}

unsigned Worker::receive(const Source& source, rte_mbuf** packets) noexcept {
  const unsigned n = rte_eth_rx_burst(to_u16(source.queue.port), source.queue.queue, packets,
                                      static_cast<uint16_t>(burst_));
  counters_.rx.add(n);
  if (residence_ != nullptr) residence_->received(packets, n, source.queue.clock);
  return n;
}

void Worker::route(rte_mbuf* const* packets, unsigned n, const Classifier& classifier) noexcept {
  if (n == 0) return;
  meter_.enter(Stage::kClassify);
  counters_.rx_bytes.add(classifier.classify(packets, n, classified_, disposal_));
  forward(classified_.ipv4, resolver4_);
  forward(classified_.ipv6, resolver6_);
  end_aside(classified_.aside4, resolver4_);
  end_aside(classified_.aside6, resolver6_);
  meter_.enter(Stage::kRx);  // of the next queue
}

template <typename Family>
void Worker::forward(Batch<Family>& batch, Resolver<Family>& resolver) noexcept {
  if (batch.count == 0) return;
  meter_.enter(Stage::kLookup);
  resolver.lookup(batch, turn_);
  meter_.enter(Stage::kResolve);
  resolver.resolve(batch, turn_);
  meter_.enter(Stage::kRewrite);
  rewrite(batch, *view_->next_hops, tx_, disposal_);
}

template <typename Family>
void Worker::end_aside(Aside<Family>& aside, const Resolver<Family>& resolver) noexcept {
  if (aside.count == 0) return;
  NextHopIndex hops[kMaxBurst];
  resolver.route(aside.destinations.data(), aside.count, hops);
  for (unsigned i = 0; i < aside.count; ++i) {
    const HopKind kind = (*view_->next_hops)[hops[i]].kind();
    disposal_.end(aside.packets[i], verdict_aside<Family>(aside.packets[i], aside.l3_offsets[i],
                                                          aside.unless_local[i], kind));
  }
  aside.count = 0;
}

void Worker::send() noexcept {
  meter_.enter(Stage::kTx);
  tx_.flush();
  disposal_.flush();
  if (residence_ != nullptr) residence_->end_turn();
}

void Worker::quiesce() noexcept {
  meter_.enter(Stage::kQuiesce);
  producer_->quiescent();
}

void Worker::collect(uint64_t now_tsc, bool busy) noexcept {
  if (gc_.collector == nullptr || (busy && gc_.mode == dstgc::Mode::kInline)) return;
  meter_.enter(Stage::kGc);
  const uint64_t began_tsc = rte_rdtsc();
  if (gc_.mode == dstgc::Mode::kInline) {
    gc_.aging->try_step(now_tsc, gc_.aging_budget);
    gc_.collector->try_step(gc_.budget, now_tsc);
  } else if (gc_.mode == dstgc::Mode::kLegacy) {
    gc_.aging->step(now_tsc, gc_.aging_budget);
    gc_.collector->step(gc_.budget, now_tsc);
  }
  gc_slices_.record(scale_.to_ns(rte_rdtsc() - began_tsc));
}

void Worker::flush() noexcept {
  send();
  meter_.offline();
}

}  // namespace dstfwd
