// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "tests/bench/latency/plan.h"

namespace dstfwd::bench {

// Run by EAL's main lcore, which forwards; EAL's other lcore, and the control thread on its CPU,
// are busy in every mode alike: with the collector, or with a loop that only polls its clock.

// The router, under load, with plan.dead dead entries. Writes what was measured.
Status run_router(const Plan& plan);
// No router: how evenly this machine lets a loop run that only polls its clock.
Status run_floor(const Plan& plan);

}  // namespace dstfwd::bench
