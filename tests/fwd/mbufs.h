// SPDX-License-Identifier: BSD-3-Clause
// Mbufs for tests: made of bytes, in any number of segments, and turned back into bytes.
#pragma once

#include <gtest/gtest.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <vector>

namespace dstfwd::test {

using Octets = std::vector<uint8_t>;

class MbufPool {
 public:
  explicit MbufPool(unsigned count = 4095, uint16_t room = RTE_MBUF_DEFAULT_BUF_SIZE) {
    static std::atomic<unsigned> serial{0};
    pool_ = rte_pktmbuf_pool_create(("test" + std::to_string(serial++)).c_str(), count, 0, 0, room,
                                    SOCKET_ID_ANY);
    if (pool_ == nullptr) ADD_FAILURE() << rte_strerror(rte_errno);
  }
  MbufPool(const MbufPool&) = delete;
  MbufPool& operator=(const MbufPool&) = delete;
  ~MbufPool() {
    EXPECT_EQ(rte_mempool_in_use_count(pool_), 0U) << "mbufs that did not come home";
    rte_mempool_free(pool_);
  }
  rte_mempool* get() const { return pool_; }

  // One segment of these bytes; `front` bytes of headroom.
  rte_mbuf* segment(const uint8_t* data, size_t size, uint16_t front) const {
    rte_mbuf* m = rte_pktmbuf_alloc(pool_);
    EXPECT_NE(m, nullptr);
    m->data_off = front;
    EXPECT_LE(front + size, m->buf_len);
    std::copy_n(data, size, rte_pktmbuf_mtod(m, uint8_t*));
    m->data_len = static_cast<uint16_t>(size);
    m->pkt_len = static_cast<uint32_t>(size);
    return m;
  }

  // A frame in segments that end before the offsets `cuts` (ascending; equal ones make empty
  // segments) and at the end.
  rte_mbuf* make(const Octets& bytes, const std::vector<size_t>& cuts = {},
                 uint16_t front = RTE_PKTMBUF_HEADROOM) const {
    rte_mbuf* head = nullptr;
    size_t from = 0;
    for (size_t i = 0; i <= cuts.size(); ++i) {
      const size_t to = i < cuts.size() ? cuts[i] : bytes.size();
      rte_mbuf* m = segment(bytes.data() + from, to - from, front);
      if (head == nullptr) {
        head = m;
      } else {
        EXPECT_EQ(rte_pktmbuf_chain(head, m), 0);
      }
      from = to;
    }
    return head;
  }

  rte_mbuf* make_chained(const Octets& bytes, std::mt19937& random) const {
    std::vector<size_t> cuts(random() % 5);
    // Most cuts in the headers.
    const size_t range = random() % 2 == 0 ? std::min<size_t>(bytes.size(), 80) : bytes.size();
    for (size_t& cut : cuts) cut = random() % (range + 1);
    std::sort(cuts.begin(), cuts.end());
    return make(bytes, cuts, static_cast<uint16_t>(random() % 2 == 0 ? RTE_PKTMBUF_HEADROOM : 64));
  }

 private:
  rte_mempool* pool_;
};

inline Octets bytes_of(const rte_mbuf* m) {
  Octets out;
  for (; m != nullptr; m = m->next) {
    const auto* data = rte_pktmbuf_mtod(m, const uint8_t*);
    out.insert(out.end(), data, data + m->data_len);
  }
  return out;
}

// What every mbuf chain must be.
inline void expect_sound(const rte_mbuf* m) {
  const char* reason = nullptr;
  EXPECT_EQ(rte_mbuf_check(m, 1, &reason), 0) << reason;
  size_t segments = 0;
  size_t bytes = 0;
  for (const rte_mbuf* s = m; s != nullptr; s = s->next) {
    ++segments;
    bytes += s->data_len;
    EXPECT_LE(s->data_off + s->data_len, s->buf_len);
  }
  EXPECT_EQ(m->nb_segs, segments);
  EXPECT_EQ(m->pkt_len, bytes);
}

}  // namespace dstfwd::test
