// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/icmp6.h"

#include <algorithm>

#include "fwd/address_scope.h"
#include "fwd/checksum.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

constexpr uint8_t kUnreachable = 1;
constexpr uint8_t kPacketTooBig = 2;
constexpr uint8_t kTimeExceeded = 3;
constexpr uint8_t kParameterProblem = 4;
constexpr uint8_t kFirstInformational = 128;
constexpr uint8_t kEchoRequest = 128;
constexpr uint8_t kEchoReply = 129;
constexpr uint8_t kRedirect = 137;
constexpr uint32_t kMinMtu = 1280;

constexpr uint32_t kVersion6 = 6U << 28U;
constexpr uint32_t kTrafficClassMask = 0x0ff00000U;

struct Message {
  uint8_t type;
  uint8_t code;
  uint32_t rest;
};

Message message_of(const IcmpReport& report) noexcept {
  switch (report.cause) {
    case IcmpCause::kTtlExpired:
      return {kTimeExceeded, 0, 0};
    case IcmpCause::kReassemblyTimeout:
      return {kTimeExceeded, 1, 0};
    case IcmpCause::kNoRoute:
      return {kUnreachable, 0, 0};
    case IcmpCause::kProhibited:
      return {kUnreachable, 1, 0};
    case IcmpCause::kBeyondScope:
      return {kUnreachable, 2, 0};
    case IcmpCause::kUnreachable:
      return {kUnreachable, 3, 0};
    case IcmpCause::kPortUnreachable:
      return {kUnreachable, 4, 0};
    case IcmpCause::kTooBig:
      return {kPacketTooBig, 0, std::max(report.value, kMinMtu)};
    case IcmpCause::kBadHeader:
      return {kParameterProblem, 0, report.value};
    case IcmpCause::kProtocolUnreachable:
      return {kParameterProblem, 1, report.value};
    case IcmpCause::kBadOption:
      return {kParameterProblem, 2, report.value};
  }
  return {kParameterProblem, 0, report.value};
}

void put_headers(WireWriter& writer, uint32_t traffic_class, const Ipv6Address& src,
                 const Ipv6Address& dst, const IcmpHeader& icmp) noexcept {
  writer.put(
      Ipv6Header{Be32::from_host(kVersion6 | traffic_class), {}, kProtoIcmpv6, kOwnTtl, src, dst});
  writer.put(icmp);
}

size_t finish(WireWriter& writer) noexcept {
  Ipv6Header ip;
  if (!read_at(writer.written(), 0, ip)) return 0;
  const Bytes icmp = writer.written(sizeof(ip));
  ip.payload_length = Be16::from_host(static_cast<uint16_t>(icmp.size()));
  writer.patch(0, ip);
  writer.patch(sizeof(ip) + offsetof(IcmpHeader, checksum),
               transport_checksum(ip.src, ip.dst, kProtoIcmpv6, icmp));
  return writer.size();
}

// The packet's own bytes: `packet` without what lies behind the payload length.
Bytes whole_packet(Bytes packet, const Ipv6Header& ip) noexcept {
  return packet.first(std::min(packet.size(), sizeof(ip) + ip.payload_length.host()));
}

}  // namespace

bool Icmp6::may_report(Bytes packet, const IcmpReport& report, bool link_group) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip) || !is_unicast(ip.src)) return false;
  const bool group_allowed =
      report.cause == IcmpCause::kTooBig || report.cause == IcmpCause::kBadOption;
  if ((link_group || is_multicast(ip.dst)) && !group_allowed) return false;
  const Ipv6Payload payload = find_ipv6_payload(packet);
  if (payload.protocol != kProtoIcmpv6) return true;
  uint8_t type = 0;
  if (!read_at(packet, payload.offset, type)) return false;
  return type >= kFirstInformational && type != kRedirect;
}

size_t Icmp6::build_error(std::span<uint8_t> out, Bytes packet, const Address& src,
                          const IcmpReport& report, uint16_t /*id*/) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip)) return 0;
  const Bytes whole = whole_packet(packet, ip);
  const Message m = message_of(report);
  WireWriter writer(out);
  put_headers(writer, 0, src, ip.src, IcmpHeader{m.type, m.code, {}, Be32::from_host(m.rest)});
  writer.append(
      whole.first(std::min(whole.size(), kMaxErrorBytes - sizeof(ip) - sizeof(IcmpHeader))));
  return finish(writer);
}

bool Icmp6::is_echo_request(Bytes packet) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip) || packet.size() - sizeof(ip) < ip.payload_length.host())
    return false;
  const Bytes whole = whole_packet(packet, ip);
  const Ipv6Payload payload = find_ipv6_payload(whole);
  if (payload.protocol != kProtoIcmpv6 || payload.offset + sizeof(IcmpHeader) > whole.size()) {
    return false;
  }
  return whole[payload.offset] == kEchoRequest &&
         transport_checksum(ip.src, ip.dst, kProtoIcmpv6, whole.subspan(payload.offset)).raw == 0;
}

size_t Icmp6::build_echo_reply(std::span<uint8_t> out, Bytes request, const Address& src,
                               uint16_t /*id*/) noexcept {
  Ipv6Header ip;
  if (!read_at(request, 0, ip)) return 0;
  const Bytes whole = whole_packet(request, ip);
  const size_t offset = find_ipv6_payload(whole).offset;
  IcmpHeader icmp;
  if (!read_at(whole, offset, icmp)) return 0;
  WireWriter writer(out);
  put_headers(writer, ip.version_class_label.host() & kTrafficClassMask, src, ip.src,
              IcmpHeader{kEchoReply, icmp.code, {}, icmp.rest});
  writer.append(whole.subspan(offset + sizeof(icmp)));
  return finish(writer);
}

}  // namespace dstfwd
