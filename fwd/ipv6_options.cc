// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv6_options.h"

#include <algorithm>

#include "fwd/address_scope.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

using Outcome = Ipv6OptionsCheck::Outcome;

constexpr uint8_t kPad1 = 0;
constexpr uint8_t kPadN = 1;
constexpr uint8_t kRouterAlert = 5;      // RFC 2711
constexpr uint8_t kJumboPayload = 0xc2;  // RFC 2675
constexpr size_t kMaxPadding = 7;
constexpr unsigned kMaxOptions = 8;

Ipv6OptionsCheck report(IcmpCause cause, size_t pointer) noexcept {
  return {Outcome::kReport, {cause, static_cast<uint32_t>(pointer)}};
}
constexpr Ipv6OptionsCheck kDrop{Outcome::kDrop};

// RFC 8200 4.2: what the two high bits of an unknown option's type ask for.
Ipv6OptionsCheck unknown_option(uint8_t type, size_t at, bool to_group) noexcept {
  switch (type >> 6U) {
    case 0:
      return {};
    case 2:
      return report(IcmpCause::kBadOption, at);
    case 3:
      return to_group ? kDrop : report(IcmpCause::kBadOption, at);
    default:
      return kDrop;
  }
}

// RFC 2675 3: a jumbo payload is for packets above 65535 bytes, which no port of ours takes; so
// whoever sends the option in one that we can hold is wrong.
Ipv6OptionsCheck jumbo_option(const Ipv6Header& ip, Bytes body, size_t at) noexcept {
  Be32 length;
  if (body.size() != 4 || !read_at(body, 0, length)) return kDrop;
  if (length.host() <= 0xffff) return report(IcmpCause::kBadHeader, at + 2);
  if (ip.payload_length.raw != 0) return report(IcmpCause::kBadHeader, at);
  return kDrop;
}

}  // namespace

Ipv6OptionsCheck check_ipv6_options(Bytes packet, size_t offset) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip) || offset + 8 > packet.size()) return kDrop;
  const size_t end = offset + (size_t{packet[offset + 1]} + 1) * 8;
  if (end > packet.size()) return kDrop;
  const bool hop_by_hop = offset == sizeof(ip) && ip.next_header == kProtoHopByHop;
  size_t padding = 0;
  unsigned options = 0;
  for (size_t at = offset + 2; at < end;) {
    if (packet[at] == kPad1) {
      if (++padding > kMaxPadding) return kDrop;
      ++at;
      continue;
    }
    if (at + 2 > end || at + 2 + packet[at + 1] > end) return kDrop;
    const Bytes body = packet.subspan(at + 2, packet[at + 1]);
    const size_t length = body.size() + 2;
    if (packet[at] == kPadN) {
      padding += length;
      if (padding > kMaxPadding) return kDrop;
      if (std::any_of(body.begin(), body.end(), [](uint8_t b) { return b != 0; })) return kDrop;
    } else {
      padding = 0;
      if (++options > kMaxOptions) return kDrop;
      Ipv6OptionsCheck check;
      if (hop_by_hop && packet[at] == kRouterAlert) {
        if (body.size() != 2) check = kDrop;
      } else if (hop_by_hop && packet[at] == kJumboPayload) {
        check = jumbo_option(ip, body, at);
      } else {
        check = unknown_option(packet[at], at, is_multicast(ip.dst));
      }
      if (check.outcome != Outcome::kFine) return check;
    }
    at += length;
  }
  return {};
}

}  // namespace dstfwd
