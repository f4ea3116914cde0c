// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/source.h"

#include <rte_cycles.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <cstring>

namespace dstfwd::bench {

Result<std::unique_ptr<Source>> Source::create(const Plan& plan, PortId in, PortId out,
                                               const MacAddress& to, uint64_t tsc_hz,
                                               const dstgc::Collector& collector) {
  rte_mbuf_dynfield field{};
  std::snprintf(field.name, sizeof field.name, "latency_bench_arrival");
  field.size = field.align = sizeof(uint64_t);
  const int stamp = rte_mbuf_dynfield_register(&field);
  if (stamp < 0) return Error{"there is no room in the mbuf for a time of arrival"};
  Result<Mempool> pool = create_mempool("arrivals", {8191, 256}, 512, SOCKET_ID_ANY);
  if (!pool) return pool.error();
  std::unique_ptr<Source> source(new Source(plan, to, tsc_hz, std::move(*pool), stamp, collector));
  if (rte_eth_add_rx_callback(to_u16(in), 0, receive, source.get()) == nullptr ||
      rte_eth_add_tx_callback(to_u16(out), 0, transmit, source.get()) == nullptr)
    return Error{"DPDK was built without receive and transmit callbacks"};
  return source;
}

Source::Source(const Plan& plan, const MacAddress& to, uint64_t tsc_hz, Mempool pool, int stamp,
               const dstgc::Collector& collector)
    : template_(make_frame(to)),
      train_(plan.train),
      period_tsc_(std::max<uint64_t>(tsc_hz * plan.train / plan.rate_pps, 1)),
      flows_(plan.flows),
      new_flow_every_(plan.new_flows_per_s == 0 ? 0 : plan.rate_pps / plan.new_flows_per_s),
      pool_(std::move(pool)),
      stamp_(static_cast<size_t>(stamp)),
      scale_(tsc_hz),
      timeline_(tsc_hz, static_cast<uint64_t>(plan.window_s * static_cast<double>(tsc_hz))),
      collector_(&collector) {}

uint16_t Source::receive(uint16_t, uint16_t, rte_mbuf** packets, uint16_t n, uint16_t room,
                         void* self) noexcept {
  Source& source = *static_cast<Source*>(self);
  const uint64_t now_tsc = rte_rdtsc();
  source.part_gaps(now_tsc);
  source.timeline_.poll(now_tsc);
  if (now_tsc >= source.next_tsc_) source.arrive(now_tsc);
  if (source.head_ == source.tail_) return n;
  return static_cast<uint16_t>(n + source.give(packets + n, static_cast<uint16_t>(room - n)));
}

void Source::part_gaps(uint64_t now_tsc) noexcept {
  if (const uint64_t last_tsc = timeline_.last_tsc(); last_tsc != 0)
    (walking_ ? walk_gaps_ : rest_gaps_).record(scale_.to_ns(now_tsc - last_tsc));
  walking_ = collector_->walking();
}

void Source::arrive(uint64_t now_tsc) noexcept {
  const uint64_t trains = (now_tsc - next_tsc_) / period_tsc_ + 1;
  const uint64_t due = trains * train_;
  const uint64_t taken = std::min<uint64_t>(due, kDescriptors - (tail_ - head_));
  uint64_t arrival_tsc = next_tsc_;
  for (uint64_t i = 0; i < taken; i += train_, arrival_tsc += period_tsc_) {
    for (uint64_t j = i; j < std::min<uint64_t>(i + train_, taken); ++j)
      queue_[tail_++ % kDescriptors] = arrival_tsc;
  }
  next_tsc_ += trains * period_tsc_;
  offered_.add(due);
  lost_.add(due - taken);
}

uint16_t Source::give(rte_mbuf** packets, uint16_t room) noexcept {
  const auto n = static_cast<uint16_t>(std::min<uint32_t>(room, tail_ - head_));
  if (rte_pktmbuf_alloc_bulk(pool_.get(), packets, n) != 0) return 0;
  for (uint16_t i = 0; i < n; ++i) {
    *RTE_MBUF_DYNFIELD(packets[i], stamp_, uint64_t*) = queue_[head_++ % kDescriptors];
    write(packets[i]);
  }
  return n;
}

// Established flows each once, so that the warm-up meets them all, and then at random.
uint32_t Source::next_established() noexcept {
  return met_ < flows_ ? met_++ : random_.between(0, flows_ - 1);
}

// Flows differ in their UDP ports only, so that the IPv4 checksum stays.
void Source::write(rte_mbuf* m) noexcept {
  ++given_;
  const bool fresh = new_flow_every_ != 0 && given_ % new_flow_every_ == 0;
  const uint32_t flow = fresh ? flows_ + begun_++ % 0xf0000000U : next_established();
  m->data_len = sizeof(Frame);
  m->pkt_len = sizeof(Frame);
  auto* const frame = rte_pktmbuf_mtod(m, Frame*);
  std::memcpy(frame, &template_, sizeof(Frame));
  frame->udp.src_port = static_cast<uint16_t>(flow);
  frame->udp.dst_port = static_cast<uint16_t>(flow >> 16U);
}

uint16_t Source::transmit(uint16_t, uint16_t, rte_mbuf** packets, uint16_t n, void* self) noexcept {
  Source& source = *static_cast<Source*>(self);
  const uint64_t now_tsc = rte_rdtsc();
  for (uint16_t i = 0; i < n; ++i) {
    if (packets[i]->pool != source.pool_.get()) continue;  // the router's own
    const uint64_t arrived = *RTE_MBUF_DYNFIELD(packets[i], source.stamp_, const uint64_t*);
    source.latency_.record(source.scale_.to_ns(now_tsc - arrived));
    source.sent_.add(1);
  }
  return n;
}

}  // namespace dstfwd::bench
