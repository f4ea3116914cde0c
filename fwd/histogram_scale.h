// SPDX-License-Identifier: BSD-3-Clause
// How values fall into counts: HdrHistogram's log-linear scheme (hdrhistogram.org, G. Tene) for 1
// ns to 100 s with 3 significant digits. Values below 2048 have a count each; above, each doubling
// of the range has 1024 counts, so a count's width is below 1/1000 of its values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace dstfwd {

struct HistogramScale {
  static constexpr uint64_t kHighest_ns = 100'000'000'000;
  static constexpr unsigned kSubBuckets = 2048;  // the power of two above 2 * 10^3
  static constexpr unsigned kHalfBits = 10;      // log2(kSubBuckets / 2)
  static constexpr unsigned kBuckets = 27;       // 2048 << 26 is the first that exceeds 100 s
  static constexpr size_t kCounts = (kBuckets + 1) << kHalfBits;

  // Precondition: value <= kHighest_ns.
  static constexpr size_t index_of(uint64_t value) noexcept {
    const unsigned bucket = width(value | (kSubBuckets - 1)) - (kHalfBits + 1);
    return (size_t{bucket} << kHalfBits) + static_cast<size_t>(value >> bucket);
  }
  // The least and the greatest value of a count, and the one halfway that stands for all of them.
  static constexpr uint64_t lowest(size_t index) noexcept {
    const unsigned shift = shift_of(index);
    return static_cast<uint64_t>(index - (size_t{shift} << kHalfBits)) << shift;
  }
  static constexpr uint64_t highest(size_t index) noexcept {
    return lowest(index) + (uint64_t{1} << shift_of(index)) - 1;
  }
  static constexpr uint64_t median(size_t index) noexcept {
    return lowest(index) + ((uint64_t{1} << shift_of(index)) >> 1U);
  }

 private:
  static constexpr unsigned width(uint64_t value) noexcept {
    return static_cast<unsigned>(std::bit_width(value));
  }
  static constexpr unsigned shift_of(size_t index) noexcept {
    const auto half = static_cast<unsigned>(index >> kHalfBits);
    return half == 0 ? 0 : half - 1;
  }
};
static_assert(HistogramScale::index_of(HistogramScale::kHighest_ns) < HistogramScale::kCounts);
static_assert((uint64_t{HistogramScale::kSubBuckets} << (HistogramScale::kBuckets - 1)) >
              HistogramScale::kHighest_ns);

}  // namespace dstfwd
