// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "app/dataplane.h"
#include "tests/bench/latency/plan.h"

namespace dstfwd::bench {

// The dead entries of the experiment, and who holds them, in place of long-lived sessions.
// Threads: one, the control thread.
class DeadEntries {
 public:
  // Caches plan.dead flows, takes a reference on each, and kills them all in random order: so they
  // lie in a list of arrival order as sessions that ended lie there. No lcore runs yet; what the
  // mode's collector does with a new dead entry is done here.
  static Result<DeadEntries> bury(const Plan& plan, Dataplane& dataplane);

  // Ends references at an even pace: `part` (0 to 1) of those that are not held throughout.
  void release_until(double part) noexcept;
  void release_all() noexcept;

 private:
  DeadEntries(Dataplane& dataplane, std::vector<EntryIndex> entries, size_t to_release)
      : dataplane_(&dataplane), entries_(std::move(entries)), to_release_(to_release) {}

  Dataplane* dataplane_;
  std::vector<EntryIndex> entries_;  // in the order in which they are released
  size_t to_release_;
  size_t released_ = 0;
};

}  // namespace dstfwd::bench
