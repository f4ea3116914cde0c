// SPDX-License-Identifier: BSD-3-Clause
// Longest prefix match that anybody can check by reading it: what the FIB is judged by.
#pragma once

#include <map>
#include <random>
#include <vector>

#include "fwd/prefix.h"

namespace dstfwd::test {

template <typename Family>
class SlowLpm {
 public:
  using Address = typename Family::Address;
  void set(const Prefix<Family>& prefix, NextHopIndex hop) {
    if (hop == kNoRouteHop) {
      routes_.erase(prefix);
    } else {
      routes_[prefix] = hop;
    }
  }
  NextHopIndex lookup(const Address& address) const {
    for (unsigned length = Family::kAddressBits + 1; length-- > 0;) {
      const auto found =
          routes_.find({mask_address(address, length), static_cast<uint8_t>(length)});
      if (found != routes_.end()) return found->second;
    }
    return kNoRouteHop;
  }
  const std::map<Prefix<Family>, NextHopIndex>& routes() const { return routes_; }

 private:
  std::map<Prefix<Family>, NextHopIndex> routes_;
};

// Random addresses that crowd in few places, so that prefixes nest.
template <typename Family>
typename Family::Address crowded_address(std::mt19937& random) {
  std::array<uint8_t, sizeof(typename Family::Address)> bytes{};
  for (uint8_t& byte : bytes) {
    constexpr uint8_t kChoices[] = {0x00, 0x01, 0x80, 0xff, 0x0a};
    byte = random() % 16 == 0 ? static_cast<uint8_t>(random()) : kChoices[random() % 5];
  }
  return std::bit_cast<typename Family::Address>(bytes);
}

template <typename Family>
Prefix<Family> crowded_prefix(std::mt19937& random) {
  const auto length = static_cast<uint8_t>(random() % (Family::kAddressBits + 1));
  return Prefix<Family>{crowded_address<Family>(random), length}.masked();
}

}  // namespace dstfwd::test
