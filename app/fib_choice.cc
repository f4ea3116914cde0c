// SPDX-License-Identifier: BSD-3-Clause
#include "app/fib_choice.h"

namespace dstfwd {
namespace {

template <typename Family>
void choose(std::string_view family, size_t& free_bytes, FibConfig& config,
            std::vector<std::string>& warnings) {
  config.kind = FibKind::kTable;
  const size_t table_bytes = Fib<Family>::memory_bytes(config);
  if (table_bytes + kSpareMemory <= free_bytes) {
    free_bytes -= table_bytes;
    return;
  }
  config.kind = FibKind::kTree;
  warnings.push_back(std::string(family) + " routes are looked up in a tree, which is slow: a " +
                     "table takes " + std::to_string(table_bytes >> 20U) +
                     " MB more of EAL's memory (-m)");
}

}  // namespace

void choose_fibs(const EalMemory& memory, RouterConfig& config,
                 std::vector<std::string>& warnings) {
  size_t free_bytes = memory.can_grow ? SIZE_MAX : memory.free_bytes;
  choose<Ipv4>("IPv4", free_bytes, config.fib4, warnings);
  choose<Ipv6>("IPv6", free_bytes, config.fib6, warnings);
}

}  // namespace dstfwd
