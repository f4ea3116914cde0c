// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <optional>

#include "app/gen/flow_plan.h"
#include "app/gen/payload.h"
#include "app/gen/size_mix.h"
#include "fwd/headers.h"

namespace dstfwd::gen {

inline constexpr uint16_t kFcsBytes = 4;  // counted in sizes (RFC 2544), never in an mbuf

struct FrameConfig {
  MacAddress source_mac, destination_mac;
  std::optional<uint16_t> vlan;   // 802.1Q id
  uint16_t destination_port = 9;  // discard
  uint8_t ttl = 64;
  uint32_t trial = 0;
};

// Makes the k-th test frame: Ethernet, IP, UDP, Payload, zeros. Frames too small for their headers
// and the payload (IPv6: 84 bytes with FCS) are made as large as needed. UDP has a checksum in IPv6
// only, where it must. One lcore.
class FrameBuilder {
 public:
  FrameBuilder(const FrameConfig& config, const FlowPlan& plan, const SizeMix& sizes) noexcept;

  // m: as it comes from its pool. Precondition: tailroom for the largest size and 4 bytes of VLAN.
  void build(rte_mbuf* m, uint64_t k, uint64_t tsc) const noexcept;

  static constexpr uint16_t min_size(bool ipv6, bool vlan) noexcept {
    return static_cast<uint16_t>(sizeof(EthHeader) + (vlan ? sizeof(VlanHeader) : 0) +
                                 (ipv6 ? sizeof(Ipv6Header) : sizeof(Ipv4Header)) + kUdpBytes +
                                 sizeof(Payload) + kFcsBytes);
  }
  static constexpr uint16_t kUdpBytes = 8;

 private:
  uint8_t* put_link(rte_mbuf* m, uint16_t ether_type) const noexcept;
  void put_ipv4(uint8_t* at, uint64_t k, uint16_t ip_bytes, const Payload& payload) const noexcept;
  void put_ipv6(uint8_t* at, uint64_t k, uint16_t ip_bytes, const Payload& payload) const noexcept;

  FrameConfig config_;
  FlowPlan plan_;
  SizeMix sizes_;
  uint16_t link_bytes_;
};

// The payload of a received test frame of this trial, or none: somebody else's packet.
std::optional<Payload> read_payload(const rte_mbuf* m, uint32_t trial) noexcept;

}  // namespace dstfwd::gen
