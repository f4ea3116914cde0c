// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Scalar {
  static uint32_t tags(const FlowBucket& bucket, uint16_t tag) noexcept {
    return slots_one_by_one(bucket, tag);
  }
};

}  // namespace

uint64_t find_scalar(const FlowProbe& probe, const FlowHash* hashes, unsigned n, bool near,
                     EntryIndex* found) noexcept {
  return find_with<Scalar>(probe, hashes, n, near, found);
}

}  // namespace dstfwd
