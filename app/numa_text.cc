// SPDX-License-Identifier: BSD-3-Clause
#include "app/numa_text.h"

#include <set>

namespace dstfwd {
namespace {

std::string size_text(size_t bytes) {
  return bytes >= size_t{1} << 20U ? std::to_string(bytes >> 20U) + " MB"
                                   : std::to_string(bytes >> 10U) + " KB";
}

std::string node_text(int node) {
  return node < 0 ? "an unknown node" : "node " + std::to_string(node);
}

std::string nodes_text(const std::map<int, size_t>& pages_by_node) {
  size_t all = 0;
  for (const auto& [node, pages] : pages_by_node) all += pages;
  std::string out;
  for (const auto& [node, pages] : pages_by_node) {
    out += (out.empty() ? "" : ", ") + node_text(node);
    if (pages_by_node.size() > 1)
      out += " (" + std::to_string(pages) + " of " + std::to_string(all) + " pages)";
  }
  return out;
}

std::string places_text(std::span<const NumaPlace> places) {
  std::string out = "memory\n";
  for (const NumaPlace& place : places) {
    out += "  " + place.name +
           std::string(place.name.size() < 20 ? 20 - place.name.size() : 1, ' ') +
           size_text(place.bytes) + " in pages of " + size_text(place.page_bytes) + " on " +
           nodes_text(place.pages_by_node) + "\n";
  }
  return out;
}

std::string lcores_text(std::span<const NumaLcore> lcores) {
  std::string out = "lcores\n";
  for (const NumaLcore& lcore : lcores)
    out += "  lcore " + std::to_string(lcore.lcore) + " (" + lcore.role + ") on " +
           node_text(lcore.node) + "\n";
  return out;
}

// What is on other nodes than the lcore, by node.
std::string warning_text(const NumaLcore& lcore, std::span<const NumaPlace> places) {
  std::map<int, std::string> elsewhere;
  for (const NumaPlace& place : places) {
    for (const auto& [node, pages] : place.pages_by_node)
      if (node >= 0 && node != lcore.node)
        elsewhere[node] += (elsewhere[node].empty() ? "" : ", ") + place.name;
  }
  std::string out;
  for (const auto& [node, names] : elsewhere)
    out += "warning: lcore " + std::to_string(lcore.lcore) + " (" + lcore.role + ") is on " +
           node_text(lcore.node) + ", but on " + node_text(node) + ": " + names + "\n";
  return out;
}

// Of lcores of one role on one node, the first says it.
std::string warnings_text(const NumaShard& shard) {
  std::string out;
  std::set<std::pair<std::string, int>> said;
  for (const NumaLcore& lcore : shard.lcores)
    if (said.emplace(lcore.role, lcore.node).second) out += warning_text(lcore, shard.places);
  return out;
}

}  // namespace

std::string numa_text(std::span<const NumaShard> shards) {
  std::string out;
  for (const NumaShard& shard : shards) {
    if (shards.size() > 1) out += "cache of " + node_text(shard.node) + "\n";
    out += places_text(shard.places) + lcores_text(shard.lcores) + warnings_text(shard);
  }
  return out;
}

std::string numa_text(const Dataplane& dataplane) {
  const Layout& layout = dataplane.layout();
  std::vector<NumaShard> shards;
  for (size_t i = 0; i < layout.shards.size(); ++i) {
    const ShardPlan& plan = layout.shards[i];
    NumaShard& shard = shards.emplace_back(NumaShard{plan.node, {}, {}});
    for (const auto& [name, memory] : dataplane.shards()[i]->places())
      shard.places.push_back({name, memory->size(), memory->page_bytes(), memory->nodes()});
    const auto add = [&](unsigned lcore, const char* role) {
      shard.lcores.push_back({lcore, role, layout.lcores.nodes.at(lcore)});
    };
    for (const size_t worker : plan.workers) add(layout.ports.lcores[worker].lcore, "forward");
    if (plan.gc) add(*plan.gc, "gc");
  }
  return numa_text(shards);
}

}  // namespace dstfwd
