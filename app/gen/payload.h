// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <cstring>

#include "fwd/types.h"

namespace dstfwd::gen {

// The first bytes of a test packet's UDP payload: which packet of which trial it is, and when it
// was meant to be sent. 18 bytes, so that a 64-byte IPv4 frame holds it.
struct Payload {
  static constexpr uint16_t kMagic = 0xd57f;
  static constexpr uint64_t kTscMask = (uint64_t{1} << 48U) - 1;

  Be16 magic = Be16::from_host(kMagic);
  Be32 trial;              // random: packets of an earlier trial, or of another generator, differ
  uint8_t sequence_[6]{};  // little-endian, from 0
  uint8_t tsc_[6]{};       // low 48 bits of the sender's TSC: 26 hours at 3 GHz

  static Payload make(uint32_t trial, uint64_t sequence, uint64_t tsc) noexcept {
    Payload p;
    p.trial = Be32::from_host(trial);
    std::memcpy(p.sequence_, &sequence, sizeof p.sequence_);
    std::memcpy(p.tsc_, &tsc, sizeof p.tsc_);
    return p;
  }
  uint64_t sequence() const noexcept { return load48(sequence_); }
  // How long ago it was, at now_tsc of the same TSC; 0 when that is in the future.
  uint64_t age_ticks(uint64_t now_tsc) const noexcept {
    const uint64_t age = (now_tsc - load48(tsc_)) & kTscMask;
    return age <= kTscMask / 2 ? age : 0;
  }

 private:
  static uint64_t load48(const uint8_t* bytes) noexcept {
    uint64_t value = 0;
    std::memcpy(&value, bytes, 6);
    return value;
  }
};
static_assert(sizeof(Payload) == 18 && alignof(Payload) == 1);

}  // namespace dstfwd::gen
