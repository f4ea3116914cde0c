// SPDX-License-Identifier: BSD-3-Clause
// Puts fragments for the router itself together (RFC 791 3.2, RFC 8200 4.5), with rte_ip_frag.
// Packets in transit are never reassembled. One thread.
//
// rte_ip_frag keeps at most RTE_LIBRTE_IP_FRAG_MAX_FRAG (8) pieces of a packet.
#pragma once

#include <rte_ip_frag.h>

#include <memory>

#include "fwd/types.h"

namespace dstfwd {

class Reassembler {
 public:
  static constexpr uint64_t kTimeout4_s = 30;  // Linux's; RFC 1122 3.3.2 has at least 60
  static constexpr uint64_t kTimeout6_s = 60;  // RFC 8200 4.5

  static Result<Reassembler> create(uint64_t tsc_hz, int numa_node);

  // Takes a fragment whose IP header is `l3_offset` bytes into it. The whole packet, its link
  // header that of the first fragment, when this was the last missing piece; else nullptr.
  rte_mbuf* add_ipv4(rte_mbuf* fragment, uint16_t l3_offset, uint64_t now_tsc) noexcept;
  // The fragment header must follow the IPv6 header at once; others are dropped.
  rte_mbuf* add_ipv6(rte_mbuf* fragment, uint16_t l3_offset, uint64_t now_tsc) noexcept;
  // Frees what waited too long. Of each packet that had its first fragment, that one is shown to
  // `first` before, as it came, so that its source can be told (RFC 792, RFC 8200 4.5).
  template <typename First>
  void expire(uint64_t now_tsc, First&& first) {
    for (rte_ip_frag_tbl* table : {table4_.get(), table6_.get()}) {
      collect_expired(table, now_tsc);
      for (uint32_t i = 0; i < dead_->cnt; ++i) {
        if (is_first(dead_->row[i])) first(dead_->row[i]);
      }
      bury();
    }
  }
  void expire(uint64_t now_tsc) {
    expire(now_tsc, [](const rte_mbuf*) {});
  }
  // Frees all that waits.
  void drop_all();

 private:
  struct Delete {
    void operator()(rte_ip_frag_tbl* table) const noexcept { rte_ip_frag_table_destroy(table); }
  };
  Reassembler(rte_ip_frag_tbl* table4, rte_ip_frag_tbl* table6) noexcept
      : table4_(table4), table6_(table6) {}
  void collect_expired(rte_ip_frag_tbl* table, uint64_t now_tsc) noexcept;
  static bool is_first(const rte_mbuf* fragment) noexcept;
  void bury() noexcept { rte_ip_frag_free_death_row(dead_.get(), 0); }

  std::unique_ptr<rte_ip_frag_tbl, Delete> table4_;
  std::unique_ptr<rte_ip_frag_tbl, Delete> table6_;
  std::unique_ptr<rte_ip_frag_death_row> dead_ = std::make_unique<rte_ip_frag_death_row>();
};

}  // namespace dstfwd
