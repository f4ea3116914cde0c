// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/index_pool.h"

#include <rte_ring_elem.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace dstgc {
namespace {

static_assert(sizeof(EntryIndex) == sizeof(uint32_t), "rings hold bare indices");

// Slots of the rings that hold `count` indices between them: powers of two, each but the last the
// largest that is filled. A ring holds one less than its slots.
std::array<uint32_t, IndexPool::kMaxRings> plan_rings(uint32_t count) noexcept {
  constexpr uint32_t kSmallest = 1024;  // not worth a ring of its own
  std::array<uint32_t, IndexPool::kMaxRings> slots{};
  uint32_t left = count;
  for (size_t i = 0; left != 0; ++i) {
    const bool last = i + 1 == slots.size() || left < kSmallest;
    slots[i] = last ? std::bit_ceil(left + 1) : std::bit_floor(left + 1);
    left -= std::min(left, slots[i] - 1);
  }
  return slots;
}

size_t ring_bytes(uint32_t slots) noexcept {
  return static_cast<size_t>(rte_ring_get_memsize_elem(sizeof(uint32_t), slots));
}

}  // namespace

Result<IndexPool> IndexPool::create(uint32_t first, uint32_t count, int numa_node) {
  if (count == 0 || count >= (1U << 30U))
    return Error{"index pool: " + std::to_string(count) + " entries are not from 1 to 2^30 - 1"};
  const auto slots = plan_rings(count);
  const size_t bytes =
      std::accumulate(slots.begin(), slots.end(), size_t{0},
                      [](size_t sum, auto n) { return sum + (n == 0 ? 0 : ring_bytes(n)); });
  Result<Memory> memory = Memory::map(bytes, numa_node);
  if (!memory) return memory.error();
  IndexPool pool(std::move(*memory), first, count);
  auto* at = static_cast<uint8_t*>(pool.memory_.data());
  for (const uint32_t n : slots) {
    if (n == 0) break;
    auto* ring = reinterpret_cast<rte_ring*>(at);
    if (rte_ring_init(ring, "dstgc_pool", n, 0) != 0)
      return Error{"index pool: the ring's init failed"};
    pool.rings_[pool.ring_count_++] = ring;
    at += ring_bytes(n);
  }
  std::array<EntryIndex, 512> some{};
  for (uint32_t i = 0; i < count;) {
    uint32_t n = 0;
    while (n < some.size() && i < count) some[n++] = EntryIndex{first + i++};
    pool.put({some.data(), n});
  }
  return pool;
}

unsigned IndexPool::take(std::span<EntryIndex> taken) noexcept {
  unsigned got = 0;
  for (size_t i = 0; i < ring_count_ && got < taken.size(); ++i) {
    got += rte_ring_mc_dequeue_burst_elem(rings_[i], &taken[got], sizeof(uint32_t),
                                          static_cast<unsigned>(taken.size() - got), nullptr);
  }
  return got;
}

// All rings together have room at any moment; but one is looked at after the other, and room may
// have come to one that was looked at before.
void IndexPool::put(std::span<const EntryIndex> free) noexcept {
  for (size_t i = 0; !free.empty(); i = (i + 1) % ring_count_) {
    free = free.subspan(rte_ring_mp_enqueue_burst_elem(
        rings_[i], free.data(), sizeof(uint32_t), static_cast<unsigned>(free.size()), nullptr));
  }
}

unsigned IndexPool::available() const noexcept {
  unsigned sum = 0;
  for (size_t i = 0; i < ring_count_; ++i) sum += dstgc::ring_count(rings_[i]);
  return sum;
}

}  // namespace dstgc
