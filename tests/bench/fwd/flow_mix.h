// SPDX-License-Identifier: BSD-3-Clause
// The flows of traffic_bench's packets: established ones, and ones that begin.
#pragma once

#include <rte_mbuf.h>

#include <random>

#include "tests/bench/frame.h"

namespace dstfwd::bench {

// A random 32-bit number as a destination on the Internet: bench_fwd.py has the same.
inline uint32_t unicast(uint32_t random) noexcept {
  const uint32_t octet = random >> 24U;
  const bool other = octet == 0 || octet == 127 || octet == 169 || octet == 192 || octet == 198 ||
                     octet == 203 || octet >= 224;
  return other ? (1 + octet % 100) << 24U | (random & 0xffffffU) : random;
}

class FlowMix {
 public:
  static constexpr uint32_t kEstablished = 65536;

  // new_of_8: of eight packets, how many begin a flow on average, in no order that a CPU foresees.
  // spread: flows go to addresses all over the Internet, else to one.
  FlowMix(const MacAddress& to, bool spread, unsigned new_of_8)
      : template_(make_frame(to)), spread_(spread), new_of_8_(new_of_8) {}

  uint64_t established() const noexcept { return established_; }
  uint64_t begun() const noexcept { return begun_; }
  // The flows that have begun since then begin once more.
  void begin_again(uint64_t begun) noexcept { begun_ = begun; }

  // Frames of the next n packets.
  void write(rte_mbuf* const* packets, unsigned n) noexcept {
    for (unsigned i = 0; i < n; ++i) {
      const bool fresh = random_() >> 28U < new_of_8_;  // of 31 bits
      const uint32_t flow =
          fresh ? kEstablished + static_cast<uint32_t>(begun_++ % 0xff000000U)
                : static_cast<uint32_t>(established_++ * 2654435761U >> 7U) % kEstablished;
      packets[i]->data_len = sizeof(Frame);
      packets[i]->pkt_len = sizeof(Frame);
      auto* const frame = rte_pktmbuf_mtod(packets[i], Frame*);
      std::memcpy(frame, &template_, sizeof(Frame));
      frame->udp.src_port = static_cast<uint16_t>(flow);
      frame->udp.dst_port = static_cast<uint16_t>(flow >> 16U);
      if (spread_) spread(frame->ip, flow);
    }
  }

 private:
  static void spread(rte_ipv4_hdr& ip, uint32_t flow) noexcept {
    ip.dst_addr =
        rte_cpu_to_be_32(unicast(static_cast<uint32_t>(flow * 0x9e3779b97f4a7c15ULL >> 32U)));
    ip.hdr_checksum = 0;
    ip.hdr_checksum = rte_ipv4_cksum(&ip);
  }

  Frame template_;
  bool spread_;
  unsigned new_of_8_;
  std::minstd_rand random_;
  uint64_t established_ = 0, begun_ = 0;
};

}  // namespace dstfwd::bench
