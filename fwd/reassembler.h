// SPDX-License-Identifier: BSD-3-Clause
// Puts fragments for the router itself together (RFC 791 3.2, RFC 8200 4.5), with rte_ip_frag.
// Packets in transit are never reassembled. One thread.
//
// rte_ip_frag keeps at most RTE_LIBRTE_IP_FRAG_MAX_FRAG (8) pieces of a packet, and tells nobody
// of a packet that it gives up, so that no "reassembly time exceeded" can be sent.
#pragma once

#include <rte_ip_frag.h>

#include <memory>

#include "fwd/types.h"

namespace dstfwd {

class Reassembler {
 public:
  // RFC 1122 3.3.2, RFC 8200 4.5 say 60 s; Linux gives up after 30.
  static constexpr uint64_t kTimeout_s = 30;

  static Result<Reassembler> create(uint64_t tsc_hz, int numa_node);

  // Takes a fragment whose IP header is `l3_offset` bytes into it. The whole packet, its link
  // header that of the first fragment, when this was the last missing piece; else nullptr.
  rte_mbuf* add_ipv4(rte_mbuf* fragment, uint16_t l3_offset, uint64_t now_tsc) noexcept;
  // The fragment header must follow the IPv6 header at once; others are dropped.
  rte_mbuf* add_ipv6(rte_mbuf* fragment, uint16_t l3_offset, uint64_t now_tsc) noexcept;
  // Frees what waited too long.
  void expire(uint64_t now_tsc) noexcept;
  // Frees all that waits.
  void drop_all() noexcept;

 private:
  struct Delete {
    void operator()(rte_ip_frag_tbl* table) const noexcept { rte_ip_frag_table_destroy(table); }
  };
  explicit Reassembler(rte_ip_frag_tbl* table) noexcept : table_(table) {}
  void bury() noexcept { rte_ip_frag_free_death_row(dead_.get(), 0); }

  std::unique_ptr<rte_ip_frag_tbl, Delete> table_;
  std::unique_ptr<rte_ip_frag_death_row> dead_ = std::make_unique<rte_ip_frag_death_row>();
};

}  // namespace dstfwd
