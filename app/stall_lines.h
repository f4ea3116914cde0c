// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>
#include <string>

#include "fwd/stall_watch.h"
#include "fwd/token_bucket.h"

namespace dstfwd {

// Stalls as lines of the log: kAtOnce, then one a second, each with its end, and how many more
// there were. A machine that shares its CPUs has many. A pure class: time is given. One thread.
class StallLines {
 public:
  static constexpr uint32_t kAtOnce = 10;

  StallLines(uint64_t tsc_hz, uint64_t now_tsc) : limit_(1, kAtOnce, tsc_hz, now_tsc) {}

  // Lines, each with its newline; empty: too many of late.
  std::string of(const Stall& stall, uint64_t now_tsc);

 private:
  TokenBucket limit_;
  std::set<unsigned> told_;  // lcores whose stall was told, and its end not yet
  uint64_t left_out_ = 0;    // stalls, since the last line
};

}  // namespace dstfwd
