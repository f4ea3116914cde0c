// SPDX-License-Identifier: BSD-3-Clause
// Sends what the router has to say: ICMP errors about packets that could not be forwarded, and
// answers to packets for the router itself. The control thread.
#pragma once

#include "fwd/local_answer.h"
#include "fwd/neighbour_resolver.h"
#include "fwd/token_bucket.h"

namespace dstfwd {

struct IcmpAgentStats {
  uint64_t errors_sent = 0;
  uint64_t errors_limited = 0;     // the token bucket was empty
  uint64_t errors_suppressed = 0;  // RFC 1812 4.3.2.7, RFC 4443 2.4 (e); or no way, no source
  uint64_t answers_sent = 0;       // echo, timestamp, TCP reset
};

class IcmpAgent {
 public:
  // errors_per_s 0: no limit. Burst: a twentieth of it, at least 50 (Linux's).
  IcmpAgent(const SlowRouting& routing, NeighbourResolver<Ipv4>& resolver4,
            NeighbourResolver<Ipv6>& resolver6, uint32_t errors_per_s, uint64_t tsc_hz,
            uint64_t now_tsc);

  // Tells the source of `packet`, which came by `arrival`. `packet`: from its IP header on, at
  // least its first 1280 bytes. `link_group`: it came in a broadcast or multicast frame.
  template <typename Family>
  void report(const LinkRef& arrival, Bytes packet, const IcmpReport& report, bool link_group);

  // Answers a whole packet for the router.
  template <typename Family>
  void answer(const LinkRef& arrival, Bytes packet, bool link_group);

  void set_time(uint64_t now_tsc, uint64_t now_ms) noexcept {
    now_tsc_ = now_tsc;
    now_ms_ = now_ms;
  }
  const IcmpAgentStats& stats() const noexcept { return stats_; }

 private:
  template <typename Family>
  std::optional<typename Family::Address> source_for(const LinkRef& arrival,
                                                     const typename Family::Address& dst,
                                                     const typename Family::Address& peer) const;
  template <typename Family>
  bool send(const LinkRef& arrival, const typename Family::Address& dst, Bytes packet);
  // Into a tunnel.
  template <typename Inner>
  bool send_into(const Tunnel& tunnel, Bytes packet);
  template <typename Inner, typename Outer>
  bool wrap_and_send(const Tunnel& tunnel, Bytes packet);
  template <typename Family>
  NeighbourResolver<Family>& resolver() noexcept;

  const SlowRouting& routing_;
  NeighbourResolver<Ipv4>& resolver4_;
  NeighbourResolver<Ipv6>& resolver6_;
  TokenBucket bucket_;
  uint64_t now_tsc_;
  uint64_t now_ms_ = 0;
  uint16_t ip_id_;
  std::vector<uint8_t> out_;
  std::vector<uint8_t> wrapped_;
  IcmpAgentStats stats_;
};

}  // namespace dstfwd
