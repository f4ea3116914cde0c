// SPDX-License-Identifier: BSD-3-Clause
// The neighbours of one family: who is known on which link, in which state (neighbour_state.h), and
// which packets wait for them (hold_queue.h). What is sent and what the forwarding tables learn is
// the owner's (slow_path.h). One thread.
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>

#include "fwd/hold_queue.h"
#include "fwd/link_ref.h"
#include "fwd/neighbour_state.h"

namespace dstfwd {

template <typename Address>
struct Neighbour {
  LinkRef link;
  Address address;
  NeighbourState state;
  HoldList held{};
};

template <typename Address>
class NeighbourTable {
 public:
  using Entry = Neighbour<Address>;

  // At most `max_entries` neighbours (RFC 6583: a scan of a subnet must not fill the memory);
  // permanent ones count, but are never refused.
  NeighbourTable(const NeighbourTimers& timers, uint32_t max_entries, uint64_t seed)
      : timers_(timers), max_entries_(max_entries), random_(seed) {}

  Entry* find(const LinkRef& link, const Address& address) noexcept {
    const auto it = entries_.find({link, key(address)});
    return it == entries_.end() ? nullptr : it->second.get();
  }

  // nullptr: the table is full of neighbours that are alive or being asked.
  Entry* find_or_make(const LinkRef& link, const Address& address, bool permanent = false) {
    if (Entry* known = find(link, address)) return known;
    if (!permanent && entries_.size() >= max_entries_ && !evict()) return nullptr;
    auto entry = std::unique_ptr<Entry>(
        new Entry{link, address, NeighbourState(timers_, static_cast<uint32_t>(random_.next()))});
    return entries_.emplace(Key{link, key(address)}, std::move(entry)).first->second.get();
  }

  // Precondition: no packet waits for it.
  void erase(const LinkRef& link, const Address& address) noexcept {
    entries_.erase({link, key(address)});
  }

  // Calls visit(entry) for up to `budget` entries, going on where the last call stopped. visit may
  // say true: the entry is to be erased (no packet may wait for it).
  template <typename Visit>
  void visit_some(size_t budget, Visit&& visit) {
    for (budget = std::min(budget, entries_.size()); budget > 0; --budget) {
      auto it = entries_.upper_bound(cursor_);
      if (it == entries_.end()) it = entries_.begin();
      cursor_ = it->first;
      if (visit(*it->second)) entries_.erase(it);
    }
  }
  template <typename Visit>
  void visit_all(Visit&& visit) {
    for (auto& [key, entry] : entries_) visit(*entry);
  }
  template <typename Visit>
  void visit_all(Visit&& visit) const {
    for (const auto& [key, entry] : entries_) visit(std::as_const(*entry));
  }

  size_t size() const noexcept { return entries_.size(); }

 private:
  // In the order of people: by link, then by address.
  using AddressKey = std::array<uint8_t, sizeof(Address)>;
  using Key = std::pair<LinkRef, AddressKey>;
  static AddressKey key(const Address& address) noexcept {
    return std::bit_cast<AddressKey>(address);
  }

  // Makes room: a neighbour that failed and for which nothing waits.
  bool evict() noexcept {
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->second->state.phase() == NeighbourPhase::kFailed && it->second->held.size() == 0) {
        entries_.erase(it);
        return true;
      }
    }
    return false;
  }

  NeighbourTimers timers_;
  size_t max_entries_;
  SmallRandom random_;
  std::map<Key, std::unique_ptr<Entry>> entries_;
  Key cursor_{};
};

}  // namespace dstfwd
