// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/icmp.h"

#include <algorithm>

#include "fwd/address_scope.h"
#include "fwd/checksum.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

constexpr uint8_t kEchoReply = 0;
constexpr uint8_t kUnreachable = 3;
constexpr uint8_t kEchoRequest = 8;
constexpr uint8_t kTimeExceeded = 11;
constexpr uint8_t kParameterProblem = 12;
constexpr uint8_t kTimestampRequest = 13;
constexpr uint8_t kTimestampReply = 14;
constexpr uint8_t kLastKnownType = 18;  // unknown types may be errors: no report about them

constexpr uint8_t kTosMask = 0x1e;  // without precedence and the bit that must be zero
constexpr uint8_t kInternetworkControl = 0xc0;

struct Message {
  uint8_t type;
  uint8_t code;
  uint32_t rest;
  bool exists = true;
};

Message message_of(const IcmpReport& report) noexcept {
  switch (report.cause) {
    case IcmpCause::kTtlExpired:
      return {kTimeExceeded, 0, 0};
    case IcmpCause::kReassemblyTimeout:
      return {kTimeExceeded, 1, 0};
    case IcmpCause::kNoRoute:
      return {kUnreachable, 0, 0};
    case IcmpCause::kUnreachable:
      return {kUnreachable, 1, 0};
    case IcmpCause::kProtocolUnreachable:
      return {kUnreachable, 2, 0};
    case IcmpCause::kPortUnreachable:
      return {kUnreachable, 3, 0};
    case IcmpCause::kTooBig:  // RFC 1191 4: the MTU in the low 16 bits
      return {kUnreachable, 4, std::min<uint32_t>(report.value, 0xffff)};
    case IcmpCause::kProhibited:
      return {kUnreachable, 13, 0};
    case IcmpCause::kBadHeader:  // the pointer is the first octet
      return {kParameterProblem, 0, report.value << 24U};
    case IcmpCause::kBeyondScope:
    case IcmpCause::kBadOption:
      break;
  }
  return {0, 0, 0, false};
}

bool is_error(uint8_t type) noexcept {
  return type == kUnreachable || type == 4 /* source quench */ || type == 5 /* redirect */ ||
         type == kTimeExceeded || type == kParameterProblem || type > kLastKnownType;
}

size_t header_length(const Ipv4Header& ip) noexcept {
  return size_t{ip.version_ihl & 0xfU} * 4;
}

void put_headers(WireWriter& writer, uint8_t tos, uint16_t id, const Ipv4Address& src,
                 const Ipv4Address& dst, const IcmpHeader& icmp, Bytes options = {}) noexcept {
  const auto version_ihl = static_cast<uint8_t>(0x45 + options.size() / 4);
  writer.put(
      Ipv4Header{version_ihl, tos, {}, Be16::from_host(id), {}, kOwnTtl, kProtoIcmp, {}, src, dst});
  writer.append(options);
  writer.put(icmp);
}

// Fills in total length and both checksums of what put_headers() started.
size_t finish(WireWriter& writer) noexcept {
  Ipv4Header ip;
  if (!read_at(writer.written(), 0, ip)) return 0;
  ip.total_length = Be16::from_host(static_cast<uint16_t>(writer.size()));
  writer.patch(0, ip);
  const size_t header = header_length(ip);
  writer.patch(offsetof(Ipv4Header, checksum), internet_checksum(writer.written().first(header)));
  writer.patch(header + offsetof(IcmpHeader, checksum), internet_checksum(writer.written(header)));
  return writer.size();
}

// A whole packet with an ICMP message of this type and a right checksum.
bool is_message(Bytes packet, uint8_t type) noexcept {
  Ipv4Header ip;
  if (!read_at(packet, 0, ip) || ip.protocol != kProtoIcmp) return false;
  if ((ip.fragment.host() & (kIpv4OffsetMask | kIpv4MoreFragments)) != 0) return false;
  const size_t header = header_length(ip);
  const size_t total = ip.total_length.host();
  if (header < sizeof(ip) || total > packet.size() || total < header + sizeof(IcmpHeader)) {
    return false;
  }
  return packet[header] == type &&
         internet_checksum(packet.subspan(header, total - header)).raw == 0;
}

}  // namespace

bool Icmp4::may_report(Bytes packet, const IcmpReport& report, bool link_group) noexcept {
  Ipv4Header ip;
  if (!read_at(packet, 0, ip) || !message_of(report).exists || link_group) return false;
  const size_t header = header_length(ip);
  if (header < sizeof(ip) || header > packet.size()) return false;
  if ((ip.fragment.host() & kIpv4OffsetMask) != 0) return false;
  if (!is_unicast(ip.src) || is_multicast(ip.dst) || is_limited_broadcast(ip.dst)) return false;
  if (ip.protocol != kProtoIcmp) return true;
  uint8_t type = 0;
  return read_at(packet, header, type) && !is_error(type);
}

size_t Icmp4::build_error(std::span<uint8_t> out, Bytes packet, const Address& src,
                          const IcmpReport& report, uint16_t id) noexcept {
  Ipv4Header ip;
  const Message m = message_of(report);
  if (!read_at(packet, 0, ip) || !m.exists) return 0;
  const size_t whole = std::min<size_t>(packet.size(), ip.total_length.host());
  const size_t quoted = std::min(whole, kMaxErrorBytes - sizeof(ip) - sizeof(IcmpHeader));
  const uint8_t tos = (ip.tos & kTosMask) | kInternetworkControl;
  WireWriter writer(out);
  put_headers(writer, tos, id, src, ip.src,
              IcmpHeader{m.type, m.code, {}, Be32::from_host(m.rest)});
  writer.append(packet.first(quoted));
  return finish(writer);
}

bool Icmp4::is_echo_request(Bytes packet) noexcept {
  return is_message(packet, kEchoRequest);
}

size_t Icmp4::build_echo_reply(std::span<uint8_t> out, Bytes request, const Address& src,
                               uint16_t id, Bytes options) noexcept {
  Ipv4Header ip;
  IcmpHeader icmp;
  if (!read_at(request, 0, ip) || !read_at(request, header_length(ip), icmp)) return 0;
  const size_t data = header_length(ip) + sizeof(icmp);
  const size_t total = ip.total_length.host();
  if (total < data || total > request.size()) return 0;
  WireWriter writer(out);
  put_headers(writer, ip.tos, id, src, ip.src, IcmpHeader{kEchoReply, icmp.code, {}, icmp.rest},
              options);
  writer.append(request.subspan(data, total - data));
  return finish(writer);
}

size_t Icmp4::build_timestamp_reply(std::span<uint8_t> out, Bytes request, const Address& src,
                                    uint16_t id, uint32_t now_ms) noexcept {
  Ipv4Header ip;
  IcmpHeader icmp;
  Be32 originated;
  if (!is_message(request, kTimestampRequest) || !read_at(request, 0, ip)) return 0;
  if (!read_at(request, header_length(ip), icmp)) return 0;
  if (!read_at(request, header_length(ip) + sizeof(icmp), originated)) return 0;
  WireWriter writer(out);
  put_headers(writer, ip.tos, id, src, ip.src, IcmpHeader{kTimestampReply, 0, {}, icmp.rest});
  writer.put(originated);
  writer.put(Be32::from_host(now_ms));  // received
  writer.put(Be32::from_host(now_ms));  // transmitted
  return finish(writer);
}

}  // namespace dstfwd
