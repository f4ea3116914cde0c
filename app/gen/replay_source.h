// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "app/gen/capture.h"
#include "fwd/tsc_scale.h"

namespace dstfwd::gen {

struct ReplayConfig {
  double speed = 1;                           // times the capture's own; 0 is as fast as possible
  std::optional<MacAddress> destination_mac;  // in place of the captured one
};

// The frames of a capture, again and again, at the times they were captured, for Sender. A pass
// begins one mean gap after the last frame of the one before.
class ReplaySource {
 public:
  // capture outlives the source.
  ReplaySource(const Capture& capture, const ReplayConfig& config, uint64_t start_tsc,
               TscScale scale)
      : capture_(&capture), config_(config), start_tsc_(start_tsc), scale_(scale) {
    const uint64_t n = capture.frames().size();
    period_ns_ = capture.duration_ns() + capture.duration_ns() / std::max<uint64_t>(n - 1, 1);
  }

  uint64_t due(uint64_t now_tsc) noexcept {
    if (now_tsc < start_tsc_) return 0;
    if (config_.speed <= 0 || period_ns_ == 0) return std::numeric_limits<uint64_t>::max();
    const uint64_t limit = due_ + kAhead;
    while (due_ < limit && when(due_, now_tsc) <= now_tsc) ++due_;
    return due_;
  }
  uint64_t when(uint64_t k, uint64_t now_tsc) const noexcept {
    if (config_.speed <= 0 || period_ns_ == 0) return now_tsc;
    const uint64_t n = capture_->frames().size();
    const uint64_t rounds = k / n;
    const uint64_t time_ns = capture_->frames()[k % n].time_ns + rounds * period_ns_;
    return start_tsc_ +
           scale_.to_ticks(static_cast<uint64_t>(static_cast<double>(time_ns) / config_.speed));
  }
  void build(rte_mbuf* m, uint64_t k, uint64_t /*when_tsc*/) const noexcept {
    const Capture::Frame& frame = capture_->frames()[k % capture_->frames().size()];
    std::memcpy(rte_pktmbuf_mtod(m, void*), capture_->data(frame), frame.length);
    if (config_.destination_mac && frame.length >= sizeof(MacAddress))
      std::memcpy(rte_pktmbuf_mtod(m, void*), &*config_.destination_mac, sizeof(MacAddress));
    m->data_len = static_cast<uint16_t>(frame.length);
    m->pkt_len = frame.length;
  }

 private:
  static constexpr uint64_t kAhead = 64;  // frames that one call looks at
  const Capture* capture_;
  ReplayConfig config_;
  uint64_t start_tsc_;
  TscScale scale_;
  uint64_t period_ns_;
  uint64_t due_ = 0;
};

}  // namespace dstfwd::gen
