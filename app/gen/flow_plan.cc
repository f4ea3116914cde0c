// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/flow_plan.h"

#include <algorithm>
#include <cmath>

namespace dstfwd::gen {
namespace {

constexpr uint16_t kFirstPort = 1024;
constexpr uint64_t kPorts = 65536 - kFirstPort;

// A flow's number, taken apart.
struct Place {
  uint64_t destination, source;
  uint16_t port;
};
Place place(uint64_t id, uint64_t destinations, uint64_t sources) noexcept {
  const uint64_t rest = id / destinations;
  return {id % destinations, rest % sources,
          static_cast<uint16_t>(kFirstPort + rest / sources % kPorts)};
}

Ipv4Address at(const Ipv4Range& range, uint64_t offset) noexcept {
  return {Be32::from_host(range.first.value.host() + static_cast<uint32_t>(offset))};
}

Ipv6Address at(const Ipv6Range& range, uint64_t offset) noexcept {
  Ipv6Address address = range.first;
  uint32_t low = 0;
  for (size_t i = 12; i < 16; ++i) low = low << 8U | address.bytes[i];
  low += static_cast<uint32_t>(offset);
  for (size_t i = 16; i-- > 12; low >>= 8U) address.bytes[i] = static_cast<uint8_t>(low);
  return address;
}

}  // namespace

FlowPlan::FlowPlan(const FlowPlanConfig& config) noexcept
    : config_(config),
      new_per_packet_(static_cast<uint64_t>(
          std::llround(std::clamp(config.new_per_packet, 0.0, 1.0) * 4294967296.0))) {}

FlowPlan::Flow<Ipv4Address> FlowPlan::ipv4(uint64_t k) const noexcept {
  const Place p = place(id(k), config_.destination4.count, config_.source4.count);
  return {at(config_.source4, p.source), at(config_.destination4, p.destination), p.port};
}

FlowPlan::Flow<Ipv6Address> FlowPlan::ipv6(uint64_t k) const noexcept {
  const Place p = place(id(k), config_.destination6.count, config_.source6.count);
  return {at(config_.source6, p.source), at(config_.destination6, p.destination), p.port};
}

}  // namespace dstfwd::gen
