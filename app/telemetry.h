// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "app/session.h"

namespace dstfwd {

// Adds /dstfwd/stats, /dstfwd/ports, /dstfwd/cache, /dstfwd/gc, /dstfwd/lcores and /dstfwd/latency
// to EAL's telemetry (dpdk-telemetry.py), with the keys of --stats-json. They answer while this
// lives. DPDK 22.11's callbacks take no context, so there is one at a time in a process. Control
// thread.
class Telemetry {
 public:
  explicit Telemetry(const Session& session);
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;
  ~Telemetry();
};

}  // namespace dstfwd
