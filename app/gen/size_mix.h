// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <vector>

#include "fwd/types.h"

namespace dstfwd::gen {

// Sizes of frames, with FCS as in RFC 2544: one, or a mix by weights, spread evenly.
class SizeMix {
 public:
  static constexpr uint16_t kMin = 64;
  static constexpr uint16_t kMax = 9600;
  static constexpr uint32_t kMaxWeight = 4096;  // sum of all weights

  // "64", "64:7,594:4,1518:1", or "imix" (the simple IMIX: the example before). The error lacks the
  // option's name.
  static Result<SizeMix> parse(std::string_view text);

  // Of the k-th frame.
  uint16_t at(uint64_t k) const noexcept { return pattern_[k % pattern_.size()]; }
  uint16_t largest() const noexcept { return largest_; }
  double mean_bytes() const noexcept { return mean_; }

 private:
  struct Share {
    uint16_t bytes;
    uint32_t weight;
  };
  explicit SizeMix(const std::vector<Share>& shares);

  std::vector<uint16_t> pattern_;
  uint16_t largest_ = 0;
  double mean_ = 0;
};

}  // namespace dstfwd::gen
