// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>

namespace dstfwd {

// How the control thread knows that lcores read nothing old any more: dstgc's GracePeriod, or in
// tests whatever a test says. Control thread.
struct ReaderGrace {
  using Token = uint64_t;

  // Empty: there are no readers, each period has passed.
  std::function<Token()> start_period;
  std::function<bool(Token)> has_passed;  // never waits

  Token start() const { return start_period ? start_period() : 0; }
  bool passed(Token token) const { return !has_passed || has_passed(token); }
};

}  // namespace dstfwd
