// SPDX-License-Identifier: BSD-3-Clause
// What one lcore is about to send, by port: collected over a turn of the loop, then given to the
// transmit queue at once. What the queue does not take is dropped (kDropTxFull), what would leave
// by a port that is down, too (kDropPortDown). One lcore.
#pragma once

#include <rte_ethdev.h>

#include <vector>

#include "fwd/disposal.h"
#include "fwd/flow_table.h"
#include "fwd/residence.h"
#include "fwd/router_view.h"

namespace dstfwd {

class TxBuffers {
 public:
  // tx_queue: the lcore's own, on every port. residence: nullptr measures nothing.
  TxBuffers(const RouterView& view, uint16_t tx_queue, LcoreCounters& counters, Disposal& disposal,
            ResidenceMeter* residence = nullptr) noexcept
      : view_(&view),
        counters_(&counters),
        disposal_(&disposal),
        residence_(residence),
        tx_queue_(tx_queue) {}

  // Takes one frame. Precondition: port < RTE_MAX_ETHPORTS.
  void push(uint16_t port, rte_mbuf* m) noexcept {
    *reserve(port, 1) = m;
    commit(port, 1, m->pkt_len);
  }

  // Where the next `n` frames to `port` go, at most kMaxBurst; then commit() how many went, and
  // their bytes.
  rte_mbuf** reserve(uint16_t port, unsigned n) noexcept {
    Buffer& b = buffers_[port];
    if (b.count + n > kPackets) [[unlikely]]
      send(port);
    return &b.packets[b.count];
  }
  void commit(uint16_t port, unsigned n, uint64_t bytes) noexcept {
    buffers_[port].count += n;
    buffers_[port].bytes += bytes;
    waiting_ |= uint64_t{1} << port;
  }

  // One packet in pieces, by the port, at once, behind what waits for it. Counts the packet as sent
  // when all pieces were, else as dropped; the pieces as `fragments`.
  void send_fragments(uint16_t port, std::span<rte_mbuf*> pieces) noexcept;

  // Once a turn of the loop.
  void flush() noexcept {
    while (waiting_ != 0) {
      const auto port = static_cast<uint16_t>(std::countr_zero(waiting_));
      waiting_ &= waiting_ - 1;
      if (buffers_[port].count != 0) send(port);
    }
  }

 private:
  static constexpr unsigned kPackets = 2 * kMaxBurst;
  static_assert(kPackets <= ResidenceMeter::kMaxLeaving);
  static_assert(RTE_MAX_ETHPORTS <= 64, "waiting_ has a bit a port");
  struct Buffer {
    unsigned count = 0;
    uint64_t bytes = 0;
    std::array<rte_mbuf*, kPackets> packets;
  };

  void send(uint16_t port) noexcept;

  const RouterView* view_;
  LcoreCounters* counters_;
  Disposal* disposal_;
  ResidenceMeter* residence_;
  uint16_t tx_queue_;
  uint64_t waiting_ = 0;  // a bit a port
  std::array<Buffer, RTE_MAX_ETHPORTS> buffers_;
};

// Frames one after the other, most of them to the port of the one before. A local variable of a
// loop, whose address is not taken, so that it stays in registers; end() when the loop is over, and
// before `tx` is used otherwise.
class TxRun {
 public:
  explicit TxRun(TxBuffers& tx) noexcept : tx_(&tx) {}

  // At most kMaxBurst in all.
  void push(uint32_t port, rte_mbuf* m) noexcept {
    if (port != port_) [[unlikely]] {
      end();
      port_ = port;
      begin_ = next_ = tx_->reserve(static_cast<uint16_t>(port), kMaxBurst);
    }
    *next_++ = m;  // NOLINT(clang-analyzer-core.NullDereference): no port is ~0U
    bytes_ += m->pkt_len;
  }

  void end() noexcept {
    if (next_ != begin_) {
      tx_->commit(static_cast<uint16_t>(port_), static_cast<unsigned>(next_ - begin_), bytes_);
    }
    *this = TxRun(*tx_);
  }

 private:
  TxBuffers* tx_;
  uint32_t port_ = ~0U;  // none
  rte_mbuf** begin_ = nullptr;
  rte_mbuf** next_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace dstfwd
