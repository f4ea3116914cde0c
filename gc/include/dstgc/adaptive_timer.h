// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>

namespace dstgc {

// When to walk the busy entries again: Linux' dst_gc_task() after its 2007 move out of softirq
// (commit 86bba269d08f). A walk that freed no more than a tenth of what it left lengthens the delay
// by an increment that itself grows; any better one brings back the shortest. Pure: the unit is
// whatever the caller's clock counts. One thread.
class AdaptiveTimer {
 public:
  // Ticks of one clock; hz of them are a second.
  struct Config {
    uint64_t min;
    uint64_t inc;
    uint64_t max;
    uint64_t hz;
  };

  explicit AdaptiveTimer(const Config& config) noexcept
      : config_(config), expires_(config.min), inc_(config.inc) {}

  // After a walk that freed `freed` entries and left `delayed`: the delay to the next.
  uint64_t walked(uint64_t delayed, uint64_t freed) noexcept {
    if (freed <= delayed / 10) {
      expires_ = std::min(expires_ + inc_, config_.max);
      inc_ += config_.inc;
    } else {
      reset();
    }
    return expires_;
  }
  // Nothing is busy: the next dead entry finds the longest increment, so its kick() resets.
  void idle() noexcept { inc_ = config_.max; }
  // __dst_free(): true when there was a back-off to cancel.
  bool kick() noexcept {
    if (inc_ <= config_.inc) return false;
    reset();
    return true;
  }

  uint64_t expires() const noexcept { return expires_; }
  // What is armed: above 4 s, the delay that ends on a whole second of the clock that shows `now`
  // (round_jiffies_relative(): a remainder below a quarter second rounds down, any other up).
  uint64_t armed(uint64_t now) const noexcept {
    if (expires_ <= 4 * config_.hz) return expires_;
    const uint64_t end = now + expires_;
    const uint64_t rest = end % config_.hz;
    const uint64_t rounded = rest < config_.hz / 4 ? end - rest : end - rest + config_.hz;
    return rounded > now ? rounded - now : expires_;
  }

 private:
  void reset() noexcept {
    expires_ = config_.min;
    inc_ = config_.inc;
  }

  Config config_;
  uint64_t expires_;
  uint64_t inc_;
};

}  // namespace dstgc
