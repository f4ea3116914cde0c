// SPDX-License-Identifier: BSD-3-Clause
// Resets to any TCP segment. Input: an IPv4 or IPv6 packet, whose TCP checksum is put right, then a
// control byte: where the TCP header begins.
#include "fwd/tcp_reset.h"

#include <algorithm>
#include <cstring>

#include "fuzz.h"

namespace dstfwd::fuzz {
namespace {

struct Layout {
  size_t header, addresses, address;  // bytes of the IP header; its addresses; one address
};
constexpr Layout kLayout4{20, 12, 4}, kLayout6{40, 8, 16};

uint32_t tcp_sum(std::span<const uint8_t> ip, std::span<const uint8_t> tcp, const Layout& at) {
  const uint32_t pseudo =
      folded_sum(ip.subspan(at.addresses, at.address * 2)) + 6U + static_cast<uint32_t>(tcp.size());
  return folded_sum(tcp, pseudo);
}

// The TCP segment as the packet's length field has it, or nothing.
std::span<uint8_t> segment(std::span<uint8_t> packet, size_t offset, const Layout& at) {
  const size_t field = at.header == 20 ? 2 : 4;
  const size_t total = (packet[field] << 8U | packet[field + 1]) + (at.header == 20 ? 0U : 40U);
  const size_t end = std::min(packet.size(), total);
  return offset > end ? std::span<uint8_t>{} : packet.subspan(offset, end - offset);
}

void check(std::span<uint8_t> packet, size_t offset, const Layout& at) {
  const auto tcp = segment(packet, offset, at);
  if (tcp.size() >= 20) {
    tcp[16] = tcp[17] = 0;
    const uint32_t sum = ~tcp_sum(packet, tcp, at) & 0xffffU;
    tcp[16] = static_cast<uint8_t>(sum >> 8U);
    tcp[17] = static_cast<uint8_t>(sum);
  }
  Exact out(at.header + 20);
  const size_t size = at.header == 20 ? build_tcp_reset4(out.span(), packet, offset)
                                      : build_tcp_reset6(out.span(), packet, offset);
  if (size == 0) return;
  require(tcp.size() >= 20 && (tcp[13] & 4U) == 0, "a reset answers a segment, and no reset");
  require(size == at.header + 20, "a reset is two headers");
  const auto made = out.span();
  const auto reset = made.subspan(at.header);
  require(tcp_sum(made, reset, at) == 0xffff, "its checksum is right");
  require((reset[13] & 4U) != 0, "it resets");
  require(std::equal(&reset[0], &reset[2], &tcp[2]) && std::equal(&reset[2], &reset[4], &tcp[0]),
          "its ports are the segment's, changed over");
  require(std::equal(&made[at.addresses], &made[at.addresses + at.address],
                     &packet[at.addresses + at.address]),
          "it comes from whom the segment went to");
  const bool acknowledged = (tcp[13] & 16U) != 0;
  require(!acknowledged || std::equal(&reset[4], &reset[8], &tcp[8]),
          "its sequence is what was acknowledged (RFC 9293 3.10.7.1)");
  Exact answer(made);
  Exact again(size);
  require((at.header == 20 ? build_tcp_reset4(again.span(), answer.span(), at.header)
                           : build_tcp_reset6(again.span(), answer.span(), at.header)) == 0,
          "no reset answers a reset");
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  if (size < 41) return 0;
  Exact packet({data, size - 1});
  const bool is6 = data[0] >> 4U == 6;
  const Layout& at = is6 ? kLayout6 : kLayout4;
  check(packet.span(), at.header + (data[size - 1] & 0x7cU) % 64, at);
  return 0;
}
