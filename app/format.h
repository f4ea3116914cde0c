// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "fwd/types.h"

namespace dstfwd {

// "02:00:00:00:01:02"
std::string to_string(const MacAddress& mac);

// "12345678" -> "12,345,678": for people, never for programs.
std::string grouped(uint64_t number);

// "1.25 us", "380 ns", "4.1 ms"
std::string duration_text(uint64_t ns);

}  // namespace dstfwd
