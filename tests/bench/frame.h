// SPDX-License-Identifier: BSD-3-Clause
// The frame that benchmarks send: 60 bytes, UDP over IPv4. Flows differ in what is written over it.
#pragma once

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include <cstring>

#include "fwd/types.h"

namespace dstfwd::bench {

struct Frame {
  rte_ether_hdr ethernet;
  rte_ipv4_hdr ip;
  rte_udp_hdr udp;
  char payload[18];
} __attribute__((packed, aligned(2)));
static_assert(sizeof(Frame) == 60);

inline Frame make_frame(const MacAddress& to) {
  Frame frame{};
  std::memcpy(&frame.ethernet.dst_addr, to.bytes.data(), 6);
  frame.ethernet.src_addr.addr_bytes[0] = 2;
  frame.ethernet.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
  frame.ip.version_ihl = 0x45;
  frame.ip.total_length = rte_cpu_to_be_16(46);
  frame.ip.time_to_live = 64;
  frame.ip.next_proto_id = IPPROTO_UDP;
  frame.ip.src_addr = rte_cpu_to_be_32(0xc0000202);
  frame.ip.dst_addr = rte_cpu_to_be_32(0xc6120001);
  frame.ip.hdr_checksum = rte_ipv4_cksum(&frame.ip);
  frame.udp.dgram_len = rte_cpu_to_be_16(26);
  return frame;
}

}  // namespace dstfwd::bench
