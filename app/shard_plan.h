// SPDX-License-Identifier: BSD-3-Clause
// Which lcores share a dst cache and a collector: those of a NUMA node. A pure function, so that it
// is tested on machines with one node.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/lcore_plan.h"

namespace dstfwd {

struct ShardPlan {
  int node;
  std::vector<size_t> workers;      // positions among the forwarding lcores, ascending
  std::optional<unsigned> gc;       // the lcore of its collector; none outside service mode
  uint32_t flows4 = 0, flows6 = 0;  // its part of --flows and --flows6
};

struct ShardPlans {
  std::vector<ShardPlan> shards;  // in the order of their first workers
  std::vector<std::string> warnings;
};

// workers: the forwarding lcores. A node's collector runs on the plan's lcore of that node; where
// it has none, on the one that has the fewest nodes to serve, and a warning names both nodes.
ShardPlans plan_shards(const Options& options, const LcorePlan& lcores,
                       std::span<const unsigned> workers);

}  // namespace dstfwd
