// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dstfwd {

// How a received packet ends. Every packet gets one verdict and adds one to that verdict's counter
// (invariant 2 of docs/architecture.md: rx == tx + drops + consumed + held). The order groups them:
// kForward, then consumed, then held, then the drops.
enum class Verdict : uint8_t {
  kForward,  // given to the transmit stage; ends as tx or as kDropTxFull / kDropPortDown
  // Consumed: taken by the router itself.
  kConsumeLocal,  // addressed to one of the router's own addresses
  kConsumeArp,    // ARP for the slow path
  kConsumeNd,     // IPv6 neighbour discovery (RFC 4861) and other link-scope ICMPv6
  // Held: waits for its next hop's link-layer address; leaves this state as tx or as a drop.
  kHold,
  // Drops. Layer 2.
  kDropFrameTooShort,  // shorter than its Ethernet, VLAN or IP header
  kDropForeignMac,     // unicast to another station's MAC, without --promiscuous
  kDropLinkBroadcast,  // unicast IP in a group-addressed frame (RFC 1812 5.3.4)
  kDropUnknownVlan,    // a VLAN that no sub-interface has
  kDropNotRouted,      // a protocol that is not routed (EtherType, LLC, QinQ)
  // Drops. IP header (RFC 1812 5.2.2, RFC 8200 3).
  kDropIpVersion,
  kDropIpHeaderLength,  // IHL below 5 words or beyond the frame
  kDropIpLength,        // total or payload length beyond the frame
  kDropIpChecksum,
  kDropIpOptions,      // source routing
  kDropTtlExpired,     // TTL or hop limit 0 or 1
  kDropMartianSource,  // RFC 1812 5.3.7, RFC 4291 2.5
  kDropMartianDestination,
  kDropMulticast,  // multicast and limited broadcast are not routed
  kDropLinkLocal,  // link-local source or destination (RFC 3927, RFC 4291 2.5.6)
  // Drops. Routing.
  kDropNoRoute,
  kDropBlackhole,
  kDropUnreachable,  // a route that says so (ip(8): `unreachable`)
  kDropNoNeighbour,  // the next hop has no link-layer address
  kDropMtu,          // larger than the way out takes, and must not be fragmented
  kDropTunnel,       // encapsulation or decapsulation failed
  kDropHoldFull,     // held packets' limit reached: this one was the oldest
  kDropPortDown,     // the way out is down
  // Drops. Resources.
  kDropNoMemory,  // no mbuf for fragments or headers
  kDropTxFull,    // the transmit queue did not take it
  kCount
};
inline constexpr size_t kVerdictCount = static_cast<size_t>(Verdict::kCount);
inline constexpr Verdict kFirstDrop = Verdict::kDropFrameTooShort;

constexpr bool is_drop(Verdict v) noexcept {
  return v >= kFirstDrop;
}
constexpr bool is_consumed(Verdict v) noexcept {
  return v >= Verdict::kConsumeLocal && v <= Verdict::kConsumeNd;
}

// Names as statistics print them (JSON keys).
inline constexpr std::array<std::string_view, kVerdictCount> kVerdictNames = {
    "forward",     "local",          "arp",
    "nd",          "held",           "frame_too_short",
    "foreign_mac", "link_broadcast", "unknown_vlan",
    "not_routed",  "ip_version",     "ip_header_length",
    "ip_length",   "ip_checksum",    "ip_options",
    "ttl_expired", "martian_source", "martian_destination",
    "multicast",   "link_local",     "no_route",
    "blackhole",   "unreachable",    "no_neighbour",
    "mtu",         "tunnel",         "hold_full",
    "port_down",   "no_memory",      "tx_full"};

constexpr std::string_view name(Verdict v) noexcept {
  return kVerdictNames[static_cast<size_t>(v)];
}

}  // namespace dstfwd
