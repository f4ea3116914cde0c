// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/punt.h"

#include <rte_errno.h>

#include <string>

namespace dstfwd {

Result<PuntField> PuntField::create() {
  const rte_mbuf_dynfield description{
      .name = "dstfwd_punt", .size = sizeof(PuntInfo), .align = alignof(PuntInfo), .flags = 0};
  const int offset = rte_mbuf_dynfield_register(&description);
  if (offset < 0) {
    return Error{std::string("no room for the slow path's field in mbufs: ") +
                 rte_strerror(rte_errno)};
  }
  return PuntField(offset);
}

}  // namespace dstfwd
