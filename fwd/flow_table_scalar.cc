// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Scalar {
  static uint32_t tags(const FlowBucket& bucket, uint16_t tag) noexcept {
    uint32_t hits = 0;
    for (unsigned i = 0; i < FlowBucket::kSlots; ++i)
      hits |= (bucket.tags[i].load(std::memory_order_acquire) == tag ? 1U : 0U) << i;
    return hits;
  }
};

}  // namespace

void find_scalar(const FlowProbe& probe, const FlowHash* hashes, unsigned n,
                 EntryIndex* found) noexcept {
  find_with<Scalar>(probe, hashes, n, found);
}

}  // namespace dstfwd
