// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Scalar {
  static uint32_t tags(const FlowBucket& bucket, uint32_t tag) noexcept {
    uint32_t hits = 0;
    for (unsigned i = 0; i < FlowBucket::kSlots; ++i) {
      const uint64_t value = bucket.slots[i].load(std::memory_order_relaxed);
      hits |= (slot_tag(value) == tag ? 2U : 0U) << (2 * i);
    }
    return hits;
  }
  static uint32_t signs(const FlowBucket& bucket) noexcept {
    uint64_t all = 0;
    for (const auto& slot : bucket.slots) all |= slot.load(std::memory_order_relaxed);
    return (all & kSlotMark) != 0 ? 1 : 0;
  }
};

}  // namespace

void find_scalar(const FlowProbe& probe, const FlowHash* hashes, unsigned n,
                 EntryIndex* found) noexcept {
  find_with<Scalar>(probe, hashes, n, found);
}

}  // namespace dstfwd
