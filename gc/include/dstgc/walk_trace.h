// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace dstgc {

// What one walk of the busy entries did: the debug line of Linux' dst_gc_task().
struct WalkTrace {
  uint64_t dst_total;  // entries that exist
  uint64_t delayed;    // dead but still referenced
  uint64_t work_perf;  // freed by this walk
  uint64_t expires;    // delay to the next walk, 1/250 s
  uint64_t elapsed_us;
};

// "dst_total: 75469 delayed: 74109 work_perf: 141 expires: 150 elapsed: 8092 us"
std::string format_trace(const WalkTrace& trace);

}  // namespace dstgc
