// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/reassembler.h"

#include <cstddef>
#include <string>

#include "fwd/headers.h"

namespace dstfwd {
namespace {

constexpr uint32_t kPackets = 256;  // being put together at once
constexpr uint32_t kAssociativity = 8;

}  // namespace

Result<Reassembler> Reassembler::create(uint64_t tsc_hz, int numa_node) {
  const auto table = [&](uint64_t timeout_s) {
    return rte_ip_frag_table_create(kPackets, kAssociativity, kPackets, tsc_hz * timeout_s,
                                    numa_node);
  };
  Reassembler made(table(kTimeout4_s), table(kTimeout6_s));
  if (!made.table4_ || !made.table6_) return Error{"no memory for the reassembly tables"};
  return made;
}

rte_mbuf* Reassembler::add_ipv4(rte_mbuf* fragment, uint16_t l3_offset, uint64_t now_tsc) noexcept {
  auto* ip = rte_pktmbuf_mtod_offset(fragment, rte_ipv4_hdr*, l3_offset);
  const auto* header = reinterpret_cast<const Ipv4Header*>(ip);
  fragment->l2_len = l3_offset;
  fragment->l3_len = static_cast<uint16_t>((header->version_ihl & 0xfU) * 4U);
  rte_mbuf* whole =
      rte_ipv4_frag_reassemble_packet(table4_.get(), dead_.get(), fragment, now_tsc, ip);
  bury();
  return whole;
}

rte_mbuf* Reassembler::add_ipv6(rte_mbuf* fragment, uint16_t l3_offset, uint64_t now_tsc) noexcept {
  auto* ip = rte_pktmbuf_mtod_offset(fragment, rte_ipv6_hdr*, l3_offset);
  const auto* header = reinterpret_cast<const Ipv6Header*>(ip);
  constexpr uint16_t kHeaders = sizeof(Ipv6Header) + sizeof(rte_ipv6_fragment_ext);
  if (header->next_header != kProtoFragment || fragment->data_len < l3_offset + kHeaders) {
    rte_pktmbuf_free(fragment);
    return nullptr;
  }
  auto* extension =
      rte_pktmbuf_mtod_offset(fragment, rte_ipv6_fragment_ext*, l3_offset + sizeof(Ipv6Header));
  fragment->l2_len = l3_offset;
  fragment->l3_len = kHeaders;
  rte_mbuf* whole =
      rte_ipv6_frag_reassemble_packet(table6_.get(), dead_.get(), fragment, now_tsc, ip, extension);
  bury();
  return whole;
}

// 22.11 calls this function experimental; later versions have it as it is.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void Reassembler::collect_expired(rte_ip_frag_tbl* table, uint64_t now_tsc) noexcept {
  rte_ip_frag_table_del_expired_entries(table, dead_.get(), now_tsc);
}
#pragma GCC diagnostic pop

// l2_len is where add_ipv4 and add_ipv6 have found the IP header; both had it contiguous.
bool Reassembler::is_first(const rte_mbuf* fragment) noexcept {
  const auto* ip = rte_pktmbuf_mtod_offset(fragment, const uint8_t*, fragment->l2_len);
  const size_t at = ip[0] >> 4U == 4 ? offsetof(Ipv4Header, fragment) : sizeof(Ipv6Header) + 2;
  const uint32_t offset = uint32_t{ip[at]} << 8U | ip[at + 1];
  return (offset & (ip[0] >> 4U == 4 ? kIpv4OffsetMask : 0xfff8U)) == 0;
}

void Reassembler::drop_all() {
  // One call ends as many packets as the death row has room for, and tells nothing: 32 at least.
  for (uint32_t done = 0; done < kPackets; done += RTE_IP_FRAG_DEATH_ROW_LEN) expire(UINT64_MAX);
}

}  // namespace dstfwd
