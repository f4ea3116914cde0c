// SPDX-License-Identifier: BSD-3-Clause
// Packets that wait for a neighbour's link-layer address (RFC 1122 2.3.2.2, RFC 4861 7.2.2): a list
// a neighbour, bounded each and together. A full list, or a full queue, gives up its oldest packet.
// Nodes come from one array made at start: nothing is allocated later. One thread.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace dstfwd {

inline constexpr uint32_t kNoHold = 0xffffffffU;

// One neighbour's packets. Its address must not change, and it must be emptied by pop(), before it
// goes.
class HoldList {
 public:
  HoldList() = default;
  HoldList(const HoldList&) = delete;
  HoldList& operator=(const HoldList&) = delete;
  ~HoldList() { assert(count_ == 0); }
  uint32_t size() const noexcept { return count_; }

 private:
  template <typename Packet>
  friend class HoldQueue;
  uint32_t oldest_ = kNoHold;
  uint32_t newest_ = kNoHold;
  uint32_t count_ = 0;
};

template <typename Packet>
class HoldQueue {
 public:
  // Both limits in packets, at least 1.
  HoldQueue(uint32_t max_total, uint32_t max_per_neighbour)
      : nodes_(max_total), max_per_neighbour_(max_per_neighbour) {
    for (uint32_t i = 0; i < max_total; ++i) nodes_[i].next = i + 1 < max_total ? i + 1 : kNoHold;
    free_ = 0;
  }

  // Adds a packet behind the others of `list`. Returns the packet that had to go for it: the
  // neighbour's oldest when the neighbour's limit is reached, else everyone's oldest.
  std::optional<Packet> push(HoldList& list, Packet packet) noexcept {
    std::optional<Packet> gone;
    if (list.count_ >= max_per_neighbour_) {
      gone = take(list.oldest_);
    } else if (free_ == kNoHold) {
      gone = take(oldest_);
    }
    const uint32_t i = free_;
    Node& n = nodes_[i];
    free_ = n.next;
    n = {std::move(packet), &list, list.newest_, kNoHold, newest_, kNoHold};
    (list.newest_ == kNoHold ? list.oldest_ : nodes_[list.newest_].next) = i;
    (newest_ == kNoHold ? oldest_ : nodes_[newest_].younger) = i;
    list.newest_ = newest_ = i;
    ++list.count_;
    ++count_;
    return gone;
  }

  // The oldest packet of `list`; nothing when there is none.
  std::optional<Packet> pop(HoldList& list) noexcept {
    if (list.oldest_ == kNoHold) return {};
    return take(list.oldest_);
  }

  uint32_t size() const noexcept { return count_; }

 private:
  struct Node {
    Packet packet{};
    HoldList* list = nullptr;
    uint32_t previous = kNoHold;  // in the neighbour's list
    uint32_t next = kNoHold;      // the same; or in the list of free nodes
    uint32_t older = kNoHold;     // among all
    uint32_t younger = kNoHold;
  };

  Packet take(uint32_t i) noexcept {
    Node& n = nodes_[i];
    HoldList& list = *n.list;
    (n.previous == kNoHold ? list.oldest_ : nodes_[n.previous].next) = n.next;
    (n.next == kNoHold ? list.newest_ : nodes_[n.next].previous) = n.previous;
    (n.older == kNoHold ? oldest_ : nodes_[n.older].younger) = n.younger;
    (n.younger == kNoHold ? newest_ : nodes_[n.younger].older) = n.older;
    --list.count_;
    --count_;
    n.next = free_;
    free_ = i;
    return std::move(n.packet);
  }

  std::vector<Node> nodes_;
  uint32_t max_per_neighbour_;
  uint32_t free_ = kNoHold;
  uint32_t oldest_ = kNoHold;
  uint32_t newest_ = kNoHold;
  uint32_t count_ = 0;
};

}  // namespace dstfwd
