// SPDX-License-Identifier: BSD-3-Clause
// `show numa`: where memory and lcores are. Any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "app/dataplane.h"

namespace dstfwd {

struct NumaPlace {
  std::string name;
  size_t bytes;
  size_t page_bytes;
  std::map<int, size_t> pages_by_node;  // of a sample; node -1: the kernel does not say
};
struct NumaLcore {
  unsigned lcore;
  std::string role;
  int node;
};

// What a node's lcores share, and those lcores.
struct NumaShard {
  int node;
  std::vector<NumaPlace> places;
  std::vector<NumaLcore> lcores;
};

// One line a place and an lcore, and a warning where places lie on another node than the shard's
// collector or forwarding lcores.
std::string numa_text(std::span<const NumaShard> shards);
std::string numa_text(const Dataplane& dataplane);

}  // namespace dstfwd
