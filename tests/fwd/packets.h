// SPDX-License-Identifier: BSD-3-Clause
// Frames for tests, made byte by byte.
#pragma once

#include <random>
#include <vector>

#include "fwd/types.h"

namespace dstfwd::test {

using Octets = std::vector<uint8_t>;

inline constexpr MacAddress kOwnMac{{0x02, 0, 0, 0, 0, 0x01}};
inline constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0x01, 0x01}};

void append(Octets& to, const Octets& what);
inline void put16(Octets& at, size_t offset, unsigned value) {
  at[offset] = static_cast<uint8_t>(value >> 8U);
  at[offset + 1] = static_cast<uint8_t>(value);
}
inline unsigned get16(const Octets& at, size_t offset) {
  return at[offset] * 256U + at[offset + 1];
}

// RFC 1071 over the bytes as they are, the slow way.
unsigned checksum_of(const Octets& at, size_t from, size_t size);

struct Packet4 {
  uint32_t src = 0xc0000202;  // 192.0.2.2
  uint32_t dst = 0xc6120001;  // 198.18.0.1
  uint8_t protocol = 17;
  uint16_t sport = 4000;
  uint16_t dport = 5000;
  uint8_t ttl = 64;
  uint8_t tos = 0;
  unsigned fragment = 0;  // flags and offset
  unsigned id = 1;
  Octets options = {};  // whole words
  size_t payload = 18;  // behind the ports and four more bytes
};

Octets ipv4(const Packet4& p);
// The checksum again, after changes.
void fix4(Octets& ip, size_t at = 0);

struct Packet6 {
  Ipv6Address src{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
  Ipv6Address dst{{0x20, 0x01, 0x0d, 0xb8, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  uint8_t next = 17;
  uint8_t hop_limit = 64;
  Octets body = {0x0f, 0xa0, 0x13, 0x88, 0, 12, 0, 0, 1, 2, 3, 4};  // ports 4000, 5000
};

Octets ipv6(const Packet6& p);

Octets ethernet(unsigned type, const Octets& payload, MacAddress dst = kOwnMac,
                MacAddress src = kPeerMac);
inline Octets frame4(const Packet4& p = {}) {
  return ethernet(0x0800, ipv4(p));
}
inline Octets frame6(const Packet6& p = {}) {
  return ethernet(0x86dd, ipv6(p));
}
Octets tagged(const Octets& frame, unsigned tci, unsigned type = 0x8100);

// A frame of any of many kinds, then, mostly, broken in one to three places.
Octets random_frame(std::mt19937& random);

}  // namespace dstfwd::test
