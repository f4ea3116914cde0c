// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/ipv6_upper.h"

namespace dstfwd {
namespace {

struct ExtensionHeader {  // the first bytes of all of them
  uint8_t next;
  uint8_t
      length;     // routing, options: 8-byte units behind the first; authentication: 4-byte, less 2
  Be16 fragment;  // of the fragment header: offset and flag
};
static_assert(sizeof(ExtensionHeader) == 4);
constexpr uint32_t kFragmentHeaderBytes = 8;
constexpr uint16_t kFragmentMask = 0xfff9;  // offset and M flag (RFC 8200 4.5)

constexpr bool is_extension(uint8_t protocol) noexcept {
  return protocol == kProtoHopByHop || protocol == kProtoRouting || protocol == kProtoFragment ||
         protocol == kProtoAuthentication || protocol == kProtoDestinationOptions;
}

uint32_t bytes_of(uint8_t protocol, const ExtensionHeader& header) noexcept {
  if (protocol == kProtoFragment) return kFragmentHeaderBytes;
  if (protocol == kProtoAuthentication) return (header.length + 2U) * 4;  // RFC 4302 2.2
  return (header.length + 1U) * 8;
}

}  // namespace

Ipv6Upper find_upper(const rte_mbuf* m, unsigned l3_offset, uint32_t length,
                     uint8_t first) noexcept {
  Ipv6Upper at{first, FlowKind::kOpaque, sizeof(Ipv6Header)};
  for (unsigned walked = 0; is_extension(at.protocol); ++walked) {
    ExtensionHeader buffer;
    if (walked == kMaxExtensions || length - at.offset < sizeof(buffer)) return at;
    const void* bytes = rte_pktmbuf_read(m, l3_offset + at.offset, sizeof(buffer), &buffer);
    if (bytes == nullptr) return at;
    ExtensionHeader header;
    std::memcpy(&header, bytes, sizeof(header));
    const uint32_t size = bytes_of(at.protocol, header);
    if (size > length - at.offset) return at;
    const bool fragment =
        at.protocol == kProtoFragment && (header.fragment.host() & kFragmentMask) != 0;
    at.protocol = header.next;
    at.offset += size;
    if (fragment) {
      at.kind = FlowKind::kFragment;
      return at;
    }
  }
  at.kind = FlowKind::kWhole;
  return at;
}

}  // namespace dstfwd
