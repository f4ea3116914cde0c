// SPDX-License-Identifier: BSD-3-Clause
// IPv6 hop-by-hop and destination options (RFC 8200 4.2). Pure; fit for a forwarding lcore, though
// only packets that have such a header come here.
#pragma once

#include "fwd/icmp_report.h"

namespace dstfwd {

struct Ipv6OptionsCheck {
  enum class Outcome : uint8_t { kFine, kDrop, kReport };
  Outcome outcome = Outcome::kFine;
  IcmpReport report{IcmpCause::kBadOption};  // kReport: parameter problem, with its pointer
};

// Checks the options header at `offset` of an IPv6 packet (whole headers must be in `packet`).
// Padding must be zero and no longer than alignment needs, at most 8 options are looked at (as
// RFC 8504 5.3 allows), unknown ones are treated as their two high bits say.
Ipv6OptionsCheck check_ipv6_options(Bytes packet, size_t offset) noexcept;

}  // namespace dstfwd
