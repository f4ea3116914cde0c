// SPDX-License-Identifier: BSD-3-Clause
#include "app/lcore_plan.h"

#include <rte_lcore.h>
#include <rte_service.h>

#include <algorithm>
#include <array>

namespace dstfwd {
namespace {

std::string list(std::span<const LcoreInfo> lcores) {
  std::string text;
  for (const LcoreInfo& lcore : lcores)
    text += (text.empty() ? "" : ",") + std::to_string(lcore.id);
  return text;
}

// Precondition: service mode, two lcores or more.
Result<LcoreInfo> choose_gc(const Options& options, std::span<const LcoreInfo> lcores) {
  if (options.gc_lcore) {
    const auto asked = std::ranges::find(lcores, *options.gc_lcore, &LcoreInfo::id);
    if (asked != lcores.end()) return *asked;
    return Error{"--gc-lcore: EAL has no lcore " + std::to_string(*options.gc_lcore) + " (it has " +
                 list(lcores) + ")"};
  }
  const auto service = std::ranges::find(lcores, true, &LcoreInfo::is_service);
  return service != lcores.end() ? *service : lcores.back();
}

Status limit_forwarding(const Options& options, LcorePlan& plan) {
  if (!options.nb_cores) return Ok{};
  if (*options.nb_cores > plan.forwarding.size())
    return Error{"--nb-cores: " + std::to_string(*options.nb_cores) +
                 " forwarding lcores asked, EAL's arguments leave " +
                 std::to_string(plan.forwarding.size()) +
                 (plan.gc ? " beside the collector's lcore " + std::to_string(*plan.gc) : "")};
  plan.forwarding.resize(*options.nb_cores);
  return Ok{};
}

void warn_of_sockets(std::span<const LcoreInfo> lcores, LcorePlan& plan) {
  if (!plan.gc) return;
  const int gc_socket = std::ranges::find(lcores, *plan.gc, &LcoreInfo::id)->socket;
  for (const LcoreInfo& lcore : lcores) {
    if (std::ranges::find(plan.forwarding, lcore.id) == plan.forwarding.end()) continue;
    if (lcore.socket == gc_socket) continue;
    plan.warnings.push_back("the collector's lcore " + std::to_string(*plan.gc) + " is on socket " +
                            std::to_string(gc_socket) + ", forwarding lcore " +
                            std::to_string(lcore.id) + " on socket " +
                            std::to_string(lcore.socket));
  }
}

}  // namespace

Result<LcorePlan> plan_lcores(const Options& options, std::span<const LcoreInfo> lcores) {
  LcorePlan plan{{}, std::nullopt, options.gc_mode, {}};
  if (plan.gc_mode == GcMode::kService && lcores.size() == 1) {
    plan.gc_mode = GcMode::kInline;
    plan.warnings.push_back("--gc-mode service needs an lcore for the collector and EAL has only " +
                            list(lcores) +
                            ": the collector runs inline; give two, such as -l 0,1 or "
                            "--lcores='0@0,1@0'");
  }
  if (plan.gc_mode == GcMode::kService) {
    Result<LcoreInfo> gc = choose_gc(options, lcores);
    if (!gc) return gc.error();
    plan.gc = gc->id;
  }
  for (const LcoreInfo& lcore : lcores) {
    if (!lcore.is_service && lcore.id != plan.gc) plan.forwarding.push_back(lcore.id);
    if (lcore.is_service && lcore.id != plan.gc)
      plan.warnings.push_back("service core " + std::to_string(lcore.id) + " has nothing to do");
  }
  if (plan.forwarding.empty())
    return Error{"no lcore is left to forward: EAL has " + list(lcores) +
                 (plan.gc ? ", the collector takes " + std::to_string(*plan.gc) : "")};
  Status limited = limit_forwarding(options, plan);
  if (!limited) return limited.error();
  warn_of_sockets(lcores, plan);
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
