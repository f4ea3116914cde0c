// SPDX-License-Identifier: BSD-3-Clause
// Bytes as hexadecimal digits, so that a failed comparison of packets can be read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dstfwd::test {

inline std::vector<uint8_t> from_hex(std::string_view digits) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(
        static_cast<uint8_t>(std::stoul(std::string(digits.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

inline std::string to_hex(std::span<const uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t b : bytes) {
    out += kDigits[b >> 4U];
    out += kDigits[b & 15U];
  }
  return out;
}

// RFC 1071's sum word by word, slowly: independent of the code under test. Zero: the checksum in
// the data is right.
inline uint16_t slow_checksum(std::span<const uint8_t> data, uint32_t sum = 0) {
  for (size_t i = 0; i < data.size(); ++i) {
    sum += i % 2 == 0 ? uint32_t{data[i]} << 8U : data[i];
    if (sum > 0xffff) sum = sum - 0xffff;
  }
  return static_cast<uint16_t>(0xffff - sum);
}

}  // namespace dstfwd::test
