// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_ring.h>

#include <algorithm>
#include <cstdint>

namespace dstgc {

// Entries in `ring`, 0 to its capacity; while others enqueue or dequeue, what was true a moment
// ago. rte_ring_count() loads the two tails plainly, which is a data race in C++'s terms: here they
// are relaxed atomic loads, for a hint only (enqueue and dequeue order what they move). Any thread.
inline uint32_t ring_count(const rte_ring* ring) noexcept {
  const uint32_t produced = __atomic_load_n(&ring->prod.tail, __ATOMIC_RELAXED);
  const uint32_t consumed = __atomic_load_n(&ring->cons.tail, __ATOMIC_RELAXED);
  return std::min((produced - consumed) & ring->mask, ring->capacity);
}

}  // namespace dstgc
