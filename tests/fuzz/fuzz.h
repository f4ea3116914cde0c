// SPDX-License-Identifier: BSD-3-Clause
// What the fuzz targets share. A target checks properties, not only that nothing crashes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace dstfwd::fuzz {

// Ends the run with a finding unless `holds`.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

// A copy that ends where its allocation ends, so that a sanitizer sees each read beyond it.
class Exact {
 public:
  explicit Exact(std::span<const uint8_t> data)
      : size_(data.size()), bytes_(std::make_unique<uint8_t[]>(data.size())) {
    std::copy(data.begin(), data.end(), bytes_.get());
  }
  explicit Exact(size_t size) : size_(size), bytes_(std::make_unique<uint8_t[]>(size)) {}
  std::span<uint8_t> span() noexcept { return {bytes_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> bytes_;
};

// A target's choices, read from the end of its input, zero when there is no more.
class Control {
 public:
  explicit Control(std::span<const uint8_t> data) noexcept : data_(data) {}
  uint8_t byte() noexcept {
    if (data_.empty()) return 0;
    const uint8_t last = data_.back();
    data_ = data_.first(data_.size() - 1);
    return last;
  }
  bool flag() noexcept { return (byte() & 1U) != 0; }
  uint16_t word() noexcept {
    const uint8_t high = byte();
    return static_cast<uint16_t>(high << 8U | byte());
  }
  uint32_t dword() noexcept {
    const uint32_t high = word();
    return high << 16U | word();
  }
  // 0 to `most`, which is below 65536.
  size_t up_to(size_t most) noexcept { return word() % (most + 1); }

 private:
  std::span<const uint8_t> data_;
};

// RFC 1071, written for clearness: the sum of `data` as 16-bit words, folded; 0xffff when it holds
// a right checksum. `start`: the folded or unfolded sum of what goes before (a pseudo-header).
inline uint32_t folded_sum(std::span<const uint8_t> data, uint32_t start = 0) {
  uint64_t sum = start;
  for (size_t i = 0; i < data.size(); ++i) sum += i % 2 == 0 ? data[i] << 8U : data[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
  return static_cast<uint32_t>(sum);
}

// The IPv6 pseudo-header's sum (RFC 8200 8.1) for a packet without extension headers.
inline uint32_t pseudo_sum(std::span<const uint8_t> packet) {
  const size_t length = packet.size() - 40;
  const uint32_t addresses = folded_sum(packet.subspan(8, 32));
  return addresses + static_cast<uint32_t>(length >> 16U) +
         static_cast<uint32_t>(length & 0xffffU) + packet[6];
}

}  // namespace dstfwd::fuzz
