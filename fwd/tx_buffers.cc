// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tx_buffers.h"

namespace dstfwd {

void TxBuffers::send(uint16_t port) noexcept {
  Buffer& b = buffers_[port];
  const unsigned count = std::exchange(b.count, 0);
  uint64_t bytes = std::exchange(b.bytes, 0);
  if (!view_->ports[port].up.load(std::memory_order_relaxed)) {
    disposal_->end(b.packets.data(), count, Verdict::kDropPortDown);
    return;
  }
  if (residence_ != nullptr) residence_->leaving(b.packets.data(), count);
  const uint16_t sent =
      rte_eth_tx_burst(port, tx_queue_, b.packets.data(), static_cast<uint16_t>(count));
  if (residence_ != nullptr) residence_->sent(sent);
  for (unsigned i = sent; i < count; ++i) bytes -= b.packets[i]->pkt_len;
  counters_->tx.add(sent);
  counters_->tx_bytes.add(bytes);
  disposal_->end(&b.packets[sent], count - sent, Verdict::kDropTxFull);
}

void TxBuffers::send_fragments(uint16_t port, std::span<rte_mbuf*> pieces) noexcept {
  if (buffers_[port].count != 0) send(port);
  const bool up = view_->ports[port].up.load(std::memory_order_relaxed);
  uint64_t bytes = 0;
  for (const rte_mbuf* piece : pieces) bytes += piece->pkt_len;
  const auto count = static_cast<unsigned>(pieces.size());
  const unsigned sent =
      up ? rte_eth_tx_burst(port, tx_queue_, pieces.data(), static_cast<uint16_t>(count)) : 0;
  counters_->fragments.add(sent);
  if (sent == count) {
    counters_->tx.add(1);
    counters_->tx_bytes.add(bytes);
    return;
  }
  counters_->verdict(up ? Verdict::kDropTxFull : Verdict::kDropPortDown).add(1);
  rte_pktmbuf_free_bulk(&pieces[sent], count - sent);
}

}  // namespace dstfwd
