// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/frame.h"

#include "fwd/mbuf_chain.h"

namespace dstfwd {
namespace {

constexpr uint16_t kVlanIdMask = 0x0fff;

// Of the port itself (0: no tag, or a priority tag), or of a sub-interface.
bool is_known(uint16_t tci, const LinkContext& link) noexcept {
  const uint16_t id = tci & kVlanIdMask;
  return id == 0 || (link.vlans != nullptr && link.vlans->has(id));
}

Verdict parse_tag(rte_mbuf* m, const LinkContext& link, Frame& out) noexcept {
  constexpr uint32_t kTagged = sizeof(EthHeader) + sizeof(VlanHeader);
  if (m->pkt_len < kTagged) return Verdict::kDropFrameTooShort;
  if (!pull(m, kTagged)) return Verdict::kDropNoMemory;
  const auto* tag = rte_pktmbuf_mtod_offset(m, const VlanHeader*, sizeof(EthHeader));
  if (!is_known(tag->tci.host(), link)) return Verdict::kDropUnknownVlan;
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
  if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 && !is_known(m->vlan_tci, link)) {
    return Verdict::kDropUnknownVlan;
  }
  if (out.ether_type == kEtherTypeVlan) {
    const Verdict tagged = parse_tag(m, link, out);
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
