// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/encapsulation.h"

namespace dstfwd {

void set_ecn(Ipv4Header& ip, Ecn ecn) noexcept {
  const auto tos = static_cast<uint8_t>((ip.tos & ~kEcnMask) | static_cast<uint8_t>(ecn));
  if (tos == ip.tos) return;
  // Equation 3: HC' = ~(~HC + ~m + m').
  const uint32_t before = uint32_t{ip.version_ihl} << 8U | ip.tos;
  const uint32_t after = uint32_t{ip.version_ihl} << 8U | tos;
  uint32_t sum = (~uint32_t{ip.checksum.host()} & 0xffffU) + (~before & 0xffffU) + after;
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  ip.checksum = Be16::from_host(static_cast<uint16_t>(~sum));
  ip.tos = tos;
}

void set_ecn(Ipv6Header& ip, Ecn ecn) noexcept {
  constexpr uint32_t kMask = uint32_t{kEcnMask} << kClassShift;
  const uint32_t word = ip.version_class_label.host();
  ip.version_class_label =
      Be32::from_host((word & ~kMask) | static_cast<uint32_t>(ecn) << kClassShift);
}

}  // namespace dstfwd
