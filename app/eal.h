// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fwd/types.h"

namespace dstfwd {

// EAL, from rte_eal_init to rte_eal_cleanup. One a process; everything of DPDK's must be gone
// before it. Main thread only.
class Eal {
 public:
  // arguments: argv[0] and those before "--". EAL prints what it does not like (to stderr), and
  // also when a device could not be made, which it does not take for an error: here it is one.
  static Result<Eal> start(std::span<char*> arguments);

  Eal(Eal&& other) noexcept : owns_(std::exchange(other.owns_, false)) {}
  Eal& operator=(Eal&&) = delete;
  ~Eal();

 private:
  Eal() = default;
  bool owns_ = true;
};

// Names of the Ethernet devices that --vdev asks for ("net_pcap0,rx_pcap=a" -> "net_pcap0"), with
// the whole value, as EAL reads its arguments: "--vdev X" or "--vdev=X".
struct VdevArgument {
  std::string name;
  std::string value;
};
std::vector<VdevArgument> ethernet_vdevs(std::span<char*> arguments);

// Memory that EAL has (bytes in its malloc heaps, now), and whether it can grow: false for
// --no-huge and --legacy-mem.
struct EalMemory {
  size_t total_bytes;
  size_t free_bytes;
  bool can_grow;
};
EalMemory eal_memory();

// One line: how much -m has to give when `needed_bytes` more did not fit.
std::string memory_advice(const EalMemory& memory, size_t needed_bytes);

}  // namespace dstfwd
