// SPDX-License-Identifier: BSD-3-Clause
#include "app/shard_plan.h"

#include <algorithm>

namespace dstfwd {
namespace {

std::string warning(const ShardPlan& shard, int gc_node) {
  return "the collector's lcore " + std::to_string(*shard.gc) + " is on node " +
         std::to_string(gc_node) + ", the entries that it collects on node " +
         std::to_string(shard.node) + ": give node " + std::to_string(shard.node) +
         " a service core";
}

// n, in proportion to workers; each part at least 1, and rounded up.
uint32_t part_of(uint32_t n, size_t workers, size_t all) {
  const uint64_t part = (uint64_t{n} * workers + all - 1) / all;
  return std::max<uint32_t>(static_cast<uint32_t>(part), 1);
}

}  // namespace

ShardPlans plan_shards(const Options& options, const LcorePlan& lcores,
                       std::span<const unsigned> workers) {
  ShardPlans plans;
  for (size_t i = 0; i < workers.size(); ++i) {
    const int node = lcores.nodes.at(workers[i]);
    auto shard = std::ranges::find(plans.shards, node, &ShardPlan::node);
    if (shard == plans.shards.end())
      shard = plans.shards.insert(shard, ShardPlan{node, {}, std::nullopt});
    shard->workers.push_back(i);
  }
  const auto serves = [&plans](unsigned gc) {
    return std::ranges::count(plans.shards, std::optional(gc), &ShardPlan::gc);
  };
  const auto node_of = [&lcores](unsigned gc) { return lcores.nodes.at(gc); };
  for (ShardPlan& shard : plans.shards) {
    shard.flows4 = part_of(options.flows, shard.workers.size(), workers.size());
    shard.flows6 = part_of(options.ipv6_flows(), shard.workers.size(), workers.size());
    const auto own = std::ranges::find(lcores.gc, shard.node, node_of);
    if (own != lcores.gc.end()) shard.gc = *own;
  }
  for (ShardPlan& shard : plans.shards) {
    if (shard.gc || lcores.gc.empty()) continue;
    shard.gc = *std::ranges::min_element(lcores.gc, {}, serves);
    plans.warnings.push_back(warning(shard, node_of(*shard.gc)));
  }
  return plans;
}

}  // namespace dstfwd
