// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_table.h"

#include "fwd/address_text.h"

namespace dstfwd {
namespace {

// Leading ones that both have alike.
unsigned common_bits(const Ipv6Address& a, const Ipv6Address& b) noexcept {
  unsigned bits = 0;
  for (size_t i = 0; i < a.bytes.size(); ++i) {
    const auto differ = static_cast<uint8_t>(a.bytes[i] ^ b.bytes[i]);
    bits += static_cast<unsigned>(std::countl_zero(differ));
    if (differ != 0) break;
  }
  return bits;
}

}  // namespace

template <typename Family>
std::optional<typename Family::Address> AddressTable<Family>::companion(
    const Prefix<Family>& prefix) noexcept {
  if (prefix.length + 2U > Family::kAddressBits) return {};
  if constexpr (std::is_same_v<Family, Ipv4>) return prefix.highest();
  return prefix.masked().address;
}

template <typename Family>
void AddressTable<Family>::count_local(const Address& address, bool more) {
  uint32_t& count = local_[Prefix<Family>::host(address)];
  count += more ? 1 : -1U;
  if (count == 0) local_.erase(Prefix<Family>::host(address));
}

template <typename Family>
Status AddressTable<Family>::add(const Own& own) {
  const Address& address = own.prefix.address;
  const std::string text = to_text(own.prefix);
  if (!is_unicast(address)) return Error{text + " is not a unicast address"};
  if (own.prefix.length == 0) return Error{text + ": the prefix' length must not be 0"};
  if (companion(own.prefix) == address) {
    return Error{text + (std::is_same_v<Family, Ipv4> ? " is its prefix' broadcast address"
                                                      : " is its prefix' anycast address")};
  }
  for (const Own& other : own_) {
    if (other.prefix.address != address) continue;
    // Each link has link-local addresses of its own.
    if (other.link != own.link && is_link_local_v6(address)) continue;
    return Error{"address " + text + " exists already: " + to_text(other.prefix) + " on " +
                 to_text(other.link)};
  }
  own_.push_back(own);
  count_local(address, true);
  if (const auto more = companion(own.prefix)) count_local(*more, true);
  if (connects(own.prefix)) connected_[own.prefix.masked()].push_back(own.link);
  ++version_;
  return Ok{};
}

template <typename Family>
Result<OwnAddress<Family>> AddressTable<Family>::remove(const Prefix<Family>& prefix,
                                                        const std::optional<LinkRef>& link) {
  const auto found = std::ranges::find_if(
      own_, [&](const Own& own) { return own.prefix == prefix && (!link || own.link == *link); });
  if (found == own_.end()) {
    return Error{"no such address: " + to_text(prefix) + (link ? " on " + to_text(*link) : "")};
  }
  const Own gone = *found;
  own_.erase(found);
  if (!gone.duplicate) count_local(prefix.address, false);
  if (const auto more = companion(prefix)) count_local(*more, false);
  if (connects(prefix)) {
    auto& links = connected_[prefix.masked()];
    links.erase(std::ranges::find(links, gone.link));
    if (links.empty()) connected_.erase(prefix.masked());
  }
  ++version_;
  return gone;
}

template <typename Family>
const OwnAddress<Family>* AddressTable<Family>::set_duplicate(const LinkRef& link,
                                                              const Address& address,
                                                              bool duplicate) {
  const auto found = std::ranges::find_if(own_, [&](const Own& own) {
    return own.link == link && own.prefix.address == address && own.duplicate != duplicate;
  });
  if (found == own_.end()) return nullptr;
  found->duplicate = duplicate;
  count_local(address, !duplicate);
  ++version_;
  return &*found;
}

template <typename Family>
const OwnAddress<Family>* AddressTable<Family>::find(const LinkRef& link,
                                                     const Address& address) const noexcept {
  for (const Own& own : own_) {
    if (own.link == link && own.prefix.address == address) return &own;
  }
  return nullptr;
}

template <typename Family>
bool AddressTable<Family>::is_own(const Address& address) const noexcept {
  return std::ranges::any_of(
      own_, [&](const Own& o) { return o.prefix.address == address && !o.duplicate; });
}

template <typename Family>
bool AddressTable<Family>::is_directed_broadcast(const Address& address) const noexcept {
  if constexpr (std::is_same_v<Family, Ipv6>) return false;
  return std::ranges::any_of(own_, [&](const Own& o) { return companion(o.prefix) == address; });
}

template <typename Family>
bool AddressTable<Family>::is_anycast(const LinkRef& link, const Address& address) const noexcept {
  if constexpr (std::is_same_v<Family, Ipv4>) return false;
  return std::ranges::any_of(
      own_, [&](const Own& o) { return o.link == link && companion(o.prefix) == address; });
}

template <typename Family>
std::optional<LinkRef> AddressTable<Family>::connected_by(const Address& address) const noexcept {
  const Prefix<Family>* best = nullptr;
  const LinkRef* link = nullptr;
  for (const auto& [prefix, links] : connected_) {
    if (!prefix.contains(address) || (best != nullptr && best->length >= prefix.length)) continue;
    best = &prefix;
    link = &links.front();
  }
  if (link == nullptr) return {};
  return *link;
}

template <typename Family>
bool AddressTable<Family>::is_on_link(const LinkRef& link, const Address& address) const noexcept {
  return std::ranges::any_of(own_, [&](const Own& own) {
    return own.link == link && !own.prefix.is_host() && own.prefix.contains(address);
  });
}

template <typename Family>
const OwnAddress<Family>* AddressTable<Family>::source_on(const LinkRef& link,
                                                          const Address& peer) const noexcept {
  const bool local_scope = is_link_local_v6(peer);
  const Own* best = nullptr;
  const Own* elsewhere = nullptr;
  unsigned most = 0;
  for (const Own& own : own_) {
    if (own.duplicate || is_link_local_v6(own.prefix.address) != local_scope) continue;
    if (own.link != link) {
      if (elsewhere == nullptr && !local_scope) elsewhere = &own;
      continue;
    }
    unsigned common = own.prefix.contains(peer) ? own.prefix.length : 0U;
    if constexpr (std::is_same_v<Family, Ipv6>) {
      common = std::min<unsigned>(common_bits(own.prefix.address, peer), own.prefix.length);
    } else if (common != 0) {
      common = 1;  // the first one that has it
    }
    if (best == nullptr || common > most) {
      best = &own;
      most = common;
    }
  }
  return best != nullptr ? best : elsewhere;
}

template <typename Family>
const std::vector<LinkRef>* AddressTable<Family>::links_of(
    const Prefix<Family>& prefix) const noexcept {
  const auto found = connected_.find(prefix);
  return found == connected_.end() ? nullptr : &found->second;
}

template class AddressTable<Ipv4>;
template class AddressTable<Ipv6>;

}  // namespace dstfwd
