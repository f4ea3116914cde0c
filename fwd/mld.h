// SPDX-License-Identifier: BSD-3-Clause
// Multicast Listener Discovery, version 2 (RFC 3810), the listener's side: the router tells
// switches that snoop which solicited-node groups it listens to, else they would not hand it
// solicitations for its addresses. Pure: bytes in, bytes out; whole IPv6 packets.
#pragma once

#include <optional>

#include "fwd/wire.h"

namespace dstfwd {

inline constexpr uint8_t kIcmp6MldQuery = 130;

struct MldQuery {
  Ipv6Address group;  // unspecified: a general query
  uint32_t max_response_ms = 0;
};

// A query of version 1 or 2 that RFC 3810 5.1.14 and 6.2 say is valid: from a link-local address,
// hop limit 1, with a router alert, to a group. Nothing for anything else.
std::optional<MldQuery> parse_mld_query(Bytes packet) noexcept;

enum class MldRecord : uint8_t {
  kIsExclude = 2,  // the answer to a query: we listen
  kToInclude = 3,  // we have stopped to listen
  kToExclude = 4   // we have begun to
};

// A version 2 report from the link-local `src` to ff02::16: one record of this type a group, as
// many as fit. Returns its size, 0 when `out` is too small for one.
size_t build_mld_report(std::span<uint8_t> out, const Ipv6Address& src, MldRecord type,
                        std::span<const Ipv6Address> groups) noexcept;

// ff02::16, where reports go.
inline constexpr Ipv6Address kMldRouters{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16}};

}  // namespace dstfwd
