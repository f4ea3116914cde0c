// SPDX-License-Identifier: BSD-3-Clause
// IPv4 options as a router meets them (RFC 791 3.1, RFC 1812 4.2.2.1, 4.2.2.2 and 5.3.13). Pure;
// fit for a forwarding lcore, though only packets whose header is longer than 20 bytes come here.
#pragma once

#include "fwd/wire.h"

namespace dstfwd {

struct Ipv4OptionsCheck {
  enum class Outcome : uint8_t {
    kFine,
    kSourceRoute,  // not done here (RFC 7126 4.3, 4.4): the packet is dropped silently
    kMalformed     // parameter problem
  };
  Outcome outcome = Outcome::kFine;
  // kMalformed: the octet that is wrong, from the start of the IP header.
  uint8_t pointer = 0;
  // A record route or timestamp option wants record_ipv4_options() when the packet is forwarded.
  bool wants_record = false;
};

// `header`: the whole IP header with its options. Unknown options are fine.
Ipv4OptionsCheck check_ipv4_options(Bytes header) noexcept;

struct Ipv4Recorder {
  Ipv4Address own;             // of the interface that the packet leaves by, RFC 1812 4.2.2.2
  uint32_t ms_since_midnight;  // UT
  bool (*is_own)(const void* context, Ipv4Address address);  // for prespecified timestamps
  const void* context;
};

// Fills in record route and timestamp options of a header that check_ipv4_options() found fine,
// and puts the header checksum right.
void record_ipv4_options(std::span<uint8_t> header, const Ipv4Recorder& recorder) noexcept;

// Records `own` in the record route option among `options` (copy_echoed_options()), if it has room.
void record_ipv4_route(std::span<uint8_t> options, Ipv4Address own) noexcept;

// The options of `header` that an echo reply returns (RFC 1122 3.2.2.6, RFC 1812 4.3.3.6): record
// route and timestamps, padded to whole words. `out` takes 40 bytes. Returns how many there are.
// Precondition: check_ipv4_options() found the header fine.
size_t copy_echoed_options(std::span<uint8_t> out, Bytes header) noexcept;

}  // namespace dstfwd
