// SPDX-License-Identifier: BSD-3-Clause
// The link layer of a received frame: is it for us, and where does what protocol begin?
#pragma once

#include <rte_mbuf.h>

#include "fwd/headers.h"
#include "fwd/verdict.h"
#include "fwd/vlan_set.h"

namespace dstfwd {

// Of the port that received the frame.
struct LinkContext {
  MacAddress own_mac;
  bool promiscuous = false;        // take unicast for any station
  bool checksum_offload = false;   // the port checks IPv4 header checksums (decided at set-up)
  const VlanSet* vlans = nullptr;  // with a sub-interface on the port; null: none
};

struct Frame {
  uint16_t ether_type = 0;  // of what is behind the VLAN tag
  uint16_t l3_offset = 0;
  bool group = false;  // sent to a group MAC
};

// kForward: IPv4 or IPv6, to be checked further; kConsumeArp; or a drop. Where the frame is long
// enough, its first l3_offset bytes are contiguous afterwards.
//
// 802.1Q: the priority tag (VLAN 0) is taken off, a VLAN without a sub-interface is unknown, also
// when the NIC has stripped the tag. A sub-interface has its port's MAC. Service tags (802.1ad),
// 802.3 length fields (LLC, so IPv4 over SNAP, too) and all other EtherTypes are not routed. Any
// thread that owns the mbuf.
Verdict parse_frame(rte_mbuf* m, const LinkContext& link, Frame& out) noexcept;

}  // namespace dstfwd
