// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>

#include "dstgc/result.h"
#include "dstgc/types.h"

namespace dstfwd {

using dstgc::EntryIndex;
using dstgc::Error;
using dstgc::kNoEntry;
using dstgc::Ok;
using dstgc::Result;
using dstgc::Status;

// An ethdev port id.
enum class PortId : uint16_t {};
inline constexpr PortId kInvalidPort{0xffffU};
constexpr uint16_t to_u16(PortId port) noexcept {
  return static_cast<uint16_t>(port);
}

// A position in the NextHopTable. 0 is the answer "no route".
enum class NextHopIndex : uint32_t {};
inline constexpr NextHopIndex kNoRouteHop{0};
constexpr uint32_t to_u32(NextHopIndex hop) noexcept {
  return static_cast<uint32_t>(hop);
}
using dstgc::to_u32;

// A 16-bit field in network byte order, anywhere in a packet (alignment 1). host() is the only way
// to its value.
struct [[gnu::packed]] Be16 {
  uint16_t raw = 0;
  static constexpr Be16 from_host(uint16_t v) noexcept { return {__builtin_bswap16(v)}; }
  constexpr uint16_t host() const noexcept { return __builtin_bswap16(raw); }
  friend constexpr bool operator==(Be16, Be16) noexcept = default;
};

// A 32-bit field in network byte order, anywhere in a packet (alignment 1).
struct [[gnu::packed]] Be32 {
  uint32_t raw = 0;
  static constexpr Be32 from_host(uint32_t v) noexcept { return {__builtin_bswap32(v)}; }
  constexpr uint32_t host() const noexcept { return __builtin_bswap32(raw); }
  friend constexpr bool operator==(Be32, Be32) noexcept = default;
};
static_assert(alignof(Be16) == 1 && alignof(Be32) == 1);
static_assert(std::endian::native == std::endian::little, "dstfwd runs on little-endian x86-64");

struct MacAddress {
  std::array<uint8_t, 6> bytes{};
  constexpr bool is_group() const noexcept { return (bytes[0] & 1U) != 0; }
  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) noexcept = default;
};
static_assert(sizeof(MacAddress) == 6);

// RFC 791 address; value.host() is a.b.c.d as 0xaabbccdd.
struct Ipv4Address {
  Be32 value;
  friend constexpr bool operator==(Ipv4Address, Ipv4Address) noexcept = default;
};

// RFC 4291 address, network order.
struct Ipv6Address {
  std::array<uint8_t, 16> bytes{};
  // clang-tidy 14 takes the comparison with 0 in code that uses this for a null pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend constexpr auto operator<=>(const Ipv6Address&, const Ipv6Address&) noexcept = default;
};

}  // namespace dstfwd
