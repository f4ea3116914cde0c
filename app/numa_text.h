// SPDX-License-Identifier: BSD-3-Clause
// `show numa`: where memory and lcores are. Any thread.
#pragma once

#include <map>
#include <span>
#include <string>

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

// One line a place and an lcore, and one for each of them that lies on another node than the
// collector's lcore (or, without one, the first).
std::string numa_text(std::span<const NumaPlace> places, std::span<const NumaLcore> lcores);
std::string numa_text(const Dataplane& dataplane);

}  // namespace dstfwd
