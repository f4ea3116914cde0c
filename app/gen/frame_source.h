// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/gen/frame_builder.h"
#include "app/gen/pacer.h"

namespace dstfwd::gen {

// Test frames at a constant rate, for Sender.
class FrameSource {
 public:
  FrameSource(const FrameBuilder& builder, const Pacer& pacer) : builder_(builder), pacer_(pacer) {}

  uint64_t due(uint64_t now_tsc) const noexcept { return pacer_.due(now_tsc); }
  uint64_t when(uint64_t k, uint64_t now_tsc) const noexcept { return pacer_.when(k, now_tsc); }
  void build(rte_mbuf* m, uint64_t k, uint64_t when_tsc) const noexcept {
    builder_.build(m, k, when_tsc);
  }

 private:
  FrameBuilder builder_;
  Pacer pacer_;
};

}  // namespace dstfwd::gen
