// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/mbuf_chain.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dstfwd {

bool pull_slow(rte_mbuf* m, uint32_t bytes) noexcept {
  const uint32_t missing = bytes - m->data_len;
  const uint32_t behind = rte_pktmbuf_tailroom(m);
  if (behind < missing) {
    const uint32_t shift = missing - behind;
    if (rte_pktmbuf_headroom(m) < shift) return false;
    uint8_t* data = rte_pktmbuf_mtod(m, uint8_t*);
    std::memmove(data - shift, data, m->data_len);
    m->data_off = static_cast<uint16_t>(m->data_off - shift);
  }
  while (m->data_len < bytes) {
    rte_mbuf* next = m->next;
    const auto take =
        static_cast<uint16_t>(std::min<uint32_t>(bytes - m->data_len, next->data_len));
    std::memcpy(rte_pktmbuf_mtod_offset(m, uint8_t*, m->data_len),
                rte_pktmbuf_mtod(next, const uint8_t*), take);
    m->data_len = static_cast<uint16_t>(m->data_len + take);
    next->data_off = static_cast<uint16_t>(next->data_off + take);
    next->data_len = static_cast<uint16_t>(next->data_len - take);
    if (next->data_len == 0) {
      m->next = next->next;
      --m->nb_segs;
      rte_pktmbuf_free_seg(next);
    }
  }
  return true;
}

void trim_slow(rte_mbuf* m, uint32_t bytes) noexcept {
  m->pkt_len = bytes;
  rte_mbuf* last = m;
  uint16_t segments = 1;
  while (bytes > last->data_len) {
    bytes -= last->data_len;
    last = last->next;
    ++segments;
  }
  last->data_len = static_cast<uint16_t>(bytes);
  rte_pktmbuf_free(std::exchange(last->next, nullptr));
  m->nb_segs = segments;
}

}  // namespace dstfwd
