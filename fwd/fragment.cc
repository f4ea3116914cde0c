// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fragment.h"

#include <rte_ip_frag.h>

#include <array>

#include "fwd/checksum.h"
#include "fwd/headers.h"

namespace dstfwd {
namespace {

constexpr uint16_t kMinMtu = 68;
constexpr uint16_t kMaxLinkHeader = 22;  // two tags

// rte_ip_frag leaves the header checksum to hardware.
void put_checksum(rte_mbuf* fragment) noexcept {
  auto* ip = rte_pktmbuf_mtod(fragment, Ipv4Header*);
  ip->checksum = {};
  const size_t length = size_t{ip->version_ihl & 0xfU} * 4;
  ip->checksum = internet_checksum({reinterpret_cast<const uint8_t*>(ip), length});
}

}  // namespace

unsigned fragment_ipv4(rte_mbuf* frame, uint16_t l2_bytes, uint16_t mtu, const FragmentPools& pools,
                       std::span<rte_mbuf*> out) noexcept {
  std::array<uint8_t, kMaxLinkHeader> link;
  if (mtu < kMinMtu || l2_bytes > link.size()) return 0;
  std::memcpy(link.data(), rte_pktmbuf_mtod(frame, const uint8_t*), l2_bytes);
  rte_pktmbuf_adj(frame, l2_bytes);
  const int count = rte_ipv4_fragment_packet(frame, out.data(), static_cast<uint16_t>(out.size()),
                                             mtu, pools.headers, pools.payload);
  if (count <= 0) {
    rte_pktmbuf_prepend(frame, l2_bytes);  // its bytes are still there
    return 0;
  }
  for (rte_mbuf* fragment : out.first(static_cast<size_t>(count))) {
    put_checksum(fragment);
    std::memcpy(rte_pktmbuf_prepend(fragment, l2_bytes), link.data(), l2_bytes);
    fragment->port = frame->port;
  }
  rte_pktmbuf_free(frame);
  return static_cast<unsigned>(count);
}

}  // namespace dstfwd
