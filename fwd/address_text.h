// SPDX-License-Identifier: BSD-3-Clause
// Addresses as people write them. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fwd/link_ref.h"
#include "fwd/prefix.h"

namespace dstfwd {

// Dotted quad without leading zeros; RFC 4291 2.2. Nothing else, no blanks around it.
template <typename Family>
std::optional<typename Family::Address> parse_address(std::string_view text);
// "192.0.2.1/24"; without a length: a host's. Host bits may be set.
template <typename Family>
std::optional<Prefix<Family>> parse_prefix(std::string_view text);
// "02:00:00:00:01:02": six groups of two hexadecimal digits.
std::optional<MacAddress> parse_mac(std::string_view text);
// A decimal number without sign, at most `max`.
std::optional<uint32_t> parse_number(std::string_view text, uint32_t max);

std::string to_text(const Ipv4Address& address);
std::string to_text(const Ipv6Address& address);  // RFC 5952
std::string to_text(const MacAddress& mac);
std::string to_text(const LinkRef& link);  // "port 1", "port 1 vlan 100"
template <typename Family>
std::string to_text(const Prefix<Family>& prefix) {
  return to_text(prefix.address) + "/" + std::to_string(prefix.length);
}

extern template std::optional<Ipv4Address> parse_address<Ipv4>(std::string_view);
extern template std::optional<Ipv6Address> parse_address<Ipv6>(std::string_view);
extern template std::optional<Prefix<Ipv4>> parse_prefix<Ipv4>(std::string_view);
extern template std::optional<Prefix<Ipv6>> parse_prefix<Ipv6>(std::string_view);

}  // namespace dstfwd
