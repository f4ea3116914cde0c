// SPDX-License-Identifier: BSD-3-Clause
// The Internet checksum (RFC 1071) over whole messages, for packets that the router makes or takes
// itself. The forwarding path changes checksums incrementally (RFC 1624) and does not use this
// file.
#pragma once

#include <span>

#include "fwd/types.h"

namespace dstfwd {

// The field's value for `data`, whose own checksum field holds zero; for data with its checksum in
// place, zero says that it is right. Any thread.
Be16 internet_checksum(std::span<const uint8_t> data) noexcept;

// The same with the pseudo header of RFC 8200 section 8.1 in front (or RFC 793's, for IPv4).
Be16 transport_checksum(const Ipv6Address& src, const Ipv6Address& dst, uint8_t protocol,
                        std::span<const uint8_t> data) noexcept;
Be16 transport_checksum(const Ipv4Address& src, const Ipv4Address& dst, uint8_t protocol,
                        std::span<const uint8_t> data) noexcept;

}  // namespace dstfwd
