// SPDX-License-Identifier: BSD-3-Clause
#include "app/lcore_plan.h"

#include <rte_lcore.h>
#include <rte_service.h>

#include <algorithm>
#include <array>
#include <optional>

namespace dstfwd {
namespace {

std::string list(std::span<const unsigned> lcores) {
  std::string text;
  for (const unsigned lcore : lcores) text += (text.empty() ? "" : ",") + std::to_string(lcore);
  return text;
}

std::string list(std::span<const LcoreInfo> lcores) {
  std::vector<unsigned> ids;
  for (const LcoreInfo& lcore : lcores) ids.push_back(lcore.id);
  return list(ids);
}

// --lcore-nodes.
Result<std::vector<LcoreInfo>> move_to_nodes(const Options& options,
                                             std::span<const LcoreInfo> lcores) {
  std::vector<LcoreInfo> moved(lcores.begin(), lcores.end());
  for (const auto& [id, node] : options.lcore_nodes) {
    const auto lcore = std::ranges::find(moved, id, &LcoreInfo::id);
    if (lcore == moved.end())
      return Error{"--lcore-nodes: EAL has no lcore " + std::to_string(id) + " (it has " +
                   list(lcores) + ")"};
    lcore->socket = node;
  }
  return moved;
}

// The collectors' lcores: that of --gc-lcore; or EAL's service cores, one a node; or, without any,
// the last lcore of each node that has two. Precondition: service mode, two lcores or more.
Result<std::vector<LcoreInfo>> choose_gc(const Options& options,
                                         std::span<const LcoreInfo> lcores) {
  if (options.gc_lcore) {
    const auto asked = std::ranges::find(lcores, *options.gc_lcore, &LcoreInfo::id);
    if (asked != lcores.end()) return std::vector{*asked};
    return Error{"--gc-lcore: EAL has no lcore " + std::to_string(*options.gc_lcore) + " (it has " +
                 list(lcores) + ")"};
  }
  std::map<int, std::vector<LcoreInfo>> all, service;  // by node
  std::optional<LcoreInfo> first_service;
  for (const LcoreInfo& lcore : lcores) {
    (lcore.is_service ? service : all)[lcore.socket].push_back(lcore);
    if (lcore.is_service && !first_service) first_service = lcore;
  }
  std::vector<LcoreInfo> chosen;
  for (const auto& [node, its] : all) {
    if (service.contains(node)) chosen.push_back(service[node].front());
    if (service.empty() && its.size() > 1) chosen.push_back(its.back());
  }
  if (chosen.empty()) chosen.push_back(first_service.value_or(lcores.back()));
  return chosen;
}

Status limit_forwarding(const Options& options, LcorePlan& plan) {
  if (!options.nb_cores) return Ok{};
  if (*options.nb_cores > plan.forwarding.size())
    return Error{"--nb-cores: " + std::to_string(*options.nb_cores) +
                 " forwarding lcores asked, EAL's arguments leave " +
                 std::to_string(plan.forwarding.size()) +
                 (plan.gc.empty() ? "" : " beside the collector's lcore " + list(plan.gc))};
  plan.forwarding.resize(*options.nb_cores);
  return Ok{};
}

}  // namespace

Result<LcorePlan> plan_lcores(const Options& options, std::span<const LcoreInfo> given) {
  LcorePlan plan{{}, {}, options.gc_mode, {}, {}};
  Result<std::vector<LcoreInfo>> moved = move_to_nodes(options, given);
  if (!moved) return moved.error();
  const std::span<const LcoreInfo> lcores = *moved;
  for (const LcoreInfo& lcore : lcores) plan.nodes[lcore.id] = lcore.socket;
  if (plan.gc_mode == GcMode::kService && lcores.size() == 1) {
    plan.gc_mode = GcMode::kInline;
    plan.warnings.push_back("--gc-mode service needs an lcore for the collector and EAL has only " +
                            list(lcores) +
                            ": the collector runs inline; give two, such as -l 0,1 or "
                            "--lcores='0@0,1@0'");
  }
  if (plan.gc_mode == GcMode::kService) {
    Result<std::vector<LcoreInfo>> gc = choose_gc(options, lcores);
    if (!gc) return gc.error();
    for (const LcoreInfo& lcore : *gc) plan.gc.push_back(lcore.id);
  }
  const auto collects = [&plan](unsigned id) {
    return std::ranges::find(plan.gc, id) != plan.gc.end();
  };
  for (const LcoreInfo& lcore : lcores) {
    if (!lcore.is_service && !collects(lcore.id)) plan.forwarding.push_back(lcore.id);
    if (lcore.is_service && !collects(lcore.id))
      plan.warnings.push_back("service core " + std::to_string(lcore.id) + " has nothing to do");
  }
  if (plan.forwarding.empty())
    return Error{"no lcore is left to forward: EAL has " + list(lcores) +
                 (plan.gc.empty() ? "" : ", the collector takes " + list(plan.gc))};
  Status limited = limit_forwarding(options, plan);
  if (!limited) return limited.error();
  return plan;
}

std::vector<LcoreInfo> enumerate_lcores() {
  std::vector<LcoreInfo> lcores;
  const auto add = [&](unsigned id, bool service) {
    lcores.push_back(
        {id, static_cast<int>(rte_lcore_to_socket_id(id)), id == rte_get_main_lcore(), service});
  };
  unsigned id = 0;
  RTE_LCORE_FOREACH(id) add(id, false);
  std::array<uint32_t, RTE_MAX_LCORE> service{};
  const int32_t services = rte_service_lcore_list(service.data(), service.size());
  for (int32_t i = 0; i < services; ++i) add(service[static_cast<size_t>(i)], true);
  std::ranges::sort(lcores, {}, &LcoreInfo::id);
  return lcores;
}

}  // namespace dstfwd
