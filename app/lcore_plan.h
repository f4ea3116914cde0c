// SPDX-License-Identifier: BSD-3-Clause
// Which lcore does what. A pure function of what EAL has, so that it is tested without EAL.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "app/options.h"
#include "fwd/types.h"

namespace dstfwd {

// An lcore of EAL's.
struct LcoreInfo {
  unsigned id;
  int socket = 0;
  bool is_main = false;
  bool is_service = false;  // -S or -s
};

struct LcorePlan {
  std::vector<unsigned> forwarding;  // ascending; each polls its own queues
  std::vector<unsigned> gc;       // the collectors', at most one a node; none outside service mode
  GcMode gc_mode;                 // inline where service was asked and there is one lcore only
  std::map<unsigned, int> nodes;  // of all lcores
  std::vector<std::string> warnings;
};

// lcores: all, service cores among them, ascending. The error is a line for the user.
Result<LcorePlan> plan_lcores(const Options& options, std::span<const LcoreInfo> lcores);

// What EAL was given. After EAL's start.
std::vector<LcoreInfo> enumerate_lcores();

}  // namespace dstfwd
