// SPDX-License-Identifier: BSD-3-Clause
// What a thread of the torture test does, as a pure function of the run's seed and the thread's
// number: outcomes never change it, so a seed replays it.
#pragma once

#include <cstdint>

namespace dstgc::torture {

enum class Action : uint8_t {
  kCreate,
  kCreateWithListedChild,
  kCreateWithUnlistedChild,
  kRead,
  kHold,
  kRelease,
  kKillOne,
  kKillBurst,
  kQuiescent,
  kOffline,
  kKick,
  kPortDown,
  kDelay,
};

struct Operation {
  Action action;
  uint32_t where;  // a slot
  uint32_t much;   // how long, how many, or which
};

class Schedule {
 public:
  Schedule(uint64_t seed, uint32_t thread) noexcept
      : state_(seed * 0x9e3779b97f4a7c15 + thread + 1) {}

  Operation next() noexcept {
    static constexpr Action kDrawn[] = {
        Action::kCreate,    Action::kCreate,
        Action::kCreate,    Action::kCreateWithListedChild,
        Action::kCreate,    Action::kCreateWithUnlistedChild,
        Action::kRead,      Action::kRead,
        Action::kRead,      Action::kRead,
        Action::kHold,      Action::kHold,
        Action::kRelease,   Action::kRelease,
        Action::kKillOne,   Action::kKillOne,
        Action::kKillBurst, Action::kQuiescent,
        Action::kQuiescent, Action::kQuiescent,
    };
    const uint64_t drawn = draw();
    Operation operation{kDrawn[drawn % 20], static_cast<uint32_t>(draw() >> 32U),
                        static_cast<uint32_t>(draw() >> 32U)};
    switch (drawn >> 32U & 1023U) {  // the rare ones
      case 0:
        operation.action = Action::kDelay;
        break;
      case 1:
        operation.action = Action::kOffline;
        break;
      case 2:
        operation.action = Action::kKick;
        break;
      case 3:
        operation.action = Action::kPortDown;
        break;
      default:
        break;
    }
    digest_ = (digest_ ^ drawn ^ operation.where ^ operation.much) * 0x100000001b3;
    return operation;
  }
  uint64_t draw() noexcept {  // splitmix64
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27U) * 0x94d049bb133111eb;
    return z ^ z >> 31U;
  }
  // Of all operations so far.
  uint64_t digest() const noexcept { return digest_; }

 private:
  uint64_t state_;
  uint64_t digest_ = 0xcbf29ce484222325;
};

}  // namespace dstgc::torture
