// SPDX-License-Identifier: BSD-3-Clause
// Fragmentation of any IPv4 packet to any MTU, in one mbuf or several. Input: a packet (its header
// is put right), then control bytes: MTU, where the chain is cut. The pieces must make the whole.
#include "fwd/fragment.h"

#include <algorithm>
#include <cstring>

#include "eal.h"

namespace dstfwd::fuzz {
namespace {

struct Pools {
  rte_mempool* whole = rte_pktmbuf_pool_create("whole", 1023, 0, 0, 2176, -1);
  rte_mempool* headers = rte_pktmbuf_pool_create("headers", 1023, 0, 0, 256, -1);
  rte_mempool* payload = rte_pktmbuf_pool_create("payload", 2047, 0, 0, 0, -1);
};

Pools& pools() {
  static Pools all;
  return all;
}

constexpr size_t kLink = 14;

// Makes the frame one that the datapath would hand over: a right header, no DF. False: too short.
bool put_right(std::span<uint8_t> frame) {
  if (frame.size() < kLink + 28) return false;
  const auto ip = frame.subspan(kLink);
  const size_t words = std::clamp<size_t>(ip[0] & 0xfU, 5, 15);
  if (ip.size() < words * 4 + 8) return false;
  ip[0] = static_cast<uint8_t>(0x40U | words);
  ip[2] = static_cast<uint8_t>(ip.size() >> 8U);
  ip[3] = static_cast<uint8_t>(ip.size());
  ip[6] &= 0xbfU;
  // The last byte of the last piece stays within 65535 (RFC 791), as for any sound packet.
  ip[6] &= 0xe3U;
  ip[10] = ip[11] = 0;
  const uint32_t sum = ~folded_sum(ip.first(words * 4)) & 0xffffU;
  ip[10] = static_cast<uint8_t>(sum >> 8U);
  ip[11] = static_cast<uint8_t>(sum);
  return true;
}

void check_pieces(std::span<const uint8_t> frame, std::span<rte_mbuf*> out, uint16_t mtu) {
  const auto ip = frame.subspan(kLink);
  const size_t header = size_t{ip[0] & 0xfU} * 4;
  const uint16_t field = static_cast<uint16_t>(ip[6] << 8U | ip[7]);
  size_t at = header;
  for (size_t i = 0; i < out.size(); ++i) {
    const auto piece = bytes_of(out[i]);
    require(out[i]->pkt_len == piece.size(), "a piece's length is its bytes'");
    require(piece.size() >= kLink + 20 && piece.size() <= kLink + mtu, "a piece fits the MTU");
    require(std::equal(frame.begin(), frame.begin() + kLink, piece.begin()),
            "a piece has the frame's link header");
    const std::span<const uint8_t> one = std::span(piece).subspan(kLink);
    const size_t own = size_t{one[0] & 0xfU} * 4;
    require(own >= 20 && own <= one.size(), "a piece has a header");
    require((one[2] << 8U | one[3]) == static_cast<int>(one.size()), "total length is right");
    require(folded_sum(one.first(own)) == 0xffff, "the header checksum is right");
    require(one[1] == ip[1] && one[4] == ip[4] && one[5] == ip[5] && one[8] == ip[8] &&
                std::equal(ip.begin() + 12, ip.begin() + 20, one.begin() + 12),
            "TOS, identification, TTL and addresses are the packet's");
    const uint16_t mine = static_cast<uint16_t>(one[6] << 8U | one[7]);
    require((mine & 0x1fffU) == (field & 0x1fffU) + (at - header) / 8, "its offset is right");
    const bool more = i + 1 < out.size() || (field & 0x2000U) != 0;
    require(((mine & 0x2000U) != 0) == more, "more fragments is set but for the last");
    const auto data = one.subspan(own);
    require(data.size() <= ip.size() - at && std::equal(data.begin(), data.end(), &ip[at]),
            "its data is the packet's");
    at += data.size();
  }
  require(at == ip.size(), "the pieces make the whole");
}

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  dstfwd::fuzz::init_eal();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  if (size < 4) return 0;
  const uint16_t mtu = static_cast<uint16_t>(data[size - 1] << 8U | data[size - 2]) % 4000;
  const size_t cut = data[size - 3];
  std::vector<uint8_t> frame(data, data + size - 4);
  const bool whole_header = cut == 0 || cut >= 100;  // the datapath reads headers in one segment
  if (!put_right(frame) || !whole_header) return 0;
  rte_mbuf* packet = make_packet(pools().whole, frame, cut);
  if (packet == nullptr) return 0;
  std::array<rte_mbuf*, dstfwd::kMaxFragments> out{};
  const unsigned count =
      dstfwd::fragment_ipv4(packet, kLink, mtu, {pools().headers, pools().payload}, out);
  if (count == 0) {
    require(bytes_of(packet) == frame, "a packet that cannot be fragmented is as it was");
    rte_pktmbuf_free(packet);
  } else {
    check_pieces(frame, std::span(out).first(count), mtu);
    for (rte_mbuf* piece : std::span(out).first(count)) rte_pktmbuf_free(piece);
  }
  require(rte_mempool_full(pools().whole) == 1 && rte_mempool_full(pools().headers) == 1 &&
              rte_mempool_full(pools().payload) == 1,
          "every mbuf is home");
  return 0;
}
