// SPDX-License-Identifier: BSD-3-Clause
// The router has no TCP: a segment to one of its addresses meets a closed port, and is answered
// with a reset (RFC 9293 3.10.7.1), so that the peer knows at once. Pure: bytes in, bytes out.
#pragma once

#include "fwd/wire.h"

namespace dstfwd {

// The reset for a whole IPv4 or IPv6 packet to us whose TCP header is at `tcp_offset`.
// 0: none is due (the segment is a reset itself, is cut
// short, or its checksum is wrong), or `out` is too small.
size_t build_tcp_reset4(std::span<uint8_t> out, Bytes packet, size_t tcp_offset) noexcept;
size_t build_tcp_reset6(std::span<uint8_t> out, Bytes packet, size_t tcp_offset) noexcept;

}  // namespace dstfwd
