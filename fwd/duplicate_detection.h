// SPDX-License-Identifier: BSD-3-Clause
// Is one of our addresses another station's, too? RFC 5227 for IPv4, RFC 4862 5.4 for IPv6. The
// address is in use meanwhile, as RFC 4429 has it (a router that waited seconds before it answers
// would lose what is sent to it); a conflict ends the use. Pure state machine; one thread.
#pragma once

#include <cstdint>

#include "fwd/small_random.h"

namespace dstfwd {

struct DuplicatePlan {
  unsigned probes;
  uint32_t first_wait_ms;  // random up to this before the first probe
  uint32_t probe_min_ms;   // random between these two from probe to probe
  uint32_t probe_max_ms;
  uint32_t quiet_ms;  // from the last probe to the verdict
  unsigned announcements;
  uint32_t announce_interval_ms;
};
inline constexpr DuplicatePlan kArpPlan{3, 1000, 1000, 2000, 2000, 2, 2000};  // RFC 5227 1.1
// DupAddrDetectTransmits 1, RetransTimer, MAX_RTR_SOLICITATION_DELAY; one announcement (RFC 9131).
inline constexpr DuplicatePlan kNdPlan{1, 1000, 1000, 1000, 1000, 1, 1000};
inline constexpr DuplicatePlan kNoDetection{0, 0, 0, 0, 0, 0, 0};

enum class AddressPhase : uint8_t { kTentative, kPreferred, kDuplicate };
enum class DuplicateAction : uint8_t { kNone, kProbe, kAnnounce };

class DuplicateDetection {
 public:
  DuplicateDetection(const DuplicatePlan& plan, uint64_t now_ms, uint32_t seed) noexcept
      : plan_(plan), random_(seed) {
    restart(now_ms);
  }

  // From the beginning: the link came up.
  void restart(uint64_t now_ms) noexcept {
    phase_ = AddressPhase::kTentative;
    probes_ = announcements_ = 0;
    deadline_ms_ = now_ms + random_.between(0, plan_.first_wait_ms);
  }

  DuplicateAction tick(uint64_t now_ms) noexcept {
    if (phase_ == AddressPhase::kDuplicate || now_ms < deadline_ms_) return DuplicateAction::kNone;
    if (probes_ < plan_.probes) {
      ++probes_;
      deadline_ms_ =
          now_ms + (probes_ < plan_.probes ? random_.between(plan_.probe_min_ms, plan_.probe_max_ms)
                                           : plan_.quiet_ms);
      return DuplicateAction::kProbe;
    }
    phase_ = AddressPhase::kPreferred;
    if (announcements_ >= plan_.announcements) {
      deadline_ms_ = UINT64_MAX;
      return DuplicateAction::kNone;
    }
    ++announcements_;
    deadline_ms_ = now_ms + plan_.announce_interval_ms;
    return DuplicateAction::kAnnounce;
  }

  // Another station has, or wants, the address. True: this is news, the address is given up. Once
  // preferred it is defended instead (RFC 5227 2.4 (c)): false, see defend().
  bool conflict() noexcept {
    if (phase_ != AddressPhase::kTentative) return false;
    phase_ = AddressPhase::kDuplicate;
    return true;
  }

  // After a conflict over an address of ours: may it be announced again now? At most once in
  // DEFEND_INTERVAL (RFC 5227 1.1).
  bool defend(uint64_t now_ms) noexcept {
    constexpr uint64_t kDefendInterval_ms = 10000;
    if (phase_ != AddressPhase::kPreferred) return false;
    if (defended_ && now_ms - defended_ms_ < kDefendInterval_ms) return false;
    defended_ = true;
    defended_ms_ = now_ms;
    return true;
  }

  AddressPhase phase() const noexcept { return phase_; }

 private:
  DuplicatePlan plan_;
  SmallRandom random_;
  AddressPhase phase_ = AddressPhase::kTentative;
  unsigned probes_ = 0;
  unsigned announcements_ = 0;
  uint64_t deadline_ms_ = 0;
  bool defended_ = false;
  uint64_t defended_ms_ = 0;
};

}  // namespace dstfwd
