// SPDX-License-Identifier: BSD-3-Clause
// The two address families as traits: whatever is alike for IPv4 and IPv6 is a template over them.
#pragma once

#include <string_view>

#include "fwd/flow_key.h"

namespace dstfwd {

template <typename Family>
struct DstEntry;  // fwd/dst_entry.h

struct Ipv4 {
  using Header = Ipv4Header;
  using Address = Ipv4Address;
  using Key = FlowKey4;
  using Entry = DstEntry<Ipv4>;
  static constexpr uint16_t kEtherType = kEtherTypeIpv4;
  static constexpr unsigned kVersion = 4;
  static constexpr unsigned kAddressBits = 32;
  static constexpr dstgc::PoolId kPool{0};  // of the arena's indices
  static constexpr std::string_view kName = "ipv4";
};

struct Ipv6 {
  using Header = Ipv6Header;
  using Address = Ipv6Address;
  using Key = FlowKey6;
  using Entry = DstEntry<Ipv6>;
  static constexpr uint16_t kEtherType = kEtherTypeIpv6;
  static constexpr unsigned kVersion = 6;
  static constexpr unsigned kAddressBits = 128;
  static constexpr dstgc::PoolId kPool{1};
  static constexpr std::string_view kName = "ipv6";
};

}  // namespace dstfwd
