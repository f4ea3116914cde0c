// SPDX-License-Identifier: BSD-3-Clause
// Routes at the top of the address space, in pieces.
//
// rte_fib and rte_fib6 (22.11 to 22.11.11 at least) overwrite the whole table when a prefix changes
// that reaches up to the highest address while a longer one in it does so, too (0.0.0.0/0 and
// 224.0.0.0/3, say): the end of the range wraps to zero, which there means everything. So prefixes
// that reach the top are not given to the library as they are. The blocks beside the way down to
// the highest address (0/1, 128/2, 192/3 ...) and that address itself are disjoint, and only the
// last one reaches the top; each gets the hop of the longest prefix that holds it.
#pragma once

#include <array>
#include <vector>

#include "fwd/prefix.h"

namespace dstfwd {

// A route to be added or replaced, or with kNoRouteHop: deleted.
template <typename Family>
struct FibChange {
  Prefix<Family> prefix;
  NextHopIndex hop;
};

// Pure bookkeeping; one thread.
template <typename Family>
class FibTop {
 public:
  using Change = FibChange<Family>;
  static constexpr unsigned kBits = Family::kAddressBits;

  // Is the prefix one that reaches the top, or one of the blocks beside the way there? All others
  // are not this class' concern.
  static constexpr bool concerns(const Prefix<Family>& prefix) noexcept {
    return reaches_top(prefix) || (prefix.length > 0 && reaches_top(flipped(prefix)));
  }

  NextHopIndex get(const Prefix<Family>& prefix) const noexcept {
    return reaches_top(prefix) ? reaching_[prefix.length] : beside_[prefix.length];
  }
  // Precondition: concerns(change.prefix). Adds to `pieces` what has to change in the table.
  void set(const Change& change, std::vector<Change>& pieces) {
    (reaches_top(change.prefix) ? reaching_ : beside_)[change.prefix.length] = change.hop;
    NextHopIndex inherited = kNoRouteHop;
    for (unsigned k = 1; k <= kBits + 1; ++k) {
      if (reaching_[k - 1] != kNoRouteHop) inherited = reaching_[k - 1];
      NextHopIndex hop = inherited;
      if (k <= kBits && beside_[k] != kNoRouteHop) hop = beside_[k];
      if (hop != pieces_[k]) pieces.push_back({piece(k), hop});
      pieces_[k] = hop;
    }
  }
  // All routes that were set, as they were set.
  void append_routes(std::vector<Change>& routes) const {
    for (unsigned length = 0; length <= kBits; ++length) {
      const auto l = static_cast<uint8_t>(length);
      const Prefix<Family> top = Prefix<Family>{all_ones(), l}.masked();
      if (reaching_[length] != kNoRouteHop) routes.push_back({top, reaching_[length]});
      if (beside_[length] != kNoRouteHop) routes.push_back({flipped(top), beside_[length]});
    }
  }

 private:
  using Bytes = std::array<uint8_t, kBits / 8>;

  static constexpr typename Family::Address all_ones() noexcept {
    return mask_address(typename Family::Address{}, 0, 0xff);
  }
  static constexpr bool reaches_top(const Prefix<Family>& prefix) noexcept {
    return prefix.highest() == all_ones();
  }
  // The other half of the next shorter prefix. Precondition: length > 0.
  static constexpr Prefix<Family> flipped(const Prefix<Family>& prefix) noexcept {
    auto bytes = std::bit_cast<Bytes>(prefix.address);
    const unsigned last = prefix.length - 1U;
    bytes[last / 8] = static_cast<uint8_t>(bytes[last / 8] ^ (0x80U >> last % 8));
    return {std::bit_cast<typename Family::Address>(bytes), prefix.length};
  }
  // Block k (1 to kBits) beside the way, or (kBits + 1) the highest address.
  static constexpr Prefix<Family> piece(unsigned k) noexcept {
    if (k > kBits) return Prefix<Family>::host(all_ones());
    return flipped(Prefix<Family>{all_ones(), static_cast<uint8_t>(k)}.masked());
  }

  std::array<NextHopIndex, kBits + 2> reaching_{};  // by length
  std::array<NextHopIndex, kBits + 2> beside_{};    // by length
  std::array<NextHopIndex, kBits + 2> pieces_{};    // what the table has
};

}  // namespace dstfwd
