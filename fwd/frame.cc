// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/frame.h"

#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

constexpr uint16_t kVlanIdMask = 0x0fff;

Verdict parse_tag(rte_mbuf* m, Frame& out) noexcept {
  constexpr uint32_t kTagged = sizeof(EthHeader) + sizeof(VlanHeader);
  if (m->pkt_len < kTagged) return Verdict::kDropFrameTooShort;
  if (!pull(m, kTagged)) return Verdict::kDropNoMemory;
  const auto* tag = rte_pktmbuf_mtod_offset(m, const VlanHeader*, sizeof(EthHeader));
  if ((tag->tci.host() & kVlanIdMask) != 0) return Verdict::kDropUnknownVlan;
  out.ether_type = tag->ether_type.host();
  out.l3_offset = kTagged;
  return Verdict::kForward;
}

}  // namespace

Verdict parse_frame(rte_mbuf* m, const LinkContext& link, Frame& out) noexcept {
  if (m->pkt_len < sizeof(EthHeader)) return Verdict::kDropFrameTooShort;
  if (!pull(m, sizeof(EthHeader))) return Verdict::kDropNoMemory;
  const auto* eth = rte_pktmbuf_mtod(m, const EthHeader*);
  out = {eth->ether_type.host(), sizeof(EthHeader), eth->dst.is_group()};
  if (!out.group && eth->dst != link.own_mac && !link.promiscuous) return Verdict::kDropForeignMac;
  if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 && (m->vlan_tci & kVlanIdMask) != 0) {
    return Verdict::kDropUnknownVlan;
  }
  if (out.ether_type == kEtherTypeVlan) {
    const Verdict tagged = parse_tag(m, out);
    if (tagged != Verdict::kForward) return tagged;
  }
  switch (out.ether_type) {
    case kEtherTypeIpv4:
    case kEtherTypeIpv6:
      return Verdict::kForward;
    case kEtherTypeArp:
      return Verdict::kConsumeArp;
    default:
      return Verdict::kDropNotRouted;
  }
}

}  // namespace dstfwd
