// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>

#include "fwd/lcore_counters.h"

namespace dstfwd::gen {

struct SenderCounters {
  Counter sent;                           // frames that the transmit queue took
  Counter sent_bytes;                     // with FCS
  Counter no_mbuf;                        // times that the pool was empty: frames in flight fill it
  std::atomic<uint64_t> latest_ticks{0};  // how far behind its schedule a frame was sent, at most
};

// The open loop. Source: due(now) frames should have been sent by now; when(k, now) frame k is
// meant to be sent; build(m, k, when). Frames that the queue does not take wait, are never made
// anew, and none is skipped. One lcore.
template <typename Source>
class Sender {
 public:
  static constexpr unsigned kBurst = 32;

  Sender(Source source, uint16_t port, uint16_t queue, rte_mempool* pool)
      : source_(std::move(source)), port_(port), queue_(queue), pool_(pool) {}
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { rte_pktmbuf_free_bulk(&waiting_[first_], count_ - first_); }

  // One turn; sends no frame beyond the first `limit`.
  void step(uint64_t now_tsc, uint64_t limit) noexcept {
    if (first_ == count_) refill(now_tsc, limit);
    if (first_ != count_) send();
  }
  const SenderCounters& counters() const noexcept { return counters_; }
  // Frames made; less those sent, they wait.
  uint64_t made() const noexcept { return next_; }

 private:
  void refill(uint64_t now_tsc, uint64_t limit) noexcept {
    const uint64_t due = std::min(source_.due(now_tsc), limit);
    if (due <= next_) return;
    const auto n = static_cast<unsigned>(std::min<uint64_t>(due - next_, kBurst));
    first_ = count_ = 0;
    if (rte_pktmbuf_alloc_bulk(pool_, waiting_.data(), n) != 0) {
      counters_.no_mbuf.add(1);
      return;
    }
    count_ = n;
    for (unsigned i = 0; i < n; ++i) {
      const uint64_t when_tsc = source_.when(next_ + i, now_tsc);
      source_.build(waiting_[i], next_ + i, when_tsc);
      bytes_[i] = waiting_[i]->pkt_len + 4;
    }
    oldest_tsc_ = source_.when(next_, now_tsc);
    next_ += n;
  }
  void send() noexcept {
    const uint16_t taken =
        rte_eth_tx_burst(port_, queue_, &waiting_[first_], static_cast<uint16_t>(count_ - first_));
    uint64_t bytes = 0;
    for (unsigned i = 0; i < taken; ++i) bytes += bytes_[first_ + i];
    first_ += taken;
    counters_.sent.add(taken);
    counters_.sent_bytes.add(bytes);
    const uint64_t now_tsc = rte_rdtsc();
    const uint64_t behind = now_tsc > oldest_tsc_ ? now_tsc - oldest_tsc_ : 0;
    if (behind > counters_.latest_ticks.load(std::memory_order_relaxed))
      counters_.latest_ticks.store(behind, std::memory_order_relaxed);
  }

  Source source_;
  uint16_t port_;
  uint16_t queue_;
  rte_mempool* pool_;
  uint64_t next_ = 0;
  uint64_t oldest_tsc_ = 0;
  unsigned first_ = 0;  // waiting_[first_, count_): made, not sent
  unsigned count_ = 0;
  std::array<rte_mbuf*, kBurst> waiting_{};
  std::array<uint32_t, kBurst> bytes_{};
  SenderCounters counters_;
};

}  // namespace dstfwd::gen
