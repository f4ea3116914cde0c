// SPDX-License-Identifier: BSD-3-Clause
#include "app/stall_lines.h"

#include "app/format.h"

namespace dstfwd {

std::string StallLines::of(const Stall& stall, uint64_t now_tsc) {
  if (stall.ended) {
    if (told_.erase(stall.lcore) == 0) return {};
  } else if (!limit_.take(now_tsc)) {
    ++left_out_;
    return {};
  } else {
    told_.insert(stall.lcore);
  }
  std::string text;
  if (left_out_ != 0)
    text =
        "dstfwd: " + grouped(std::exchange(left_out_, 0)) + " more stalls, not told one by one\n";
  text += "dstfwd: lcore " + std::to_string(stall.lcore);
  text += stall.ended ? " polls again, after " : " has not polled for ";
  text += duration_text(stall.for_ns) + " in stage " + std::string(name(stall.stage)) + "\n";
  return text;
}

}  // namespace dstfwd
