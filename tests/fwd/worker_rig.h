// SPDX-License-Identifier: BSD-3-Clause
// A worker over a RouterRig and a PortRig: it receives on queue 0 of port 0, and sends by queue 1.
#pragma once

#include "fwd/worker.h"
#include "tests/fwd/port_rig.h"
#include "tests/fwd/router_rig.h"

namespace dstfwd::test {

// What each test's worker has; the rest is the test's.
inline WorkerConfig worker_config(RouterRig& rig) {
  WorkerConfig c;
  c.rx = {{PortId{0}, 0}};
  c.tx_queue = 1;
  c.view = &rig.view;
  c.ipv4 = rig.cache.ipv4.get();
  c.ipv6 = rig.cache.ipv6.get();
  c.producer = &rig.cache.lcore();
  c.tsc_hz = kHz;
  return c;
}

}  // namespace dstfwd::test
