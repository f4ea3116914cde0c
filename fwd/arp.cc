// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/arp.h"

#include "fwd/address_scope.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

struct ArpHeader {  // RFC 826, hardware Ethernet, protocol IPv4
  Be16 hardware;
  Be16 protocol;
  uint8_t hardware_bytes;
  uint8_t protocol_bytes;
  Be16 operation;
  MacAddress sender_mac;
  Ipv4Address sender;
  MacAddress target_mac;
  Ipv4Address target;
};
static_assert(sizeof(ArpHeader) == kArpBytes);
constexpr uint16_t kHardwareEthernet = 1;

}  // namespace

bool ArpMessage::is_probe() const noexcept {
  return operation == kArpRequest && is_unspecified(sender);
}

std::optional<ArpMessage> parse_arp(Bytes payload) noexcept {
  ArpHeader arp;
  if (!read_at(payload, 0, arp)) return {};
  if (arp.hardware.host() != kHardwareEthernet || arp.protocol.host() != kEtherTypeIpv4) return {};
  if (arp.hardware_bytes != 6 || arp.protocol_bytes != 4) return {};
  const uint16_t operation = arp.operation.host();
  if (operation != kArpRequest && operation != kArpReply) return {};
  if (arp.sender_mac.is_group() || arp.sender_mac == MacAddress{}) return {};
  // A reply must say who; a request without a sender is a probe.
  const bool anonymous = is_unspecified(arp.sender);
  if (anonymous ? operation == kArpReply : !is_unicast(arp.sender)) return {};
  if (!is_unicast(arp.target) && !(operation == kArpReply && is_unspecified(arp.target))) return {};
  return ArpMessage{operation, arp.sender_mac, arp.sender, arp.target_mac, arp.target};
}

size_t build_arp(std::span<uint8_t> out, const ArpMessage& message) noexcept {
  WireWriter writer(out);
  writer.put(ArpHeader{Be16::from_host(kHardwareEthernet), Be16::from_host(kEtherTypeIpv4), 6, 4,
                       Be16::from_host(message.operation), message.sender_mac, message.sender,
                       message.target_mac, message.target});
  return writer.size();
}

ArpMessage arp_request(const MacAddress& own_mac, Ipv4Address own, Ipv4Address target) noexcept {
  return {kArpRequest, own_mac, own, MacAddress{}, target};
}

ArpMessage arp_reply(const MacAddress& own_mac, const ArpMessage& request) noexcept {
  return {kArpReply, own_mac, request.target, request.sender_mac, request.sender};
}

ArpMessage arp_probe(const MacAddress& own_mac, Ipv4Address candidate) noexcept {
  return {kArpRequest, own_mac, Ipv4Address{}, MacAddress{}, candidate};
}

ArpMessage arp_announcement(const MacAddress& own_mac, Ipv4Address own) noexcept {
  return {kArpRequest, own_mac, own, MacAddress{}, own};
}

}  // namespace dstfwd
