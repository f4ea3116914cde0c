// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/arp_agent.h"

#include "fwd/headers.h"

namespace dstfwd {

void ArpAgent::answer(const LinkRef& link, const ArpMessage& request) {
  const auto info = routing_.link(link);
  if (!info) return;
  std::array<uint8_t, kArpBytes> bytes;
  const size_t size = build_arp(bytes, arp_reply(info->mac, request));
  io_.send(link, info->mac, request.sender_mac, kEtherTypeArp, std::span(bytes).first(size),
           info->mtu);
  ++stats_.replies_sent;
}

void ArpAgent::receive(const LinkRef& link, Bytes payload, bool to_group, uint64_t now_ms) {
  const auto message = parse_arp(payload);
  const auto info = routing_.link(link);
  if (!message || !info) {
    ++stats_.invalid;
    return;
  }
  if (message->sender_mac == info->mac) return;  // our own, come back by a loop
  const auto is_own = [&](const Ipv4Address& a) {
    return static_cast<const FamilyRouting<Ipv4>&>(routing_).ownership(link, a) != Ownership::kNone;
  };
  if (is_own(message->sender)) {  // RFC 5227 2.4
    guard_.conflict(link, message->sender, now_ms);
    return;
  }
  const bool request = message->operation == kArpRequest;
  const bool for_us = is_own(message->target);
  if (message->is_probe()) {
    // RFC 5227 2.1.1: a probe for what we are still probing ourselves is a conflict, too.
    if (for_us && !guard_.conflict(link, message->target, now_ms)) {
      ++stats_.requests;
      answer(link, *message);
    }
    return;
  }
  if (request && for_us) {
    ++stats_.requests;
    resolver_.heard(link, message->sender, message->sender_mac, now_ms);
    answer(link, *message);
    return;
  }
  stats_.replies += request ? 0 : 1;
  const bool confirmed = !request && !to_group && for_us;
  resolver_.advertised(link, message->sender, {message->sender_mac, confirmed, true}, now_ms);
}

}  // namespace dstfwd
