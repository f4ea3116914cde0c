// SPDX-License-Identifier: BSD-3-Clause
// What most frames are: untagged, for our MAC, with an IPv4 header without options that carries a
// whole TCP or UDP packet between ordinary unicast addresses. classify.h takes them one by one; a
// kernel here takes eight at once, on a CPU that has the instructions.
#pragma once

#include "fwd/batch.h"

namespace dstfwd {

// What the first 16 bytes of plain frames have: our MAC, whatever source, the EtherType, and in the
// IP header's first byte, under a mask, the version.
struct alignas(16) PlainFront {
  static constexpr unsigned kL3 = sizeof(EthHeader);
  static constexpr uint32_t kMinTransport = 8;  // bytes behind the IP header
  static constexpr uint32_t kLeast4 = kL3 + sizeof(Ipv4Header) + kMinTransport;

  std::array<uint8_t, 16> wanted{};
  std::array<uint8_t, 16> mask{};

  PlainFront(const MacAddress& own_mac, uint16_t ether_type, uint8_t first,
             uint8_t first_mask) noexcept;
};

// Takes packets from the front, in groups of eight, up to the first group with one that is not
// plain: those go to `out`, which has room, and the sum of their bytes is added to `bytes`. Returns
// how many. checksum_offload: what the NIC says of header checksums counts. One lcore.
using PlainKernel = size_t (*)(const PlainFront& front, bool checksum_offload,
                               rte_mbuf* const* packets, size_t n, Batch<Ipv4>& out,
                               uint64_t& bytes) noexcept;

// The best that this CPU has; nullptr: none.
PlainKernel best_plain_kernel() noexcept;

// plain_ipv4_avx2.cc, compiled for AVX2.
size_t take_plain_ipv4_avx2(const PlainFront& front, bool checksum_offload,
                            rte_mbuf* const* packets, size_t n, Batch<Ipv4>& out,
                            uint64_t& bytes) noexcept;

}  // namespace dstfwd
