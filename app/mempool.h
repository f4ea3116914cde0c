// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <memory>
#include <string>

#include "fwd/types.h"

namespace dstfwd {

struct MempoolDeleter {
  void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
};
// An mbuf pool. Freed when nothing can hold an mbuf of it any more: after its ports are closed.
using Mempool = std::unique_ptr<rte_mempool, MempoolDeleter>;

// What the mbufs of one pool can be in at once.
struct MempoolUse {
  uint32_t rx_descriptors = 0;  // over all receive queues that fill from it
  uint32_t tx_descriptors = 0;
  uint32_t lcores = 0;  // forwarding lcores
  uint32_t burst = 32;
};
struct MempoolSize {
  uint32_t mbufs;
  uint32_t cache;  // mbufs an lcore keeps for itself
};

// Room for every descriptor, two bursts and a full cache an lcore (DPDK lets a cache grow to 1.5
// times its size), and the slow path: a full ring to the control thread and one back an lcore, and
// all packets that wait for neighbours. So a flood for the slow path takes no mbuf of forwarding's.
inline constexpr uint32_t kSlowRing = 512;  // packets
inline constexpr uint32_t kMaxHeld = 512;   // packets of a family
MempoolSize size_mempool(const MempoolUse& use) noexcept;

// Bytes of EAL's memory that such a pool takes, about.
size_t mempool_bytes(const MempoolSize& size, uint16_t data_room) noexcept;

// data_room: bytes of an mbuf's buffer, RTE_PKTMBUF_HEADROOM among them. socket: SOCKET_ID_ANY or
// one of EAL's. The error is a line for the user.
Result<Mempool> create_mempool(const std::string& name, const MempoolSize& size, uint16_t data_room,
                               int socket);

}  // namespace dstfwd
