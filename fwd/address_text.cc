// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/address_text.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstdio>

namespace dstfwd {
namespace {

template <typename Family>
constexpr int kSocketFamily = std::is_same_v<Family, Ipv4> ? AF_INET : AF_INET6;

template <typename Family, typename Address>
std::string text_of(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(kSocketFamily<Family>, &address, text, sizeof(text));
}

}  // namespace

template <typename Family>
std::optional<typename Family::Address> parse_address(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(terminated)) return {};
  if (text.find('\0') != std::string_view::npos) return {};
  text.copy(terminated, text.size());
  terminated[text.size()] = '\0';
  typename Family::Address address;
  if (inet_pton(kSocketFamily<Family>, terminated, &address) != 1) return {};
  return address;
}

template <typename Family>
std::optional<Prefix<Family>> parse_prefix(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = parse_address<Family>(text.substr(0, slash));
  if (!address) return {};
  if (slash == std::string_view::npos) return Prefix<Family>::host(*address);
  const auto length = parse_number(text.substr(slash + 1), Family::kAddressBits);
  if (!length) return {};
  return Prefix<Family>{*address, static_cast<uint8_t>(*length)};
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  MacAddress mac;
  if (text.size() != 3 * mac.bytes.size() - 1) return {};
  for (size_t i = 0; i < mac.bytes.size(); ++i) {
    const char* digits = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac.bytes[i], 16);
    if (error != std::errc{} || end != digits + 2) return {};
    if (i + 1 < mac.bytes.size() && *end != ':') return {};
  }
  return mac;
}

std::optional<uint32_t> parse_number(std::string_view text, uint32_t max) {
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end || number > max) return {};
  return number;
}

std::string to_text(const Ipv4Address& address) {
  return text_of<Ipv4>(address);
}
std::string to_text(const Ipv6Address& address) {
  return text_of<Ipv6>(address);
}
std::string to_text(const MacAddress& mac) {
  const auto& b = mac.bytes;
  char text[18];
  std::snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                b[5]);
  return text;
}
std::string to_text(const LinkRef& link) {
  std::string text = "port " + std::to_string(to_u16(link.port));
  if (link.vlan != 0) text += " vlan " + std::to_string(link.vlan);
  return text;
}

template std::optional<Ipv4Address> parse_address<Ipv4>(std::string_view);
template std::optional<Ipv6Address> parse_address<Ipv6>(std::string_view);
template std::optional<Prefix<Ipv4>> parse_prefix<Ipv4>(std::string_view);
template std::optional<Prefix<Ipv6>> parse_prefix<Ipv6>(std::string_view);

}  // namespace dstfwd
