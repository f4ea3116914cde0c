// SPDX-License-Identifier: BSD-3-Clause
// What is to become of a frame that comes in by port 0 of a RouterRig, from the reference
// (reference.h) and the rig's routes: for a worker without a slow path and without fragments.
#pragma once

#include "tests/fwd/reference.h"
#include "tests/fwd/router_rig.h"

namespace dstfwd::test {

struct Fate {
  Verdict verdict;
  uint16_t port = 0;  // of a packet that is forwarded
  Octets bytes = {};  // as it must leave
};
Fate fate_of(const Octets& frame);

}  // namespace dstfwd::test
