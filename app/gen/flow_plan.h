// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "fwd/types.h"

namespace dstfwd::gen {

struct Ipv4Range {
  Ipv4Address first;
  uint64_t count;  // addresses, 1 to 2^32
};
struct Ipv6Range {
  Ipv6Address first;
  uint64_t count;  // addresses, 1 to 2^32: the lowest 32 bits vary
};

struct FlowPlanConfig {
  uint32_t flows = 1;  // at once
  // Of all packets, the fraction that is the first of a new flow, which takes the place of the
  // oldest: new flows a second / packets a second. 0: the same flows all the time.
  double new_per_packet = 0;
  unsigned ipv6_percent = 0;  // of the flows
  Ipv4Range source4, destination4;
  Ipv6Range source6, destination6;
};

// The flow of the k-th packet, as a function of k alone, so that the receiver knows it too. There
// are `flows` slots, served in turn; the j-th new flow takes slot j mod flows. Flows differ in
// destination, then source, then source port.
class FlowPlan {
 public:
  explicit FlowPlan(const FlowPlanConfig& config) noexcept;

  uint32_t slots() const noexcept { return config_.flows; }
  uint32_t slot(uint64_t k) const noexcept { return static_cast<uint32_t>(k % config_.flows); }
  // How many flows had the packet's slot before its own.
  uint64_t incarnation(uint64_t k) const noexcept {
    return (new_flows_before(k + 1) + config_.flows - 1 - slot(k)) / config_.flows;
  }
  bool is_ipv6(uint32_t slot) const noexcept {
    const uint64_t percent = config_.ipv6_percent;
    return slot * percent / 100 != (slot + uint64_t{1}) * percent / 100;
  }

  template <typename Address>
  struct Flow {
    Address source;
    Address destination;
    uint16_t source_port;
  };
  Flow<Ipv4Address> ipv4(uint64_t k) const noexcept;
  Flow<Ipv6Address> ipv6(uint64_t k) const noexcept;

 private:
  uint64_t new_flows_before(uint64_t k) const noexcept {
    return static_cast<uint64_t>((static_cast<u128>(k) * new_per_packet_) >> 32U);
  }
  uint64_t id(uint64_t k) const noexcept { return slot(k) + incarnation(k) * config_.flows; }

  __extension__ using u128 = unsigned __int128;
  FlowPlanConfig config_;
  uint64_t new_per_packet_;  // 32.32 fixed point
};

}  // namespace dstfwd::gen
