// SPDX-License-Identifier: BSD-3-Clause
// What DPDK has renamed or retyped since 22.11.
#pragma once

#include <rte_fib6.h>
#include <rte_rib6.h>
#include <rte_version.h>

#include "fwd/types.h"

namespace dstfwd::compat {

#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
using Rib6Address = rte_ipv6_addr;
inline const rte_ipv6_addr* fib6_address(const Ipv6Address& a) noexcept {
  return reinterpret_cast<const rte_ipv6_addr*>(&a);
}
inline void fib6_lookup(rte_fib6* fib, Ipv6Address* addresses, uint64_t* next_hops, int n) {
  rte_fib6_lookup_bulk(fib, reinterpret_cast<rte_ipv6_addr*>(addresses), next_hops, n);
}
inline Ipv6Address rib6_address(const rte_rib6_node* node) noexcept {
  rte_ipv6_addr ip;
  rte_rib6_get_ip(node, &ip);
  Ipv6Address a;
  std::memcpy(a.bytes.data(), &ip, sizeof(a));
  return a;
}
#else
inline const uint8_t* fib6_address(const Ipv6Address& a) noexcept {
  return a.bytes.data();
}
inline void fib6_lookup(rte_fib6* fib, Ipv6Address* addresses, uint64_t* next_hops, int n) {
  rte_fib6_lookup_bulk(fib, reinterpret_cast<uint8_t(*)[16]>(addresses), next_hops, n);
}
inline Ipv6Address rib6_address(const rte_rib6_node* node) noexcept {
  Ipv6Address a;
  rte_rib6_get_ip(node, a.bytes.data());
  return a;
}
#endif

}  // namespace dstfwd::compat
