// SPDX-License-Identifier: BSD-3-Clause
#include "app/format.h"

#include <cstdio>

namespace dstfwd {

std::string to_string(const MacAddress& mac) {
  char text[18];
  const auto& b = mac.bytes;
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                b[5]);
  return text;
}

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string duration_text(uint64_t ns) {
  constexpr struct {
    uint64_t ns;
    const char* unit;
  } kUnits[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};
  char text[32];
  for (const auto& unit : kUnits) {
    if (ns < unit.ns) continue;
    std::snprintf(text, sizeof text, "%.3g %s",
                  static_cast<double>(ns) / static_cast<double>(unit.ns), unit.unit);
    return text;
  }
  return std::to_string(ns) + " ns";
}

}  // namespace dstfwd
