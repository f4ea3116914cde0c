// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "fwd/address_scope.h"
#include "fwd/link_ref.h"
#include "fwd/prefix.h"

namespace dstfwd {

template <typename Family>
struct OwnAddress {
  LinkRef link;
  Prefix<Family> prefix;   // the address and its prefix' length: host bits are set
  bool automatic = false;  // an IPv6 link-local one that came with the link
  bool duplicate = false;  // another station has it: not in use (AddressTable::set_duplicate())
};

// The router's own addresses, and what follows from them: which addresses are the router itself,
// and which prefixes are connected by which link. Control thread.
//
// Local are, besides the addresses, a prefix' directed broadcast address (RFC 1812 5.3.5.2; not of
// /31 and /32, RFC 3021) and in IPv6 its subnet-router anycast address (RFC 4291 2.6.1; not of /127
// and /128, RFC 6164), as in Linux.
//
// An address that another station has is kept, and its prefix stays connected, but it is not local
// and no source: packets to it go to that station (RFC 4862 5.4.5, RFC 5227 2.1.1).
template <typename Family>
class AddressTable {
 public:
  using Address = typename Family::Address;
  using Own = OwnAddress<Family>;

  Status add(const Own& own);
  // Without a link: of whichever has it.
  Result<Own> remove(const Prefix<Family>& prefix, const std::optional<LinkRef>& link);
  // Takes an address out of use, or back into it. Returns it if that is a change, else nullptr.
  const Own* set_duplicate(const LinkRef& link, const Address& address, bool duplicate);

  // With the address, on that link, in use or not. nullptr: none.
  const Own* find(const LinkRef& link, const Address& address) const noexcept;
  bool is_own(const Address& address) const noexcept;
  bool is_local(const Address& address) const noexcept {
    return local_.contains(Prefix<Family>::host(address));
  }
  bool is_directed_broadcast(const Address& address) const noexcept;
  bool is_anycast(const LinkRef& link, const Address& address) const noexcept;

  // By the longest connected prefix that holds the address. Link-local addresses: nothing, since
  // any link has them.
  std::optional<LinkRef> connected_by(const Address& address) const noexcept;
  bool is_on_link(const LinkRef& link, const Address& address) const noexcept;
  // The address to speak to `peer` with on a link: in IPv4 the first one whose prefix has it, or
  // else the link's first; in IPv6 the one of the same scope that has most leading bits in common
  // (RFC 6724 5, rule 8). For a link without one: any of the router's. nullptr: it has none.
  const Own* source_on(const LinkRef& link, const Address& peer) const noexcept;
  // The links that connect just this prefix, in the order of their addresses.
  const std::vector<LinkRef>* links_of(const Prefix<Family>& prefix) const noexcept;

  const std::vector<Own>& all() const noexcept { return own_; }
  uint64_t version() const noexcept { return version_; }  // changes when the set does

  // What an address makes local, besides itself; nothing if there is none.
  static std::optional<Address> companion(const Prefix<Family>& prefix) noexcept;
  // Does the address connect a prefix that is to be routed?
  static bool connects(const Prefix<Family>& prefix) noexcept {
    return !prefix.is_host() && !is_link_local_v6(prefix.address);
  }

 private:
  static bool is_link_local_v6(const Address& address) noexcept {
    if constexpr (std::is_same_v<Family, Ipv6>) return is_link_local(address);
    return false;
  }
  void count_local(const Address& address, bool more);

  std::vector<Own> own_;
  std::unordered_map<Prefix<Family>, uint32_t, PrefixHash<Family>> local_;
  std::unordered_map<Prefix<Family>, std::vector<LinkRef>, PrefixHash<Family>> connected_;
  uint64_t version_ = 1;
};

extern template class AddressTable<Ipv4>;
extern template class AddressTable<Ipv6>;

}  // namespace dstfwd
