// SPDX-License-Identifier: BSD-3-Clause
// The forwarding information base of one family: longest prefix match to a next hop, for lcores
// that never wait while routes change.
//
// Theory of operations
//   Two tables with the same routes. Changes go to the idle one (stage), which then becomes the
//   active one (publish); when no lcore can be reading the other any more, it gets the same changes
//   (settle). Who publishes need not wait for that: the next stage needs it.
// Invariants
//   1. The idle table is touched only when a grace period has passed since it was the active one.
//   2. After settle() both tables have the same routes.
// Threads
//   lookup: any lcore that is an online reader. All else: the control thread.
// Ordering
//   (A) publish() stores the active table with release; pairs with (B) lookup()'s acquire: the
//   table and the next hops that it names are complete.
// Cost
//   Twice the table's memory. Route changes cost twice rte_fib's.
#pragma once

#include <atomic>

#include "fwd/fib_table.h"
#include "fwd/reader_grace.h"

namespace dstfwd {

template <typename Family>
class Fib {
 public:
  using Address = typename Family::Address;
  using Change = FibChange<Family>;

  static Result<std::unique_ptr<Fib>> create(const FibConfig& config);
  // EAL memory for both tables.
  static size_t memory_bytes(const FibConfig& config) noexcept {
    return 2 * FibTable<Family>::memory_bytes(config);
  }
  Fib(const Fib&) = delete;
  Fib& operator=(const Fib&) = delete;

  // kNoRouteHop where no prefix matches.
  void lookup(const Address* const* addresses, NextHopIndex* hops, unsigned n) const noexcept {
    active_.load(std::memory_order_acquire)->lookup(addresses, hops, n);  // (B)
  }
  NextHopIndex lookup(const Address& address) const noexcept {
    const Address* one = &address;
    NextHopIndex hop = kNoRouteHop;
    lookup(&one, &hop, 1);
    return hop;
  }

  // Applies the changes to the idle table, in their order. The positions of those that failed go to
  // `failed`; the error is the first one's. Precondition: settled().
  Status stage(std::span<const Change> changes, std::vector<size_t>& failed);
  // The idle table becomes the active one.
  void publish() noexcept;
  // Precondition: a grace period has passed since publish(). An error (no memory): not settled;
  // what is published stays in force, and the next call tries again.
  Status settle();
  bool settled() const noexcept { return behind_.empty(); }

  // Waits for readers as long as they take; for callers that have nothing else to do.
  Status commit(std::span<const Change> changes, const ReaderGrace& grace);

  uint32_t routes() const noexcept { return active_.load(std::memory_order_relaxed)->routes(); }
  size_t memory_bytes() const noexcept {
    return FibTable<Family>::memory_bytes(first_.config()) +
           FibTable<Family>::memory_bytes(second_.config());
  }

 private:
  Fib(FibTable<Family> first, FibTable<Family> second) noexcept
      : first_(std::move(first)), second_(std::move(second)), active_(&first_), idle_(&second_) {}

  FibTable<Family> first_;
  FibTable<Family> second_;
  std::atomic<FibTable<Family>*> active_;
  FibTable<Family>* idle_;
  std::vector<Change> staged_;  // in the idle table, to be published
  std::vector<Change> behind_;  // in the active table, and not yet in the idle one
};

extern template class Fib<Ipv4>;
extern template class Fib<Ipv6>;

}  // namespace dstfwd
