// SPDX-License-Identifier: BSD-3-Clause
#include "app/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include <algorithm>
#include <string_view>

namespace dstfwd {
namespace {

constexpr size_t kMegabyte = 1U << 20;

Status check_vdevs(std::span<char*> arguments) {
  for (const VdevArgument& vdev : ethernet_vdevs(arguments)) {
    uint16_t port = 0;
    if (rte_eth_dev_get_port_by_name(vdev.name.c_str(), &port) != 0)
      return Error{"--vdev " + vdev.value + ": the device could not be made (see above)"};
  }
  return Ok{};
}

bool memory_is_fixed() {
  // In dynamic mode EAL's heaps start empty and take hugepages as they go.
  return rte_eal_has_hugepages() == 0;
}

}  // namespace

Result<Eal> Eal::start(std::span<char*> arguments) {
  std::vector<char*> argv(arguments.begin(), arguments.end());  // EAL permutes it
  argv.push_back(nullptr);
  if (rte_eal_init(static_cast<int>(argv.size() - 1), argv.data()) < 0) {
    // EAL sets EINVAL for its arguments; other numbers speak for themselves.
    if (rte_errno == EINVAL)
      return Error{"EAL did not accept its arguments (see above); dstfwd's own come after --"};
    return Error{std::string("EAL did not start (see above): ") + rte_strerror(rte_errno)};
  }
  Eal eal;
  Status vdevs = check_vdevs(arguments);
  if (!vdevs) return vdevs.error();
  return eal;
}

Eal::~Eal() {
  if (owns_) rte_eal_cleanup();
}

std::vector<VdevArgument> ethernet_vdevs(std::span<char*> arguments) {
  std::vector<VdevArgument> found;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    std::string value;
    if (word == "--vdev" && i + 1 < arguments.size())
      value = arguments[i + 1];
    else if (word.starts_with("--vdev="))
      value = word.substr(word.find('=') + 1);
    const std::string name = value.substr(0, value.find(','));
    if (name.starts_with("net_") || name.starts_with("eth_")) found.push_back({name, value});
  }
  return found;
}

EalMemory eal_memory() {
  EalMemory memory{0, 0, !memory_is_fixed()};
  for (unsigned i = 0; i < rte_socket_count(); ++i) {
    rte_malloc_socket_stats stats{};
    if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &stats) != 0) continue;
    memory.total_bytes += stats.heap_totalsz_bytes;
    memory.free_bytes += stats.heap_freesz_bytes;
  }
  return memory;
}

std::string memory_advice(const EalMemory& memory, size_t needed_bytes) {
  const size_t used = memory.total_bytes - std::min(memory.total_bytes, memory.free_bytes);
  const size_t wanted = (used + needed_bytes + kMegabyte - 1) / kMegabyte;
  const std::string amount = std::to_string(wanted) + " MB";
  if (memory.can_grow)
    return "EAL found too little hugepage memory: " + amount +
           " needed (dpdk-hugepages.py --setup, or --no-huge -m " + std::to_string(wanted) + ")";
  return "EAL has " + std::to_string(memory.total_bytes / kMegabyte) + " MB of memory, and " +
         amount + " are needed: give EAL -m " + std::to_string(wanted);
}

}  // namespace dstfwd
