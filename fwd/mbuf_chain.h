// SPDX-License-Identifier: BSD-3-Clause
// Frames that lie in several mbuf segments. The packet's bytes stay where they are; only headers
// that straddle segments are brought together.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

namespace dstfwd {

// Makes the first `bytes` of the frame contiguous, by moving what is missing from the following
// segments into the first one's room; segments that become empty are freed. False: no room.
// Preconditions: bytes <= pkt_len; the segments are direct and not shared, as receive gives them.
// Any thread that owns the mbuf.
bool pull_slow(rte_mbuf* m, uint32_t bytes) noexcept;
inline bool pull(rte_mbuf* m, uint32_t bytes) noexcept {
  return bytes <= m->data_len || pull_slow(m, bytes);
}

// Cuts the frame's end so that `bytes` remain. Segments behind are freed; the first one stays.
// Precondition: bytes <= pkt_len.
void trim_slow(rte_mbuf* m, uint32_t bytes) noexcept;
inline void trim(rte_mbuf* m, uint32_t bytes) noexcept {
  if (bytes != m->pkt_len) trim_slow(m, bytes);
}

// Makes the frame's front `to` bytes long where it was `from`: what follows stays in place. The new
// front's contents are undefined. Null: no room in front.
// Precondition: the first `from` bytes are contiguous.
inline uint8_t* resize_front(rte_mbuf* m, uint32_t from, uint32_t to) noexcept {
  if (to > from) {
    if (rte_pktmbuf_headroom(m) < to - from) return nullptr;
    m->data_off = static_cast<uint16_t>(m->data_off - (to - from));
  } else {
    m->data_off = static_cast<uint16_t>(m->data_off + (from - to));
  }
  m->data_len = static_cast<uint16_t>(m->data_len + to - from);
  m->pkt_len += to - from;
  return rte_pktmbuf_mtod(m, uint8_t*);
}

}  // namespace dstfwd
