// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_scope.h"
#include "fwd/checksum.h"
#include "fwd/nd.h"
#include "fwd/nd_wire.h"

namespace dstfwd {
namespace {

constexpr uint32_t kVersion6 = 6U << 28U;
constexpr uint32_t kValidLifetime_s = 2592000;     // AdvValidLifetime, RFC 4861 6.2.1
constexpr uint32_t kPreferredLifetime_s = 604800;  // AdvPreferredLifetime

void begin(WireWriter& writer, const Ipv6Address& src, const Ipv6Address& dst) noexcept {
  writer.put(Ipv6Header{Be32::from_host(kVersion6), {}, kProtoIcmpv6, kNdHopLimit, src, dst});
}

// Fills in the payload's length and the checksum of what begin() started.
size_t finish(WireWriter& writer) noexcept {
  Ipv6Header ip;
  if (!read_at(writer.written(), 0, ip)) return 0;
  const Bytes icmp = writer.written(sizeof(ip));
  ip.payload_length = Be16::from_host(static_cast<uint16_t>(icmp.size()));
  writer.patch(0, ip);
  writer.patch(sizeof(ip) + offsetof(NdSolicitHeader, checksum),
               transport_checksum(ip.src, ip.dst, kProtoIcmpv6, icmp));
  return writer.size();
}

size_t build_advert(std::span<uint8_t> out, const Ipv6Address& own, const Ipv6Address& dst,
                    uint32_t flags, const MacAddress& own_mac) noexcept {
  WireWriter writer(out);
  begin(writer, own, dst);
  writer.put(NdSolicitHeader{kIcmp6NeighbourAdvert, 0, {}, Be32::from_host(flags)});
  writer.put(own);
  writer.put(LlaOption{.type = kNdOptionTargetLla, .mac = own_mac});
  return finish(writer);
}

}  // namespace

size_t build_neighbour_solicit(std::span<uint8_t> out, const Ipv6Address& src,
                               const Ipv6Address& target, const MacAddress& own_mac,
                               const Ipv6Address* dst) noexcept {
  WireWriter writer(out);
  begin(writer, src, dst != nullptr ? *dst : solicited_node(target));
  writer.put(NdSolicitHeader{kIcmp6NeighbourSolicit, 0, {}, {}});
  writer.put(target);
  if (!is_unspecified(src)) writer.put(LlaOption{.type = kNdOptionSourceLla, .mac = own_mac});
  return finish(writer);
}

size_t build_neighbour_advert(std::span<uint8_t> out, const NdMessage& solicit,
                              const MacAddress& own_mac, bool override_old) noexcept {
  const bool anonymous = is_unspecified(solicit.src);
  const uint32_t flags =
      kNdRouterFlag | (anonymous ? 0 : kNdSolicitedFlag) | (override_old ? kNdOverrideFlag : 0);
  return build_advert(out, solicit.target, anonymous ? kAllNodes : solicit.src, flags, own_mac);
}

size_t build_neighbour_announcement(std::span<uint8_t> out, const Ipv6Address& own,
                                    const MacAddress& own_mac) noexcept {
  return build_advert(out, own, kAllNodes, kNdRouterFlag | kNdOverrideFlag, own_mac);
}

size_t build_router_advert(std::span<uint8_t> out, const Ipv6Address& src, const Ipv6Address& dst,
                           const MacAddress& own_mac, uint16_t lifetime_s, uint32_t mtu,
                           std::span<const NdPrefix> prefixes) noexcept {
  WireWriter writer(out);
  begin(writer, src, dst);
  writer.put(RouterAdvertHeader{.type = kIcmp6RouterAdvert,
                                .code = 0,
                                .checksum = {},
                                .hop_limit = 64,
                                .flags = 0,
                                .lifetime_s = Be16::from_host(lifetime_s),
                                .reachable_ms = {},
                                .retrans_ms = {}});
  writer.put(LlaOption{.type = kNdOptionSourceLla, .mac = own_mac});
  if (mtu != 0) writer.put(MtuOption{.mtu = Be32::from_host(mtu)});
  for (const NdPrefix& p : prefixes) {
    writer.put(PrefixOption{.prefix_bits = p.length,
                            .valid_s = Be32::from_host(kValidLifetime_s),
                            .preferred_s = Be32::from_host(kPreferredLifetime_s),
                            .prefix = p.prefix});
  }
  return finish(writer);
}

}  // namespace dstfwd
