// SPDX-License-Identifier: BSD-3-Clause
#include "app/mempool.h"

#include <rte_errno.h>

#include <algorithm>

#include "app/eal.h"

namespace dstfwd {
namespace {

constexpr uint32_t kCache = 256;
static_assert(kCache <= RTE_MEMPOOL_CACHE_MAX_SIZE);

}  // namespace

MempoolSize size_mempool(const MempoolUse& use) noexcept {
  const uint32_t per_lcore = kCache * 3 / 2 + 2 * use.burst + 2 * kSlowRing;
  const uint32_t mbufs =
      use.rx_descriptors + use.tx_descriptors + use.lcores * per_lcore + 2 * kMaxHeld;
  return {mbufs, kCache};
}

size_t mempool_bytes(const MempoolSize& size, uint16_t data_room) noexcept {
  rte_mempool_objsz object{};
  const uint32_t bytes =
      rte_mempool_calc_obj_size(static_cast<uint32_t>(sizeof(rte_mbuf)) + data_room, 0, &object);
  return size_t{size.mbufs} * (bytes + sizeof(void*));
}

Result<Mempool> create_mempool(const std::string& name, const MempoolSize& size, uint16_t data_room,
                               int socket) {
  const EalMemory memory = eal_memory();  // before: a failed creation may take some
  Mempool pool(rte_pktmbuf_pool_create(name.c_str(), size.mbufs, size.cache, 0, data_room, socket));
  if (pool) return pool;
  const std::string what =
      "mbuf pool of " + std::to_string(size.mbufs) + " x " + std::to_string(data_room) + " bytes: ";
  if (rte_errno == ENOMEM)
    return Error{what + memory_advice(memory, mempool_bytes(size, data_room))};
  return Error{what + rte_strerror(rte_errno)};
}

}  // namespace dstfwd
