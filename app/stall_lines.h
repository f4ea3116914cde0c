// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "fwd/stall_watch.h"
#include "fwd/token_bucket.h"

namespace dstfwd {

// Stalls as lines of the log: at most kLines at once and as many a second; then how many more there
// were. A pure class: time is given. One thread.
class StallLines {
 public:
  static constexpr uint32_t kLines = 20;

  StallLines(uint64_t tsc_hz, uint64_t now_tsc) : limit_(kLines, kLines, tsc_hz, now_tsc) {}

  // Lines, each with its newline; empty: too many of late.
  std::string of(const Stall& stall, uint64_t now_tsc);

 private:
  TokenBucket limit_;
  uint64_t left_out_ = 0;  // since the last line
};

}  // namespace dstfwd
