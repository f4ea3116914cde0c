// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/index_pool.h"

#include <rte_ring_elem.h>

#include <algorithm>
#include <array>
#include <bit>

namespace dstgc {

Result<IndexPool> IndexPool::create(uint32_t first, uint32_t count, int numa_node) {
  if (count == 0 || count >= (1U << 30U))
    return Error{"index pool: " + std::to_string(count) + " entries are not from 1 to 2^30 - 1"};
  const unsigned slots = std::bit_ceil(count + 1);  // a ring holds one less than its slots
  Result<Memory> memory = Memory::map(
      static_cast<size_t>(rte_ring_get_memsize_elem(sizeof(uint32_t), slots)), numa_node);
  if (!memory) return memory.error();
  IndexPool pool(std::move(*memory), first, count);
  if (rte_ring_init(pool.ring(), "dstgc_pool", slots, 0) != 0)
    return Error{"index pool: the ring's init failed"};
  std::array<uint32_t, 512> some{};
  for (uint32_t i = 0; i < count;) {
    const uint32_t n = std::min<uint32_t>(some.size(), count - i);
    for (uint32_t j = 0; j < n; ++j) some[j] = first + i + j;
    pool.put({some.data(), n});
    i += n;
  }
  return pool;
}

unsigned IndexPool::take(std::span<uint32_t> taken) noexcept {
  return rte_ring_mc_dequeue_burst_elem(ring(), taken.data(), sizeof(uint32_t),
                                        static_cast<unsigned>(taken.size()), nullptr);
}

void IndexPool::put(std::span<const uint32_t> free) noexcept {
  rte_ring_mp_enqueue_bulk_elem(ring(), free.data(), sizeof(uint32_t),
                                static_cast<unsigned>(free.size()), nullptr);
}

}  // namespace dstgc
