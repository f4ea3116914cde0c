// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mbuf_stamp.h"

#include <rte_errno.h>

#include <string>

namespace dstfwd {

Result<MbufStamp> MbufStamp::reserve() {
  static constexpr rte_mbuf_dynfield kField = {"dstfwd_dynfield_rx_tsc", sizeof(uint64_t),
                                               alignof(uint64_t), 0};
  static constexpr rte_mbuf_dynflag kFlag = {"dstfwd_dynflag_rx_tsc", 0};
  const int offset = rte_mbuf_dynfield_register(&kField);
  if (offset < 0)
    return Error{std::string("the mbuf has no room for a time stamp: ") + rte_strerror(rte_errno)};
  const int bit = rte_mbuf_dynflag_register(&kFlag);
  if (bit < 0)
    return Error{std::string("the mbuf has no flag for a time stamp: ") + rte_strerror(rte_errno)};
  return MbufStamp(offset, bit);
}

}  // namespace dstfwd
