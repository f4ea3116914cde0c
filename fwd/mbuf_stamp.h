// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "fwd/branch_free.h"
#include "fwd/types.h"

namespace dstfwd {

// A time in an mbuf: a dynamic field and the flag that says that it is set (rte_mbuf_dyn). The
// whole process shares one. Copies of a packet do not carry it over unless DPDK copies dynamic
// fields (rte_pktmbuf_copy does). Any thread that owns the mbuf.
class MbufStamp {
 public:
  // Main thread, after EAL's start. Asked again, gives the same. The error: no room in the mbuf.
  static Result<MbufStamp> reserve();

  void set(rte_mbuf* m, uint64_t tsc) const noexcept { set_if(~uint64_t{0}, m, tsc); }
  // The same, without a branch, where the mask `wanted` (branch_free.h) is set.
  void set_if(uint64_t wanted, rte_mbuf* m, uint64_t tsc) const noexcept {
    uint64_t unwanted;
    *select(wanted, RTE_MBUF_DYNFIELD(m, offset_, uint64_t*), &unwanted) = tsc;
    m->ol_flags |= flag_ & wanted;
  }
  uint64_t flag() const noexcept { return flag_; }
  bool is_set(const rte_mbuf* m) const noexcept { return (m->ol_flags & flag_) != 0; }
  // Precondition: is_set.
  uint64_t get(const rte_mbuf* m) const noexcept {
    return *RTE_MBUF_DYNFIELD(m, offset_, const uint64_t*);
  }
  void clear(rte_mbuf* m) const noexcept { m->ol_flags &= ~flag_; }

 private:
  MbufStamp(int offset, int bit) noexcept
      : offset_(static_cast<size_t>(offset)), flag_(uint64_t{1} << static_cast<unsigned>(bit)) {}

  size_t offset_;
  uint64_t flag_;
};

}  // namespace dstfwd
