// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fragment.h"

#include <rte_ip_frag.h>

#include <array>

#include "fwd/checksum.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

constexpr uint16_t kMinMtu4 = 68;        // RFC 791
constexpr uint16_t kMinMtu6 = 1280;      // RFC 8200 5
constexpr uint16_t kMaxLinkHeader = 22;  // two tags

struct Ipv6FragmentHeader {  // RFC 8200 4.5
  uint8_t next_header;
  uint8_t reserved;
  Be16 offset;
  Be32 id;
};
static_assert(sizeof(Ipv6FragmentHeader) == 8);

// rte_ip_frag leaves the header checksum to hardware...
void put_checksum(rte_mbuf* fragment) noexcept {
  auto* ip = rte_pktmbuf_mtod(fragment, Ipv4Header*);
  ip->checksum = {};
  const size_t length = size_t{ip->version_ihl & 0xfU} * 4;
  ip->checksum = internet_checksum({reinterpret_cast<const uint8_t*>(ip), length});
}

// ...and the identification zero.
void put_id(rte_mbuf* fragment, uint32_t id) noexcept {
  auto* header = rte_pktmbuf_mtod_offset(fragment, Ipv6FragmentHeader*, sizeof(Ipv6Header));
  header->id = Be32::from_host(id);
}

// `split`(frame at its IP header, out): how many pieces, or none. `finish`(piece) is called for
// each, at its IP header.
template <typename Split, typename Finish>
unsigned fragment(rte_mbuf* frame, uint16_t l2_bytes, std::span<rte_mbuf*> out, Split&& split,
                  Finish&& finish) noexcept {
  std::array<uint8_t, kMaxLinkHeader> link;
  if (l2_bytes > link.size()) return 0;
  std::memcpy(link.data(), rte_pktmbuf_mtod(frame, const uint8_t*), l2_bytes);
  rte_pktmbuf_adj(frame, l2_bytes);
  const int count = split();
  if (count <= 0) {
    rte_pktmbuf_prepend(frame, l2_bytes);  // its bytes are still there
    return 0;
  }
  for (rte_mbuf* piece : out.first(static_cast<size_t>(count))) {
    finish(piece);
    std::memcpy(rte_pktmbuf_prepend(piece, l2_bytes), link.data(), l2_bytes);
    piece->port = frame->port;
  }
  rte_pktmbuf_free(frame);
  return static_cast<unsigned>(count);
}

}  // namespace

unsigned fragment_ipv4(rte_mbuf* frame, uint16_t l2_bytes, uint16_t mtu, const FragmentPools& pools,
                       std::span<rte_mbuf*> out) noexcept {
  if (mtu < kMinMtu4) return 0;
  const auto split = [&] {
    return rte_ipv4_fragment_packet(frame, out.data(), static_cast<uint16_t>(out.size()), mtu,
                                    pools.headers, pools.payload);
  };
  return fragment(frame, l2_bytes, out, split, put_checksum);
}

unsigned fragment_ipv6(rte_mbuf* frame, uint16_t l2_bytes, uint16_t mtu, uint32_t id,
                       const FragmentPools& pools, std::span<rte_mbuf*> out) noexcept {
  if (mtu < kMinMtu6) return 0;
  const auto split = [&] {
    return rte_ipv6_fragment_packet(frame, out.data(), static_cast<uint16_t>(out.size()), mtu,
                                    pools.headers, pools.payload);
  };
  return fragment(frame, l2_bytes, out, split, [&](rte_mbuf* piece) { put_id(piece, id); });
}

}  // namespace dstfwd
