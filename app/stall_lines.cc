// SPDX-License-Identifier: BSD-3-Clause
#include "app/stall_lines.h"

#include "app/format.h"

namespace dstfwd {

std::string StallLines::of(const Stall& stall, uint64_t now_tsc) {
  if (!limit_.take(now_tsc)) {
    ++left_out_;
    return {};
  }
  std::string text;
  if (left_out_ != 0)
    text = "dstfwd: " + grouped(std::exchange(left_out_, 0)) + " lines about stalls left out\n";
  text += "dstfwd: lcore " + std::to_string(stall.lcore);
  text += stall.ended ? " polls again, after " : " has not polled for ";
  text += duration_text(stall.for_ns) + " in stage " + std::string(name(stall.stage)) + "\n";
  return text;
}

}  // namespace dstfwd
