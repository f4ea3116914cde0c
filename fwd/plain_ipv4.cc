// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/plain_ipv4.h"

#include "fwd/cpu_flags.h"

namespace dstfwd {

PlainFront::PlainFront(const MacAddress& own_mac, uint16_t ether_type, uint8_t first,
                       uint8_t first_mask) noexcept {
  for (size_t i = 0; i < own_mac.bytes.size(); ++i) {
    wanted[i] = own_mac.bytes[i];
    mask[i] = 0xff;
  }
  wanted[12] = static_cast<uint8_t>(ether_type >> 8U);
  wanted[13] = static_cast<uint8_t>(ether_type);
  wanted[14] = first;
  mask[12] = mask[13] = 0xff;
  mask[14] = first_mask;
}

PlainKernel best_plain_kernel() noexcept {
  return cpu_has(RTE_CPUFLAG_AVX2) ? take_plain_ipv4_avx2 : nullptr;
}

}  // namespace dstfwd
