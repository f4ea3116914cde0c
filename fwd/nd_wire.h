// SPDX-License-Identifier: BSD-3-Clause
// Wire formats of RFC 4861, for nd.cc and nd_build.cc.
#pragma once

#include "fwd/headers.h"

namespace dstfwd {

struct NdSolicitHeader {  // 4.1 (without target) and 4.3
  uint8_t type;
  uint8_t code;
  Be16 checksum;
  Be32 flags;  // reserved; of an advertisement: R, S, O
};
static_assert(sizeof(NdSolicitHeader) == 8);
inline constexpr uint32_t kNdRouterFlag = 0x80000000U;
inline constexpr uint32_t kNdSolicitedFlag = 0x40000000U;
inline constexpr uint32_t kNdOverrideFlag = 0x20000000U;

struct RouterAdvertHeader {  // 4.2
  uint8_t type;
  uint8_t code;
  Be16 checksum;
  uint8_t hop_limit;
  uint8_t flags;
  Be16 lifetime_s;
  Be32 reachable_ms;
  Be32 retrans_ms;
};
static_assert(sizeof(RouterAdvertHeader) == 16);

inline constexpr uint8_t kNdOptionSourceLla = 1;
inline constexpr uint8_t kNdOptionTargetLla = 2;
inline constexpr uint8_t kNdOptionPrefix = 3;
inline constexpr uint8_t kNdOptionMtu = 5;

struct LlaOption {  // 4.6.1
  uint8_t type;
  uint8_t length_8 = 1;
  MacAddress mac;
};
static_assert(sizeof(LlaOption) == 8);

struct PrefixOption {  // 4.6.2
  uint8_t type = kNdOptionPrefix;
  uint8_t length_8 = 4;
  uint8_t prefix_bits;
  uint8_t flags = 0xc0;  // L, A
  Be32 valid_s;
  Be32 preferred_s;
  Be32 reserved{};
  Ipv6Address prefix;
};
static_assert(sizeof(PrefixOption) == 32);

struct MtuOption {  // 4.6.4
  uint8_t type = kNdOptionMtu;
  uint8_t length_8 = 1;
  Be16 reserved{};
  Be32 mtu;
};
static_assert(sizeof(MtuOption) == 8);

}  // namespace dstfwd
