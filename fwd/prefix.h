// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <bit>
#include <functional>

#include "fwd/family.h"

namespace dstfwd {

// The address with all bits behind the first `length` set to `fill` (0 or 0xff).
template <typename Address>
constexpr Address mask_address(const Address& address, unsigned length, uint8_t fill = 0) noexcept {
  auto bytes = std::bit_cast<std::array<uint8_t, sizeof(Address)>>(address);
  for (unsigned i = 0; i < sizeof(Address); ++i) {
    const unsigned kept = length >= 8 * (i + 1) ? 8 : (length <= 8 * i ? 0 : length - 8 * i);
    const auto mask = static_cast<uint8_t>(0xff00U >> kept);
    bytes[i] = static_cast<uint8_t>((bytes[i] & mask) | (fill & static_cast<uint8_t>(~mask)));
  }
  return std::bit_cast<Address>(bytes);
}

// An address block: RFC 4632, RFC 4291 2.3. Bits behind `length` are zero in every Prefix of a
// table; what people type may be otherwise.
template <typename Family>
struct Prefix {
  using Address = typename Family::Address;
  using Bytes = std::array<uint8_t, sizeof(Address)>;
  Address address{};
  uint8_t length = 0;  // 0 to Family::kAddressBits

  constexpr bool is_canonical() const noexcept { return mask_address(address, length) == address; }
  constexpr Prefix masked() const noexcept { return {mask_address(address, length), length}; }
  constexpr bool is_host() const noexcept { return length == Family::kAddressBits; }
  constexpr bool contains(const Address& a) const noexcept {
    return mask_address(a, length) == mask_address(address, length);
  }
  constexpr bool contains(const Prefix& p) const noexcept {
    return p.length >= length && contains(p.address);
  }
  constexpr Bytes address_bytes() const noexcept { return std::bit_cast<Bytes>(address); }
  constexpr Address highest() const noexcept { return mask_address(address, length, 0xff); }

  static constexpr Prefix host(const Address& a) noexcept {
    return {a, static_cast<uint8_t>(Family::kAddressBits)};
  }
  friend constexpr bool operator==(const Prefix&, const Prefix&) noexcept = default;
  // In the order of people: by address, the shorter first.
  friend constexpr bool operator<(const Prefix& a, const Prefix& b) noexcept {
    const Bytes x = a.address_bytes();
    const Bytes y = b.address_bytes();
    return x == y ? a.length < b.length : x < y;
  }
};

// Mixes well for tables that people fill; not keyed.
template <typename Family>
struct PrefixHash {
  size_t operator()(const Prefix<Family>& prefix) const noexcept {
    uint64_t words[(sizeof(prefix.address) + 7) / 8] = {};
    std::memcpy(words, &prefix.address, sizeof(prefix.address));
    uint64_t h = prefix.length;
    for (const uint64_t word : words) {
      h = (h ^ word) * 0x9e3779b97f4a7c15U;
      h ^= h >> 32U;
    }
    return h;
  }
};

}  // namespace dstfwd
