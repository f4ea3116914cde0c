// SPDX-License-Identifier: BSD-3-Clause
#include "dstgc/walk_trace.h"

namespace dstgc {

std::string format_trace(const WalkTrace& trace) {
  return "dst_total: " + std::to_string(trace.dst_total) +
         " delayed: " + std::to_string(trace.delayed) +
         " work_perf: " + std::to_string(trace.work_perf) +
         " expires: " + std::to_string(trace.expires) +
         " elapsed: " + std::to_string(trace.elapsed_us) + " us";
}

}  // namespace dstgc
