// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "app/gen/flow_plan.h"

namespace dstfwd::gen {

// The values of dstfwd-gen's options. Errors lack the option's name: "x" is not ...
Result<uint64_t> parse_count(std::string_view text, uint64_t min, uint64_t max);
// Decimal, with k, M or G for thousands; never negative or NaN.
Result<double> parse_quantity(std::string_view text, double min, double max,
                              const std::string& unit);
Result<MacAddress> parse_mac(std::string_view text);
// "198.18.0.0/16", "198.18.0.1" (one address); IPv6 prefixes vary in 32 bits at most.
Result<Ipv4Range> parse_range4(std::string_view text);
Result<Ipv6Range> parse_range6(std::string_view text);

}  // namespace dstfwd::gen
