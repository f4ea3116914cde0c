// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/local_answer.h"

#include <algorithm>

#include "fwd/checksum.h"
#include "fwd/headers.h"
#include "fwd/icmp.h"
#include "fwd/icmp6.h"
#include "fwd/ipv4_options.h"
#include "fwd/ipv6_options.h"
#include "fwd/tcp_reset.h"

namespace dstfwd {
namespace {

using Kind = LocalAnswer::Kind;
constexpr uint8_t kProtoIgmp = 2;

LocalAnswer packet_of(size_t bytes) noexcept {
  return bytes == 0 ? LocalAnswer{} : LocalAnswer{.kind = Kind::kPacket, .bytes = bytes};
}
LocalAnswer report_of(IcmpCause cause, size_t value = 0) noexcept {
  return {Kind::kReport, 0, {cause, static_cast<uint32_t>(value)}};
}

struct UdpHeader {  // RFC 768
  Be16 src;
  Be16 dst;
  Be16 length;
  Be16 checksum;
};

// No port is open. A datagram that is broken is not worth an answer. `required`: IPv6 has no
// datagrams without a checksum (RFC 8200 8.1).
template <typename Address>
LocalAnswer answer_udp(const Address& src, const Address& dst, Bytes datagram,
                       bool required) noexcept {
  UdpHeader udp;
  if (!read_at(datagram, 0, udp)) return {};
  const size_t length = udp.length.host();
  if (length < sizeof(udp) || length > datagram.size()) return {};
  if (udp.checksum.raw == 0
          ? required
          : transport_checksum(src, dst, kProtoUdp, datagram.first(length)).raw != 0) {
    return {};
  }
  return report_of(IcmpCause::kPortUnreachable);
}

// With record route and timestamp options, which tell of both ways then.
LocalAnswer echo4(std::span<uint8_t> out, Bytes packet, size_t header, const Ipv4Address& src,
                  const LocalContext& context) noexcept {
  std::array<uint8_t, 40> options;
  const size_t echoed = copy_echoed_options(options, packet.first(header));
  // Twice where it has room: we are the request's last hop and the reply's first.
  record_ipv4_route(std::span(options).first(echoed), src);
  const size_t size =
      Icmp4::build_echo_reply(out, packet, src, context.ip_id, std::span(options).first(echoed));
  if (size != 0 && echoed != 0) {
    record_ipv4_options(out.first(sizeof(Ipv4Header) + echoed),
                        {src, context.ms_since_midnight, context.is_own, context.own});
  }
  return packet_of(size);
}

struct Step {  // over one extension header
  bool done = false;
  LocalAnswer answer;
};

// What a packet's destination does with extension headers (RFC 8200 4): options are checked, a
// routing header that has somewhere to go is refused (RFC 5095, RFC 8200 4.4).
// `named_by`: where the next-header field is that has `protocol`.
Step check_extension(Bytes packet, uint8_t protocol, size_t offset, size_t named_by) noexcept {
  if (protocol == kProtoHopByHop && offset != sizeof(Ipv6Header)) {
    return {true, report_of(IcmpCause::kProtocolUnreachable, named_by)};
  }
  if (protocol == kProtoHopByHop || protocol == kProtoDestinationOptions) {
    const Ipv6OptionsCheck check = check_ipv6_options(packet, offset);
    if (check.outcome == Ipv6OptionsCheck::Outcome::kFine) return {};
    if (check.outcome == Ipv6OptionsCheck::Outcome::kDrop) return {true, {}};
    return {true, {Kind::kReport, 0, check.report}};
  }
  const size_t length = (size_t{packet[offset + 1]} + 1) * 8;
  if (protocol == kProtoRouting && offset + length > packet.size()) return {true, {}};
  constexpr size_t kTypeOffset = 2;
  constexpr size_t kSegmentsLeftOffset = 3;
  if (protocol == kProtoRouting && packet[offset + kSegmentsLeftOffset] != 0) {
    return {true, report_of(IcmpCause::kBadHeader, offset + kTypeOffset)};
  }
  return {};
}

}  // namespace

LocalAnswer answer_local4(std::span<uint8_t> out, Bytes packet, const Ipv4Address& src,
                          const LocalContext& context) noexcept {
  Ipv4Header ip;
  if (!read_at(packet, 0, ip)) return {};
  packet = packet.first(std::min<size_t>(packet.size(), ip.total_length.host()));
  const size_t header = size_t{ip.version_ihl & 0xfU} * 4;
  if (header > packet.size()) return {};
  switch (ip.protocol) {
    case kProtoIcmp:
      if (Icmp4::is_echo_request(packet)) return echo4(out, packet, header, src, context);
      return packet_of(
          Icmp4::build_timestamp_reply(out, packet, src, context.ip_id, context.ms_since_midnight));
    case kProtoTcp:
      return packet_of(build_tcp_reset4(out, packet, header));
    case kProtoUdp:
      return answer_udp(ip.src, ip.dst, packet.subspan(header), false);
    case kProtoIgmp:  // RFC 1122 requires it of hosts: known, though nothing is done with it
      return {};
    default:
      return report_of(IcmpCause::kProtocolUnreachable);
  }
}

LocalAnswer answer_local6(std::span<uint8_t> out, Bytes packet, const Ipv6Address& src,
                          const LocalContext& context) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip)) return {};
  packet = packet.first(std::min(packet.size(), sizeof(ip) + ip.payload_length.host()));
  Step step;
  size_t named_by = offsetof(Ipv6Header, next_header);
  const Ipv6Payload payload = walk_ipv6_headers(packet, [&](uint8_t protocol, size_t offset) {
    step = check_extension(packet, protocol, offset, named_by);
    named_by = offset;
    return !step.done;
  });
  if (step.done) return step.answer;
  if (!payload.complete && payload.protocol != kProtoNoNextHeader) return {};
  switch (payload.protocol) {
    case kProtoIcmpv6:
      if (!Icmp6::is_echo_request(packet)) return {};
      return packet_of(Icmp6::build_echo_reply(out, packet, src, context.ip_id));
    case kProtoTcp:
      return packet_of(build_tcp_reset6(out, packet, payload.offset));
    case kProtoUdp:
      return answer_udp(ip.src, ip.dst, packet.subspan(payload.offset), true);
    case kProtoNoNextHeader:
      return {};
    default:
      return report_of(IcmpCause::kProtocolUnreachable, payload.field_offset);
  }
}

}  // namespace dstfwd
