// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace dstfwd {

// Which VLANs of a port have a sub-interface (IEEE 802.1Q identifiers 1 to 4094). The control
// thread writes; any lcore reads at any time. Relaxed: a frame of a VLAN that comes or goes just
// now may be seen either way.
class VlanSet {
 public:
  bool has(uint16_t id) const noexcept {
    return (words_[id / 64U].load(std::memory_order_relaxed) >> (id % 64U) & 1U) != 0;
  }
  // Precondition: id < 4096.
  void add(uint16_t id) noexcept {
    words_[id / 64U].fetch_or(uint64_t{1} << (id % 64U), std::memory_order_relaxed);
  }
  void remove(uint16_t id) noexcept {
    words_[id / 64U].fetch_and(~(uint64_t{1} << (id % 64U)), std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, 64> words_{};
};

}  // namespace dstfwd
