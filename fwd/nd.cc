// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/nd.h"

#include "fwd/address_scope.h"
#include "fwd/checksum.h"
#include "fwd/nd_wire.h"

namespace dstfwd {
namespace {

// Where options begin, by type; 0: not a type we take.
size_t options_offset(uint8_t type) noexcept {
  switch (type) {
    case kIcmp6RouterSolicit:
      return sizeof(NdSolicitHeader);
    case kIcmp6RouterAdvert:
      return sizeof(RouterAdvertHeader);
    case kIcmp6NeighbourSolicit:
    case kIcmp6NeighbourAdvert:
      return sizeof(NdSolicitHeader) + sizeof(Ipv6Address);
    default:
      return 0;
  }
}

// Finds the link-layer option; others are skipped. False: an option of length zero or cut short.
bool parse_options(Bytes options, uint8_t wanted, std::optional<MacAddress>& link_layer) noexcept {
  while (!options.empty()) {
    if (options.size() < 2) return false;
    const size_t length = size_t{options[1]} * 8;
    if (length == 0 || length > options.size()) return false;
    LlaOption lla;
    if (options[0] == wanted && read_at(options, 0, lla)) link_layer = lla.mac;
    options = options.subspan(length);
  }
  return true;
}

bool solicit_is_valid(const NdMessage& m) noexcept {  // RFC 4861 7.1.1
  if (is_multicast(m.target)) return false;
  if (!is_unspecified(m.src)) return true;
  return m.dst == solicited_node(m.target) && !m.link_layer;
}

bool advert_is_valid(const NdMessage& m) noexcept {  // RFC 4861 7.1.2
  return !is_multicast(m.target) && !(is_multicast(m.dst) && m.solicited);
}

bool is_valid(const NdMessage& m) noexcept {
  if (is_multicast(m.src)) return false;
  if (m.link_layer && m.link_layer->is_group()) return false;
  switch (m.type) {
    case kIcmp6NeighbourSolicit:
      return solicit_is_valid(m);
    case kIcmp6NeighbourAdvert:
      return !is_unspecified(m.src) && advert_is_valid(m);
    case kIcmp6RouterSolicit:  // RFC 4861 6.1.1
      return !(is_unspecified(m.src) && m.link_layer);
    default:  // a router advertisement, RFC 4861 6.1.2
      return is_link_local(m.src);
  }
}

}  // namespace

bool NdMessage::is_dad_probe() const noexcept {
  return type == kIcmp6NeighbourSolicit && is_unspecified(src);
}

std::optional<NdMessage> parse_nd(Bytes packet) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip) || ip.next_header != kProtoIcmpv6) return {};
  if (ip.hop_limit != kNdHopLimit) return {};
  const size_t length = ip.payload_length.host();
  if (length > packet.size() - sizeof(ip)) return {};
  const Bytes icmp = packet.subspan(sizeof(ip), length);
  NdSolicitHeader header;
  if (!read_at(icmp, 0, header) || header.code != 0) return {};
  const size_t options = options_offset(header.type);
  if (options == 0 || icmp.size() < options) return {};
  if (transport_checksum(ip.src, ip.dst, kProtoIcmpv6, icmp).raw != 0) return {};

  NdMessage m;
  m.type = header.type;
  m.src = ip.src;
  m.dst = ip.dst;
  if (options == sizeof(NdSolicitHeader) + sizeof(Ipv6Address)) {
    read_at(icmp, sizeof(NdSolicitHeader), m.target);
  }
  if (m.type == kIcmp6NeighbourAdvert) {
    m.from_router = (header.flags.host() & kNdRouterFlag) != 0;
    m.solicited = (header.flags.host() & kNdSolicitedFlag) != 0;
    m.override_old = (header.flags.host() & kNdOverrideFlag) != 0;
  }
  const uint8_t wanted = m.type == kIcmp6NeighbourAdvert ? kNdOptionTargetLla : kNdOptionSourceLla;
  if (!parse_options(icmp.subspan(options), wanted, m.link_layer) || !is_valid(m)) return {};
  return m;
}

}  // namespace dstfwd
