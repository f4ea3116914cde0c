// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/gen_values.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>
#include <sstream>

namespace dstfwd::gen {
namespace {

std::string quoted(std::string_view text) {
  return '"' + std::string(text) + '"';
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [ptr, ec] = std::from_chars(text.data(), end, number);
  return ec == std::errc{} && ptr == end ? std::optional(number) : std::nullopt;
}

std::string number_text(double value) {
  std::ostringstream out;
  out.precision(12);
  out << value;
  return out.str();
}

// ADDRESS[/LENGTH] as address bytes and length.
template <size_t Bytes>
std::optional<std::pair<std::array<uint8_t, Bytes>, unsigned>> parse_prefix(std::string_view text) {
  const size_t slash = text.find('/');
  std::array<uint8_t, Bytes> address{};
  const std::string host(text.substr(0, slash));
  if (inet_pton(Bytes == 4 ? AF_INET : AF_INET6, host.c_str(), address.data()) != 1)
    return std::nullopt;
  unsigned length = Bytes * 8;
  if (slash != std::string_view::npos) {
    const auto given = parse_number<unsigned>(text.substr(slash + 1));
    if (!given || *given > Bytes * 8) return std::nullopt;
    length = *given;
  }
  for (unsigned bit = length; bit < Bytes * 8; ++bit)
    if ((address[bit / 8] >> (7 - bit % 8) & 1U) != 0) return std::nullopt;
  return std::pair(address, length);
}

}  // namespace

Result<uint64_t> parse_count(std::string_view text, uint64_t min, uint64_t max) {
  const auto number = parse_number<uint64_t>(text);
  if (!number || *number < min || *number > max)
    return Error{quoted(text) + " is not a number from " + std::to_string(min) + " to " +
                 std::to_string(max)};
  return *number;
}

Result<double> parse_quantity(std::string_view text, double min, double max,
                              const std::string& unit) {
  std::string_view digits = text;
  double factor = 1;
  if (!digits.empty() && std::string_view("kMG").find(digits.back()) != std::string_view::npos) {
    factor = digits.back() == 'k' ? 1e3 : digits.back() == 'M' ? 1e6 : 1e9;
    digits.remove_suffix(1);
  }
  const auto number = parse_number<double>(digits);
  // Written so that NaN fails.
  if (!number || !(*number * factor >= min && *number * factor <= max))
    return Error{quoted(text) + " is not a number" + unit + " from " + number_text(min) + " to " +
                 number_text(max)};
  return *number * factor;
}

Result<MacAddress> parse_mac(std::string_view text) {
  const Error error{quoted(text) + " is not a MAC address, such as 02:00:00:00:00:01"};
  if (text.size() != 17) return error;
  MacAddress mac;
  for (size_t i = 0; i < 6; ++i) {
    const char* at = text.data() + 3 * i;
    const auto [ptr, ec] = std::from_chars(at, at + 2, mac.bytes[i], 16);
    if (ec != std::errc{} || ptr != at + 2 || (i < 5 && at[2] != ':')) return error;
  }
  return mac;
}

Result<Ipv4Range> parse_range4(std::string_view text) {
  const auto prefix = parse_prefix<4>(text);
  if (!prefix) return Error{quoted(text) + " is not an IPv4 prefix, such as 198.18.0.0/16"};
  Ipv4Range range;
  std::memcpy(&range.first, prefix->first.data(), 4);
  range.count = uint64_t{1} << (32 - prefix->second);
  return range;
}

Result<Ipv6Range> parse_range6(std::string_view text) {
  const auto prefix = parse_prefix<16>(text);
  if (!prefix) return Error{quoted(text) + " is not an IPv6 prefix, such as 2001:2:0:1::/64"};
  return Ipv6Range{{prefix->first}, uint64_t{1} << std::min(32U, 128 - prefix->second)};
}

}  // namespace dstfwd::gen
