// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "app/options.h"

namespace dstfwd::bench {

// One run of the experiment: one mode, one number of dead entries.
struct Plan {
  std::optional<GcMode> mode;  // none: the machine's floor, a loop that only polls its clock
  uint32_t dead = 100'000;     // entries that are dead and referenced when the window begins
  double held = 0.5;           // share of them that stays referenced throughout
  double warmup_s = 0.3;
  double window_s = 3;                // what is measured, in all laps together
  uint32_t laps = 1;                  // parts of the window; laps.h
  uint32_t rate_pps = 8'000'000;      // packets that arrive a second
  uint32_t train = 16;                // that arrive together; trains at equal distances
  uint32_t flows = 65'536;            // established ones
  uint32_t new_flows_per_s = 10'000;  // of the rate: packets that begin a flow
  double idle_timeout_s = 4;          // so that flows die during the window, too
  uint32_t sample = 8;                // residence is taken of one packet in this many
  bool verify = false;                // at the end all is reclaimed, and counted
  std::string out;                    // prefix of the files that are written

  double lap_s() const noexcept { return window_s / laps; }
  // With room for the live and a quarter to spare: no pressure.
  uint32_t capacity() const noexcept { return dead + dead / 4 + 524'288; }
};

// From words such as "mode=service" "dead=1000000". The error is a line for the user.
Result<Plan> parse_plan(std::span<char*> words);

}  // namespace dstfwd::bench
