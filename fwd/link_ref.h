// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "fwd/types.h"

namespace dstfwd {

// A port, or a sub-interface of one.
struct LinkRef {
  PortId port = kInvalidPort;
  uint16_t vlan = 0;  // 802.1Q identifier; 0: untagged
  friend constexpr bool operator==(const LinkRef&, const LinkRef&) noexcept = default;
  friend constexpr bool operator<(const LinkRef& a, const LinkRef& b) noexcept {
    return std::pair(to_u16(a.port), a.vlan) < std::pair(to_u16(b.port), b.vlan);
  }
};

}  // namespace dstfwd
