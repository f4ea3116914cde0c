// SPDX-License-Identifier: BSD-3-Clause
// `cycles on|off`, `show cycles`: where the forwarding lcores' cycles go, by stage of their loop.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/dataplane.h"

namespace dstfwd {

struct LcoreCycles {
  unsigned lcore;
  StageCyclesSnapshot seen;
};

// A table of stages for all lcores together, and of lcores. tsc_hz: cycles a second.
std::string cycles_text(std::span<const LcoreCycles> lcores, bool on, uint64_t tsc_hz);

// Counts from the last start() on. The control thread.
class StageTimes {
 public:
  explicit StageTimes(Dataplane& dataplane) : dataplane_(&dataplane) {}

  void start();
  void stop();
  std::string text() const;

 private:
  std::vector<LcoreCycles> counted() const;
  void set_timing(bool on);

  Dataplane* dataplane_;
  bool on_ = false;
  std::vector<StageCyclesSnapshot> before_;
};

}  // namespace dstfwd
