// SPDX-License-Identifier: BSD-3-Clause
// Wire formats, with big-endian fields as types of their own: every field is of alignment 1, so
// that no structure has padding and any may lie anywhere. DPDK's structures are not used here:
// their IPv6 members were renamed in 24.11 and their fields are bare integers.
#pragma once

#include "fwd/types.h"

namespace dstfwd {

inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeArp = 0x0806;
inline constexpr uint16_t kEtherTypeVlan = 0x8100;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86dd;

struct EthHeader {  // IEEE 802.3
  MacAddress dst;
  MacAddress src;
  Be16 ether_type;
};
static_assert(sizeof(EthHeader) == 14);

struct VlanHeader {  // IEEE 802.1Q
  Be16 tci;
  Be16 ether_type;
};
static_assert(sizeof(VlanHeader) == 4);

struct Ipv4Header {  // RFC 791
  uint8_t version_ihl;
  uint8_t tos;
  Be16 total_length;
  Be16 id;
  Be16 fragment;  // flags and offset
  uint8_t ttl;
  uint8_t protocol;
  Be16 checksum;
  Ipv4Address src;
  Ipv4Address dst;
};
static_assert(sizeof(Ipv4Header) == 20);
inline constexpr uint16_t kIpv4DontFragment = 0x4000;
inline constexpr uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr uint16_t kIpv4OffsetMask = 0x1fff;

struct Ipv6Header {  // RFC 8200
  Be32 version_class_label;
  Be16 payload_length;
  uint8_t next_header;
  uint8_t hop_limit;
  Ipv6Address src;
  Ipv6Address dst;
};
static_assert(sizeof(Ipv6Header) == 40);

// The first four bytes that TCP, UDP, UDP-Lite, SCTP and DCCP have in common.
struct PortsHeader {
  Be16 src;
  Be16 dst;
};
static_assert(sizeof(PortsHeader) == 4);

// IANA protocol numbers that the datapath tells apart.
inline constexpr uint8_t kProtoHopByHop = 0;
inline constexpr uint8_t kProtoIcmp = 1;
inline constexpr uint8_t kProtoIpip = 4;
inline constexpr uint8_t kProtoTcp = 6;
inline constexpr uint8_t kProtoUdp = 17;
inline constexpr uint8_t kProtoDccp = 33;
inline constexpr uint8_t kProtoIpv6 = 41;
inline constexpr uint8_t kProtoRouting = 43;
inline constexpr uint8_t kProtoFragment = 44;
inline constexpr uint8_t kProtoAuthentication = 51;
inline constexpr uint8_t kProtoIcmpv6 = 58;
inline constexpr uint8_t kProtoNoNextHeader = 59;
inline constexpr uint8_t kProtoDestinationOptions = 60;
inline constexpr uint8_t kProtoSctp = 132;
inline constexpr uint8_t kProtoUdpLite = 136;

}  // namespace dstfwd
