// SPDX-License-Identifier: BSD-3-Clause
// Compiled with -msse4.2.
#include "fwd/flow_table_kernels.h"

namespace dstfwd {
namespace {

struct Sse42 {
  static uint32_t tags(const FlowBucket& bucket, uint16_t tag) noexcept {
    return slots_by_sse2(bucket, tag);
  }
};

}  // namespace

uint64_t find_sse42(const FlowProbe& probe, const FlowHash* hashes, unsigned n, bool near,
                    EntryIndex* found) noexcept {
  return find_with<Sse42>(probe, hashes, n, near, found);
}

}  // namespace dstfwd
