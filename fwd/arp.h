// SPDX-License-Identifier: BSD-3-Clause
// Address Resolution Protocol for IPv4 over Ethernet (RFC 826), with the probes and announcements
// of RFC 5227. Pure: bytes in, bytes out.
#pragma once

#include <optional>

#include "fwd/wire.h"

namespace dstfwd {

inline constexpr uint16_t kArpRequest = 1;
inline constexpr uint16_t kArpReply = 2;
inline constexpr size_t kArpBytes = 28;

struct ArpMessage {
  uint16_t operation = kArpRequest;
  MacAddress sender_mac;
  Ipv4Address sender;
  MacAddress target_mac;
  Ipv4Address target;

  // RFC 5227 1.1: asks whether anyone has `target`, and claims nothing.
  bool is_probe() const noexcept;
  // RFC 5227 1.1 and 3: the sender tells its own mapping ("gratuitous"), as request or reply.
  bool is_announcement() const noexcept { return sender == target; }
  friend bool operator==(const ArpMessage&, const ArpMessage&) noexcept = default;
};

// What follows the Ethernet header; a frame's padding behind it is allowed. Nothing: not a request
// or reply of Ethernet and IPv4, cut short, or a sender that cannot be a station's address.
std::optional<ArpMessage> parse_arp(Bytes payload) noexcept;

// Writes the message (kArpBytes). Returns its size, 0 when `out` is too small.
size_t build_arp(std::span<uint8_t> out, const ArpMessage& message) noexcept;

// Who has `target`? Tell `sender`.
ArpMessage arp_request(const MacAddress& own_mac, Ipv4Address own, Ipv4Address target) noexcept;
// The answer to `request`, whose target is ours (also to a probe).
ArpMessage arp_reply(const MacAddress& own_mac, const ArpMessage& request) noexcept;
// RFC 5227 2.1.1: a request with an all-zero sender.
ArpMessage arp_probe(const MacAddress& own_mac, Ipv4Address candidate) noexcept;
// RFC 5227 2.3: a request with our address as sender and target.
ArpMessage arp_announcement(const MacAddress& own_mac, Ipv4Address own) noexcept;

}  // namespace dstfwd
