// SPDX-License-Identifier: BSD-3-Clause
// Neighbour unreachability detection (RFC 4861 7.3, appendix C; RFC 1122 2.3.2.1 asks the same of
// ARP): what a router knows of one neighbour's link-layer address, and when to ask again.
// A pure state machine: time comes in as arguments, what to send goes out as Actions. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fwd/small_random.h"
#include "fwd/types.h"

namespace dstfwd {

enum class NeighbourPhase : uint8_t {
  kIncomplete,  // asked, no answer yet
  kReachable,   // confirmed within the reachable time
  kStale,       // known, not confirmed; used as it is
  kDelay,       // stale and used: soon to be probed
  kProbe,       // being asked by unicast
  kFailed,      // no answer: packets to it are unreachable
  kPermanent    // set by a person: never asked, never forgotten
};
std::string_view name(NeighbourPhase phase) noexcept;
// Is there a link-layer address to send to?
constexpr bool is_usable(NeighbourPhase phase) noexcept {
  return phase != NeighbourPhase::kIncomplete && phase != NeighbourPhase::kFailed;
}

struct NeighbourTimers {  // RFC 4861 10, but for the last two (Linux's defaults)
  uint32_t retrans_ms = 1000;
  uint32_t max_group_solicits = 3;
  uint32_t max_unicast_solicits = 3;
  uint32_t reachable_ms = 30000;  // base: each confirmation lasts 0.5 to 1.5 times as long
  uint32_t delay_ms = 5000;
  uint32_t stale_ms = 60000;   // an unused neighbour is forgotten after so long
  uint32_t failed_ms = 60000;  // and so is one that did not answer
};

// What the owner has to do after an event.
struct NeighbourActions {
  bool solicit_group = false;
  bool solicit_unicast = false;
  bool resolved = false;  // mac() is new: write it to the next hop, let held packets go
  bool failed = false;    // held packets are unreachable, the next hop is unresolved
  bool forget = false;    // nobody needs this neighbour any more
};

// What an advertisement or ARP message says of its sender (RFC 4861 7.2.5). ARP's reply to us is
// solicited and overriding, an announcement only overriding.
struct NeighbourAdvert {
  std::optional<MacAddress> mac;
  bool solicited = false;
  bool override_old = false;
};

class NeighbourState {
 public:
  explicit NeighbourState(const NeighbourTimers& timers, uint32_t seed) noexcept
      : timers_(timers), random_(seed) {}

  // A packet needs this neighbour. Begins resolution unless one is going on or has succeeded.
  NeighbourActions want(uint64_t now_ms) noexcept;
  // The neighbour asked something and named its address (RFC 4861 7.2.3).
  NeighbourActions heard(const MacAddress& mac, uint64_t now_ms) noexcept;
  NeighbourActions advertised(const NeighbourAdvert& advert, uint64_t now_ms) noexcept;
  // Time has passed. `in_use`: packets have been sent to it since the last call, or will be (a
  // gateway): it is kept confirmed.
  NeighbourActions tick(uint64_t now_ms, bool in_use) noexcept;
  // By a person: lasts until the neighbour is deleted.
  NeighbourActions set_permanent(const MacAddress& mac) noexcept;
  // The port went down, or its address changed: nothing known holds any longer.
  NeighbourActions reset(uint64_t now_ms) noexcept;

  NeighbourPhase phase() const noexcept { return phase_; }
  const MacAddress& mac() const noexcept { return mac_; }
  // Of the last confirmation; 0: never.
  uint64_t confirmed_ms() const noexcept { return confirmed_ms_; }
  unsigned tries() const noexcept { return tries_; }

 private:
  void enter(NeighbourPhase phase, uint64_t now_ms) noexcept;
  bool learn(const MacAddress& mac) noexcept;
  NeighbourActions give_up(uint64_t now_ms) noexcept;
  uint32_t duration_ms(NeighbourPhase phase) noexcept;

  NeighbourTimers timers_;
  SmallRandom random_;
  MacAddress mac_;
  NeighbourPhase phase_ = NeighbourPhase::kFailed;
  unsigned tries_ = 0;
  uint64_t deadline_ms_ = 0;
  uint64_t confirmed_ms_ = 0;
};

}  // namespace dstfwd
