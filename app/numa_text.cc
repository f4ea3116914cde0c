// SPDX-License-Identifier: BSD-3-Clause
#include "app/numa_text.h"

#include <rte_lcore.h>

#include <algorithm>

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

}  // namespace

std::string numa_text(std::span<const NumaPlace> places, std::span<const NumaLcore> lcores) {
  std::string out = "memory\n";
  for (const NumaPlace& place : places) {
    out += "  " + place.name +
           std::string(place.name.size() < 20 ? 20 - place.name.size() : 1, ' ') +
           size_text(place.bytes) + " in pages of " + size_text(place.page_bytes) + " on " +
           nodes_text(place.pages_by_node) + "\n";
  }
  out += "lcores\n";
  for (const NumaLcore& lcore : lcores)
    out += "  lcore " + std::to_string(lcore.lcore) + " (" + lcore.role + ") on " +
           node_text(lcore.node) + "\n";
  if (lcores.empty()) return out;
  const auto gc = std::ranges::find(lcores, "gc", &NumaLcore::role);
  const NumaLcore& home = gc != lcores.end() ? *gc : lcores.front();
  for (const NumaPlace& place : places) {
    for (const auto& [node, pages] : place.pages_by_node)
      if (node >= 0 && node != home.node)
        out += "warning: lcore " + std::to_string(home.lcore) + " (" + home.role + ") is on " +
               node_text(home.node) + ", " + place.name + " on " + node_text(node) + "\n";
  }
  return out;
}

std::string numa_text(const Dataplane& dataplane) {
  std::vector<NumaPlace> places;
  for (const dstgc::MemoryPlace& place : dataplane.places())
    places.push_back(
        {place.name, place.memory->size(), place.memory->page_bytes(), place.memory->nodes()});
  std::vector<NumaLcore> lcores;
  const auto add = [&lcores](unsigned lcore, const char* role) {
    lcores.push_back({lcore, role, static_cast<int>(rte_lcore_to_socket_id(lcore))});
  };
  const Layout& layout = dataplane.layout();
  for (const auto& lcore : layout.ports.lcores) add(lcore.lcore, "forward");
  if (layout.lcores.gc) add(*layout.lcores.gc, "gc");
  return numa_text(places, lcores);
}

}  // namespace dstfwd
