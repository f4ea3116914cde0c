// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/stall_watch.h"

#include <algorithm>

namespace dstfwd {

void StallWatch::check(uint64_t now_tsc, const Report& report) {
  for (Watched& w : watched_) {
    const uint64_t word = w.meter->progress().word();
    const uint64_t since = word & ~Progress::kStageMask;
    if (w.stalled_since != 0 && since != w.stalled_since) end(w, report);
    if (word == 0 || now_tsc <= since) continue;
    const uint64_t for_ns = scale_.to_ns(now_tsc - since);
    if (for_ns < threshold_ns_) continue;
    w.stage = static_cast<Stage>(word & Progress::kStageMask);
    w.seen_ns = for_ns;
    if (w.stalled_since == since) continue;
    w.stalled_since = since;
    ++named_;
    report({w.lcore, w.stage, for_ns, false});
  }
}

void StallWatch::end(Watched& w, const Report& report) const {
  // The lcore may have gone offline out of the stall: then it measured nothing.
  const uint64_t measured_ns = w.meter->last_stall_ns();
  report({w.lcore, w.stage, std::max(measured_ns, w.seen_ns), true});
  w.stalled_since = 0;
}

uint64_t StallWatch::unnamed() const noexcept {
  uint64_t counted = 0;
  for (const Watched& w : watched_) counted += w.meter->stalls();
  return counted > named_ ? counted - named_ : 0;
}

}  // namespace dstfwd
