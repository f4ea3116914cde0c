// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/dataplane.h"
#include "tests/bench/latency/source.h"

namespace dstfwd::bench {

// What the router and its source have counted: up to a moment, over a lap, or over several.
struct Reading {
  HistogramSnapshot gap, residence, latency, slices, walk_gaps, rest_gaps;
  uint64_t offered = 0, lost = 0, sent = 0;
  uint64_t hits = 0, misses = 0, inserted = 0, bypassed = 0, polls = 0;
  uint64_t reclaimed = 0, retired = 0, walked = 0;

  static Reading of(const Dataplane& dataplane, const Source& source);
  // Leaves what came since `earlier`.
  void subtract(const Reading& earlier) noexcept;
  void merge(const Reading& other) noexcept;
};

}  // namespace dstfwd::bench
