// SPDX-License-Identifier: BSD-3-Clause
// One forwarding table: rte_fib or rte_fib6, with room that grows.
#pragma once

#include <rte_fib.h>
#include <rte_fib6.h>

#include <memory>
#include <span>
#include <vector>

#include "fwd/fib_top.h"

namespace dstfwd {

// DPDK's algorithms. kTable answers in one to two (IPv6: up to fourteen) memory accesses and takes
// at least 64 MB a table; kTree takes next to nothing, and walks a binary tree.
enum class FibKind : uint8_t { kTable, kTree };

struct FibConfig {
  FibKind kind = FibKind::kTable;
  uint32_t routes = 4096;  // room at start
  uint32_t tbl8s = 1024;   // groups of 256 for prefixes longer than 24 bits, at start; 1 KB each
  int numa_node = -1;
};

// Lookups may run on many lcores, but not while the control thread changes the table.
template <typename Family>
class FibTable {
 public:
  using Address = typename Family::Address;
  using Change = FibChange<Family>;
  using Handle = std::conditional_t<std::is_same_v<Family, Ipv4>, rte_fib, rte_fib6>;

  static constexpr uint32_t kMaxRoutes = 1U << 24U;
  static constexpr uint32_t kMaxTbl8s = 1U << 20U;

  // EAL is up. The error says how much EAL memory there is need of.
  static Result<FibTable> create(const FibConfig& config);
  // EAL memory that one table takes, within some percent.
  static size_t memory_bytes(const FibConfig& config) noexcept;

  void lookup(const Address* const* addresses, NextHopIndex* hops, unsigned n) const noexcept;

  // What is not there may not be deleted. Makes room as necessary, which takes time, and for as
  // long as it lasts no memory but the table's own. An error: nothing has changed, and the message
  // says which memory was not enough.
  Status apply(const Change& change);
  // Room for so many routes in all, at once instead of by doubling.
  Status reserve(uint32_t routes);

  uint32_t routes() const noexcept { return routes_; }
  const FibConfig& config() const noexcept { return config_; }
  // All routes, in no order.
  std::vector<Change> contents() const;

 private:
  struct Freer {
    void operator()(Handle* handle) const noexcept;
  };
  FibTable(const FibConfig& config, Handle* handle) noexcept : config_(config), handle_(handle) {}

  // What the library holds is "installed": the routes, but for those that FibTop splits.
  static Handle* make(const FibConfig& config) noexcept;
  bool is_installed(const Prefix<Family>& prefix) const noexcept;
  int put(const Change& change) noexcept;
  Status install(const Change& change);
  Status apply_at_top(const Change& change);
  std::vector<Change> installed() const;
  // The same routes in a table of another size. An error: as it was.
  Status rebuild(const FibConfig& config);
  bool refill(const FibConfig& config, std::span<const Change> routes);

  FibConfig config_;
  std::unique_ptr<Handle, Freer> handle_;
  FibTop<Family> top_;
  uint32_t routes_ = 0;
  uint32_t installed_ = 0;
  uint64_t changes_ = 0;  // since the table was made
};

extern template class FibTable<Ipv4>;
extern template class FibTable<Ipv6>;

}  // namespace dstfwd
