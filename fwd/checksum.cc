// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/checksum.h"

#include <rte_ip.h>

namespace dstfwd {
namespace {

// rte_raw_cksum() returns the folded sum, not complemented, as it lies in memory.
uint32_t sum(std::span<const uint8_t> data) noexcept {
  return rte_raw_cksum(data.data(), data.size());
}

Be16 complement(uint32_t sum) noexcept {
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  return Be16{static_cast<uint16_t>(~sum)};
}

template <typename Address>
Be16 with_pseudo_header(const Address& src, const Address& dst, uint8_t protocol,
                        std::span<const uint8_t> data) noexcept {
  struct PseudoHeader {
    Address src;
    Address dst;
    Be32 length;    // IPv4's is 16 bits and stands behind the protocol: the same sum
    Be32 protocol;  // the low byte
  };
  const PseudoHeader pseudo{src, dst, Be32::from_host(static_cast<uint32_t>(data.size())),
                            Be32::from_host(protocol)};
  const auto* bytes = reinterpret_cast<const uint8_t*>(&pseudo);
  return complement(sum({bytes, sizeof(pseudo)}) + sum(data));
}

}  // namespace

Be16 internet_checksum(std::span<const uint8_t> data) noexcept {
  return complement(sum(data));
}

Be16 transport_checksum(const Ipv6Address& src, const Ipv6Address& dst, uint8_t protocol,
                        std::span<const uint8_t> data) noexcept {
  return with_pseudo_header(src, dst, protocol, data);
}

Be16 transport_checksum(const Ipv4Address& src, const Ipv4Address& dst, uint8_t protocol,
                        std::span<const uint8_t> data) noexcept {
  return with_pseudo_header(src, dst, protocol, data);
}

}  // namespace dstfwd
