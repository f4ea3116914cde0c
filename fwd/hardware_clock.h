// SPDX-License-Identifier: BSD-3-Clause
// A port's own clock, where it stamps received packets (RTE_ETH_RX_OFFLOAD_TIMESTAMP and
// rte_eth_read_clock), put on the TSC's scale.
//
// Theory of operations
//   The control thread reads both clocks now and then (observe()). Two readings give the port's
//   frequency, the last one the offset: an arrival time is extrapolated from it over at most some
//   periods. As DPDK's sample rxtx_callbacks, but renewed, so that drift does not add up.
// Invariants
//   1. A reader uses offset and frequency of one observation.
// Threads
//   observe: the control thread. arrival_tsc: any lcore.
// Ordering
//   (A) line_ is published with release and read with acquire. The two lines are used in turn, so a
//   line is rewritten two periods (seconds) after readers began to leave it; they hold it for
//   nanoseconds.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "fwd/types.h"

namespace dstfwd {

class HardwareClock {
 public:
  // field_offset, flag: of rte_mbuf_dyn_rx_timestamp_register.
  HardwareClock(int field_offset, uint64_t flag) noexcept
      : offset_(static_cast<size_t>(field_offset)), flag_(flag) {}
  // As above for a port that is configured with the offload; none when the port has no clock.
  static std::optional<HardwareClock> of_port(PortId port);
  HardwareClock(const HardwareClock& other) noexcept : offset_(other.offset_), flag_(other.flag_) {}
  HardwareClock& operator=(const HardwareClock&) = delete;

  // Both clocks at one moment. Readings less than a tenth of a second after the first are ignored.
  void observe(uint64_t clock, uint64_t tsc, uint64_t tsc_hz) noexcept;
  // Reads both clocks of the port. False: the port did not answer.
  bool observe_port(PortId port, uint64_t tsc_hz) noexcept;

  // When the packet came; now_tsc when the port did not stamp it, or the clock is not known yet.
  // Never later than now_tsc.
  uint64_t arrival_tsc(const rte_mbuf* m, uint64_t now_tsc) const noexcept;

 private:
  struct Line {
    uint64_t clock = 0;
    uint64_t tsc = 0;
    double tsc_per_tick = 0;
  };

  size_t offset_;
  uint64_t flag_;
  std::array<Line, 2> lines_{};
  std::atomic<const Line*> line_{nullptr};
  bool begun_ = false;
  uint64_t first_clock_ = 0;
  uint64_t first_tsc_ = 0;
};

}  // namespace dstfwd
