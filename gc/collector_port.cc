// SPDX-License-Identifier: BSD-3-Clause
// A port goes away: a grace period, so that no reader still makes entries that name it; a bounded
// sweep; one more period, so that no reader still uses what was cut. One port at a time.
#include <algorithm>

#include "dstgc/collector.h"

namespace dstgc {

void Collector::port_down(PortIndex port, bool unregister) noexcept {
  if (port == kNoPort) return;
  // (C) pairs with (D). A request for good is not weakened by a later one.
  auto& state = ports_state_[static_cast<size_t>(port)];
  PortState seen = state.load(std::memory_order_relaxed);
  PortState asked{};
  do {
    asked =
        unregister || seen == PortState::kAskedGone ? PortState::kAskedGone : PortState::kAskedDown;
  } while (!state.compare_exchange_weak(seen, asked, std::memory_order_release,
                                        std::memory_order_relaxed));
  ports_asked_.fetch_add(1, std::memory_order_release);
  kick();
}

bool Collector::port_drained(PortIndex port) const noexcept {
  return ports_state_[static_cast<size_t>(port)].load(std::memory_order_acquire) ==  // (E)
         PortState::kDrained;
}

// Takes up a request, when there is one.
bool Collector::begin_port() noexcept {
  const uint32_t asked = ports_asked_.load(std::memory_order_acquire);
  if (asked == ports_seen_) return false;
  for (size_t port = 0; port < ports_state_.size(); ++port) {
    PortState seen = ports_state_[port].load(std::memory_order_acquire);  // (D)
    if (seen != PortState::kAskedDown && seen != PortState::kAskedGone) continue;
    if (!ports_state_[port].compare_exchange_strong(seen, PortState::kGrace,
                                                    std::memory_order_acquire))
      return false;  // asked anew this moment: at the next step
    port_ = PortIndex{static_cast<uint8_t>(port)};
    port_unregister_ = seen == PortState::kAskedGone;
    port_phase_ = PortPhase::kGrace;
    port_token_ = grace_->start();
    return true;
  }
  ports_seen_ = asked;
  return false;
}

// True: all entries were looked at.
bool Collector::sweep_port(const Budget& budget, const Clock& clock) noexcept {
  constexpr uint32_t kLooksAnEntry = 16;  // a byte read against a hook called
  uint32_t cut = 0;
  uint32_t looked_at = 0;
  do {
    const uint32_t end = port_cursor_ + std::min(capacity_ - port_cursor_, kSlice);
    looked_at += end - port_cursor_;
    for (; port_cursor_ < end && cut < budget.entries; ++port_cursor_) {
      const EntryIndex entry{port_cursor_};
      if (port(entry) != port_) continue;
      if (hooks_.cut_port != nullptr) hooks_.cut_port(hooks_.context, entry, port_);
      if (port_unregister_) set_port(entry, kNoPort);
      ++cut;
    }
  } while (port_cursor_ < capacity_ && cut < budget.entries &&
           looked_at / kLooksAnEntry < budget.entries && !clock.over());
  return port_cursor_ == capacity_;
}

void Collector::step_port(const Budget& budget, const Clock& clock) noexcept {
  if (port_phase_ == PortPhase::kNone && !begin_port()) return;
  if (port_phase_ == PortPhase::kGrace && grace_->passed(port_token_)) {
    port_phase_ = PortPhase::kSweep;
    port_cursor_ = 0;
  }
  if (port_phase_ == PortPhase::kSweep) {
    if (!sweep_port(budget, clock)) return;
    port_phase_ = PortPhase::kLastGrace;
    port_token_ = grace_->start();
  }
  if (port_phase_ != PortPhase::kLastGrace) return;
  if (port_unregister_ && !grace_->passed(port_token_)) return;
  // (F) pairs with (E). Asked for again meanwhile: then it begins anew.
  PortState shown = PortState::kGrace;
  ports_state_[static_cast<size_t>(port_)].compare_exchange_strong(
      shown, PortState::kDrained, std::memory_order_release, std::memory_order_relaxed);
  port_phase_ = PortPhase::kNone;
}

}  // namespace dstgc
