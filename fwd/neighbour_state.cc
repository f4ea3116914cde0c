// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/neighbour_state.h"

namespace dstfwd {

std::string_view name(NeighbourPhase phase) noexcept {
  switch (phase) {
    case NeighbourPhase::kIncomplete:
      return "incomplete";
    case NeighbourPhase::kReachable:
      return "reachable";
    case NeighbourPhase::kStale:
      return "stale";
    case NeighbourPhase::kDelay:
      return "delay";
    case NeighbourPhase::kProbe:
      return "probe";
    case NeighbourPhase::kFailed:
      return "failed";
    case NeighbourPhase::kPermanent:
      return "permanent";
  }
  return "unknown";
}

uint32_t NeighbourState::duration_ms(NeighbourPhase phase) noexcept {
  switch (phase) {
    case NeighbourPhase::kIncomplete:
    case NeighbourPhase::kProbe:
      return timers_.retrans_ms;
    case NeighbourPhase::kReachable:  // RFC 4861 6.3.4, MIN_ and MAX_RANDOM_FACTOR
      return random_.between(timers_.reachable_ms / 2, timers_.reachable_ms / 2 * 3);
    case NeighbourPhase::kStale:
      return timers_.stale_ms;
    case NeighbourPhase::kDelay:
      return timers_.delay_ms;
    case NeighbourPhase::kFailed:
    case NeighbourPhase::kPermanent:
      break;
  }
  return timers_.failed_ms;
}

void NeighbourState::enter(NeighbourPhase phase, uint64_t now_ms) noexcept {
  phase_ = phase;
  tries_ = phase == NeighbourPhase::kIncomplete || phase == NeighbourPhase::kProbe ? 1 : 0;
  deadline_ms_ = now_ms + duration_ms(phase);
  if (phase == NeighbourPhase::kReachable) confirmed_ms_ = now_ms;
}

bool NeighbourState::learn(const MacAddress& mac) noexcept {
  const bool is_new = !is_usable(phase_) || mac_ != mac;
  mac_ = mac;
  return is_new;
}

NeighbourActions NeighbourState::want(uint64_t now_ms) noexcept {
  if (phase_ != NeighbourPhase::kFailed) return {};
  enter(NeighbourPhase::kIncomplete, now_ms);
  return {.solicit_group = true};
}

NeighbourActions NeighbourState::heard(const MacAddress& mac, uint64_t now_ms) noexcept {
  if (phase_ == NeighbourPhase::kPermanent) return {};
  if (is_usable(phase_) && mac_ == mac) return {};
  const bool is_new = learn(mac);
  enter(NeighbourPhase::kStale, now_ms);
  return {.resolved = is_new};
}

NeighbourActions NeighbourState::advertised(const NeighbourAdvert& advert,
                                            uint64_t now_ms) noexcept {
  if (phase_ == NeighbourPhase::kPermanent) return {};
  if (!is_usable(phase_)) {  // also failed: an answer that comes late is still one
    if (!advert.mac) return {};
    const bool is_new = learn(*advert.mac);
    enter(advert.solicited ? NeighbourPhase::kReachable : NeighbourPhase::kStale, now_ms);
    return {.resolved = is_new};
  }
  const bool differs = advert.mac && *advert.mac != mac_;
  if (differs && !advert.override_old) {  // case I
    if (phase_ == NeighbourPhase::kReachable) enter(NeighbourPhase::kStale, now_ms);
    return {};
  }
  const bool is_new = differs && learn(*advert.mac);  // case II
  if (advert.solicited) {
    enter(NeighbourPhase::kReachable, now_ms);
  } else if (is_new) {
    enter(NeighbourPhase::kStale, now_ms);
  }
  return {.resolved = is_new};
}

NeighbourActions NeighbourState::give_up(uint64_t now_ms) noexcept {
  enter(NeighbourPhase::kFailed, now_ms);
  return {.failed = true};
}

NeighbourActions NeighbourState::tick(uint64_t now_ms, bool in_use) noexcept {
  if (phase_ == NeighbourPhase::kPermanent) return {};
  if (phase_ == NeighbourPhase::kStale && in_use) {
    enter(NeighbourPhase::kDelay, now_ms);
    return {};
  }
  if (now_ms < deadline_ms_) return {};
  switch (phase_) {
    case NeighbourPhase::kIncomplete:
      if (tries_ >= timers_.max_group_solicits) return give_up(now_ms);
      ++tries_;
      deadline_ms_ = now_ms + timers_.retrans_ms;
      return {.solicit_group = true};
    case NeighbourPhase::kReachable:
      enter(in_use ? NeighbourPhase::kDelay : NeighbourPhase::kStale, now_ms);
      return {};
    case NeighbourPhase::kDelay:
      enter(NeighbourPhase::kProbe, now_ms);
      return {.solicit_unicast = true};
    case NeighbourPhase::kProbe:
      if (tries_ >= timers_.max_unicast_solicits) return give_up(now_ms);
      ++tries_;
      deadline_ms_ = now_ms + timers_.retrans_ms;
      return {.solicit_unicast = true};
    case NeighbourPhase::kStale:
    case NeighbourPhase::kFailed:
      if (in_use) return {};
      return {.forget = true};
    case NeighbourPhase::kPermanent:
      break;
  }
  return {};
}

NeighbourActions NeighbourState::set_permanent(const MacAddress& mac) noexcept {
  const bool is_new = learn(mac);
  phase_ = NeighbourPhase::kPermanent;
  return {.resolved = is_new};
}

NeighbourActions NeighbourState::reset(uint64_t now_ms) noexcept {
  if (phase_ == NeighbourPhase::kPermanent) return {};
  return give_up(now_ms);
}

}  // namespace dstfwd
