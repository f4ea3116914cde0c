// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fwd/types.h"

namespace dstfwd::gen {

// A packet capture in memory.
class Capture {
 public:
  struct Frame {
    uint64_t offset;  // in bytes()
    uint32_t length;
    uint64_t time_ns;  // since the first frame, never going back
  };

  // Ethernet only, pcap or pcapng, of any byte order and time resolution. The error is a line that
  // names the file; a file that ends in the middle of a frame is one.
  static Result<Capture> read(const std::string& path);

  const std::vector<Frame>& frames() const noexcept { return frames_; }
  const uint8_t* data(const Frame& frame) const noexcept { return bytes_.data() + frame.offset; }
  uint32_t largest() const noexcept { return largest_; }
  uint64_t duration_ns() const noexcept { return frames_.back().time_ns; }
  // Frames that were captured shorter than they were: sent as they are in the file.
  uint64_t cut_short() const noexcept { return cut_short_; }

 private:
  Capture() = default;
  std::vector<uint8_t> bytes_;
  std::vector<Frame> frames_;  // never empty
  uint32_t largest_ = 0;
  uint64_t cut_short_ = 0;
};

}  // namespace dstfwd::gen
