// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tcp_reset.h"

#include <algorithm>
#include <optional>

#include "fwd/checksum.h"
#include "fwd/headers.h"
#include "fwd/icmp_report.h"

namespace dstfwd {
namespace {

struct TcpHeader {  // RFC 9293 3.1
  Be16 src;
  Be16 dst;
  Be32 sequence;
  Be32 acknowledgement;
  uint8_t offset;  // of the data, in words, in the high half
  uint8_t flags;
  Be16 window;
  Be16 checksum;
  Be16 urgent;
};
static_assert(sizeof(TcpHeader) == 20);
constexpr uint8_t kNoEcn = 0xfc;  // RFC 3168 6.1.6: resets are not ECN-capable
constexpr uint8_t kFin = 1;
constexpr uint8_t kSyn = 2;
constexpr uint8_t kRst = 4;
constexpr uint8_t kAck = 16;

template <typename Address>
std::optional<TcpHeader> reset_for(const Address& src, const Address& dst, Bytes segment) noexcept {
  TcpHeader tcp;
  if (!read_at(segment, 0, tcp) || (tcp.flags & kRst) != 0) return {};
  const size_t header = size_t{tcp.offset} / 16 * 4;
  if (header < sizeof(tcp) || header > segment.size()) return {};
  if (transport_checksum(src, dst, kProtoTcp, segment).raw != 0) return {};
  TcpHeader reset{tcp.dst, tcp.src, {}, {}, 0x50, kRst, {}, {}, {}};
  if ((tcp.flags & kAck) != 0) {
    reset.sequence = tcp.acknowledgement;
  } else {
    const size_t data = segment.size() - header;
    const uint32_t flags =
        ((tcp.flags & kSyn) != 0 ? 1U : 0U) + ((tcp.flags & kFin) != 0 ? 1U : 0U);
    reset.acknowledgement =
        Be32::from_host(tcp.sequence.host() + static_cast<uint32_t>(data) + flags);
    reset.flags = kRst | kAck;
  }
  reset.checksum =
      transport_checksum(dst, src, kProtoTcp, {reinterpret_cast<uint8_t*>(&reset), sizeof(reset)});
  return reset;
}

}  // namespace

size_t build_tcp_reset4(std::span<uint8_t> out, Bytes packet, size_t tcp_offset) noexcept {
  Ipv4Header ip;
  if (!read_at(packet, 0, ip)) return 0;
  const size_t total = std::min<size_t>(packet.size(), ip.total_length.host());
  if (tcp_offset > total) return 0;
  const auto reset = reset_for(ip.src, ip.dst, packet.subspan(tcp_offset, total - tcp_offset));
  if (!reset) return 0;
  constexpr uint16_t kBytes = sizeof(Ipv4Header) + sizeof(TcpHeader);
  Ipv4Header answer{0x45,
                    static_cast<uint8_t>(ip.tos & kNoEcn),
                    Be16::from_host(kBytes),
                    {},
                    Be16::from_host(kIpv4DontFragment),
                    kOwnTtl,
                    kProtoTcp,
                    {},
                    ip.dst,
                    ip.src};
  answer.checksum = internet_checksum({reinterpret_cast<uint8_t*>(&answer), sizeof(answer)});
  WireWriter writer(out);
  writer.put(answer);
  writer.put(*reset);
  return writer.size();
}

size_t build_tcp_reset6(std::span<uint8_t> out, Bytes packet, size_t tcp_offset) noexcept {
  Ipv6Header ip;
  if (!read_at(packet, 0, ip)) return 0;
  const size_t total = std::min(packet.size(), sizeof(ip) + ip.payload_length.host());
  if (tcp_offset > total) return 0;
  const auto reset = reset_for(ip.src, ip.dst, packet.subspan(tcp_offset, total - tcp_offset));
  if (!reset) return 0;
  constexpr uint32_t kVersionAndClass = 0xf0000000U | uint32_t{kNoEcn} << 20U;
  WireWriter writer(out);
  writer.put(Ipv6Header{Be32::from_host(ip.version_class_label.host() & kVersionAndClass),
                        Be16::from_host(sizeof(TcpHeader)), kProtoTcp, kOwnTtl, ip.dst, ip.src});
  writer.put(*reset);
  return writer.size();
}

}  // namespace dstfwd
