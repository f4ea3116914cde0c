// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mld.h"

#include <algorithm>

#include "fwd/address_scope.h"
#include "fwd/checksum.h"
#include "fwd/headers.h"
#include "fwd/icmp_report.h"
#include "fwd/ipv6_walk.h"

namespace dstfwd {
namespace {

constexpr uint8_t kReport = 143;
constexpr uint8_t kMldHopLimit = 1;
constexpr uint32_t kVersion6 = 6U << 28U;
constexpr size_t kVersion1Bytes = sizeof(IcmpHeader) + sizeof(Ipv6Address);
constexpr size_t kVersion2Bytes = kVersion1Bytes + 4;

// Hop-by-hop options with a router alert for MLD (RFC 2711), padded.
constexpr std::array<uint8_t, 8> kRouterAlert = {kProtoIcmpv6, 0, 5, 2, 0, 0, 1, 0};

struct Record {  // 5.2.4
  MldRecord type;
  uint8_t aux_words = 0;
  Be16 sources{};
  Ipv6Address group;
};
static_assert(sizeof(Record) == 20);

bool has_router_alert(Bytes packet) noexcept {
  const Bytes options = packet.subspan(sizeof(Ipv6Header), kRouterAlert.size());
  constexpr std::array<uint8_t, 4> kAlert = {5, 2, 0, 0};
  return std::search(options.begin(), options.end(), kAlert.begin(), kAlert.end()) != options.end();
}

// RFC 3810 5.1.3: above 32767 the code is a floating-point number.
uint32_t response_ms(uint16_t code, bool version2) noexcept {
  if (!version2 || code < 0x8000) return code;
  return ((code & 0xfffU) | 0x1000U) << ((code >> 12U & 7U) + 3U);
}

}  // namespace

std::optional<MldQuery> parse_mld_query(Bytes packet) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip) || ip.next_header != kProtoHopByHop) return {};
  if (ip.hop_limit != kMldHopLimit || !is_link_local(ip.src) || !is_multicast(ip.dst)) return {};
  packet = packet.first(std::min(packet.size(), sizeof(ip) + ip.payload_length.host()));
  const Ipv6Payload payload = find_ipv6_payload(packet);
  if (!payload.complete || payload.protocol != kProtoIcmpv6 || !has_router_alert(packet)) return {};
  const Bytes icmp = packet.subspan(payload.offset);
  IcmpHeader header;
  MldQuery query;
  if (!read_at(icmp, 0, header) || header.type != kIcmp6MldQuery) return {};
  if (!read_at(icmp, sizeof(header), query.group)) return {};
  const bool version2 = icmp.size() >= kVersion2Bytes;
  if (!version2 && icmp.size() != kVersion1Bytes) return {};
  if (transport_checksum(ip.src, ip.dst, kProtoIcmpv6, icmp).raw != 0) return {};
  query.max_response_ms = response_ms(static_cast<uint16_t>(header.rest.host() >> 16U), version2);
  return query;
}

size_t build_mld_report(std::span<uint8_t> out, const Ipv6Address& src, MldRecord type,
                        std::span<const Ipv6Address> groups) noexcept {
  constexpr size_t kFixed = sizeof(Ipv6Header) + kRouterAlert.size() + sizeof(IcmpHeader);
  if (out.size() < kFixed + sizeof(Record)) return 0;
  const size_t records = std::min(groups.size(), (out.size() - kFixed) / sizeof(Record));
  const size_t icmp_bytes = sizeof(IcmpHeader) + records * sizeof(Record);
  WireWriter writer(out);
  writer.put(Ipv6Header{Be32::from_host(kVersion6),
                        Be16::from_host(static_cast<uint16_t>(kRouterAlert.size() + icmp_bytes)),
                        kProtoHopByHop, kMldHopLimit, src, kMldRouters});
  writer.put(kRouterAlert);
  writer.put(IcmpHeader{kReport, 0, {}, Be32::from_host(static_cast<uint32_t>(records))});
  for (const Ipv6Address& group : groups.first(records)) {
    writer.put(Record{.type = type, .group = group});
  }
  const size_t icmp = kFixed - sizeof(IcmpHeader);
  writer.patch(icmp + offsetof(IcmpHeader, checksum),
               transport_checksum(src, kMldRouters, kProtoIcmpv6, writer.written(icmp)));
  return writer.size();
}

}  // namespace dstfwd
