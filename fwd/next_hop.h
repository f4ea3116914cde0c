// SPDX-License-Identifier: BSD-3-Clause
// What a packet is rewritten to: the ends of routes.
//
// Theory of operations
//   A dst entry and the FIB name a next hop by its index, so that a neighbour's new link-layer
//   address reaches every flow at once. The control thread makes next hops, changes them in place
//   and frees them; lcores read them at any time.
// Invariants
//   1. Link, VLAN, source MAC and kind of an adjacency do not change while it is allocated; what
//      changes are its destination MAC with `resolved` and the reach (one word), its MTU (another),
//      and the router's own address (a third).
//   2. A freed index is allocated again only when a grace period has passed since the FIB last
//      named it, and when no entry counts it.
//   3. A next hop's count is the sum of what each thread has added and taken away, in a row of its
//      own: lcores that make entries and a collector that ends them share no line (the idea of
//      Linux' percpu_ref). The sum is exact once a grace period has passed since the FIB last named
//      the next hop, as nobody adds to it then: what was added is seen, what is taken away can
//      only be seen late, and is taken for an entry that still counts.
// Threads
//   Control thread: allocate, free, reap, set, want_writers, count. Lcores: operator[], read,
//   front, kind, acquire. Collector: release.
// Ordering
//   Words are relaxed: each is whole in itself. A next hop is filled in before the FIB that names
//   it is published (fib.h (A)), which is where a lcore gets the index from. (A) release() stores
//   with release; pairs with (B) count(), which loads with acquire: the entry's last use is over
//   before the index is somebody else's. What acquire() stores is ordered by the grace period.
// Cost
//   64 B a next hop, and 4 B a writer for its counts; acquire and release are a load and a store on
//   the writer's own line.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "fwd/reader_grace.h"
#include "fwd/types.h"

namespace dstfwd {

enum class HopKind : uint8_t {
  kNoRoute,
  kLocal,        // the router itself
  kBlackhole,    // dropped in silence
  kUnreachable,  // dropped, and the sender is told
  kGlean,        // a connected prefix: the neighbour is the packet's own destination, not known yet
  kAdjacency,    // a neighbour
  kGroup,        // several next hops: hop_group_table.h
  kTunnel
};
std::string_view name(HopKind kind) noexcept;

// A next hop in plain fields.
struct Adjacency {
  HopKind kind = HopKind::kNoRoute;
  bool resolved = false;  // dst is known
  MacAddress dst{};
  MacAddress src{};
  PortId port = kInvalidPort;
  uint16_t mtu = 0;       // bytes of IP packet
  uint16_t vlan_tci = 0;  // 802.1Q identifier; 0: untagged
  uint32_t object = 0;    // position among the groups (kGroup) or tunnels (kTunnel)
  Ipv4Address own{};      // the router's address on the way out, for what IPv4 options record
};

// The words of a next hop that the rewrite of a frame without a tag takes.
struct HopFront {
  static constexpr uint16_t kTagged = 1;  // as reach: resolved, but frames to it have a tag

  uint64_t a;  // dst MAC in 6 bytes, reach in 2
  uint64_t b;  // src MAC in 6 bytes, port in 2

  // How long an IP packet may go as it is: the MTU of a resolved adjacency without a tag, else no
  // packet's length (kTagged, or 0: not resolved). With the address in one word, so that one
  // comparison tells of both.
  constexpr uint32_t reach() const noexcept { return static_cast<uint32_t>(a >> 48U); }
  // In their lower six bytes.
  constexpr uint64_t to() const noexcept { return a; }
  constexpr uint64_t from() const noexcept { return b; }
  constexpr uint16_t port() const noexcept { return static_cast<uint16_t>(b >> 48U); }
};

class alignas(dstgc::kCacheLine) NextHop {
 public:
  HopFront front() const noexcept {
    return {a_.load(std::memory_order_relaxed), b_.load(std::memory_order_relaxed)};
  }
  Adjacency read() const noexcept;
  HopKind kind() const noexcept {
    return static_cast<HopKind>(d_.load(std::memory_order_relaxed) >> 32U);
  }

  // Control thread. The words change one after the other: not for a next hop that is in use, but
  // for changes that invariant 1 allows.
  void set(const Adjacency& adjacency) noexcept;

 private:
  std::atomic<uint64_t> a_{0};  // HopFront's
  std::atomic<uint64_t> b_{0};
  std::atomic<uint64_t> c_{0};  // mtu in 2 bytes, vlan_tci in 2, object in 4
  std::atomic<uint64_t> d_{0};  // own in 4 bytes, kind in 1
};
static_assert(sizeof(NextHop) == dstgc::kCacheLine);

// The next hops that are always there.
inline constexpr NextHopIndex kLocalHop{1};
inline constexpr NextHopIndex kBlackholeHop{2};
inline constexpr NextHopIndex kUnreachableHop{3};

class NextHopTable {
 public:
  static constexpr uint32_t kFixed = 4;  // kNoRouteHop and the three above
  static constexpr uint32_t kMaxHops = 1U << 24U;

  // max_hops: kFixed to kMaxHops. Throws std::bad_alloc only.
  explicit NextHopTable(uint32_t max_hops);

  const NextHop& operator[](NextHopIndex hop) const noexcept { return hops_[to_u32(hop)]; }
  void set(NextHopIndex hop, const Adjacency& adjacency) noexcept {
    hops_[to_u32(hop)].set(adjacency);
  }

  // Rows of counts for writers 0 to writers - 1, where there are fewer: at first there is one.
  // While nobody acquires or releases. Throws std::bad_alloc only.
  void want_writers(uint32_t writers);

  // By the entry that is to name the hop. Caller: an online reader that got the index from the FIB
  // since its last quiescent state. writer: less than want_writers() was told, and of one thread at
  // a time.
  void acquire(NextHopIndex hop, uint32_t writer) noexcept {
    std::atomic<uint32_t>& own = own_count(hop, writer);
    own.store(own.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  // By the entry's destruction.
  void release(NextHopIndex hop, uint32_t writer) noexcept {
    std::atomic<uint32_t>& own = own_count(hop, writer);
    own.store(own.load(std::memory_order_relaxed) - 1, std::memory_order_release);  // (A)
  }
  // Entries that name the hop: exact when nobody acquires it any more (invariant 3), else what it
  // was about now.
  uint32_t count(NextHopIndex hop) const noexcept;

  // kNoRouteHop: the table is full.
  NextHopIndex allocate(const Adjacency& adjacency);
  // No FIB that is published names it any more. grace: a token taken after that.
  void free(NextHopIndex hop, ReaderGrace::Token grace);
  // Makes freed hops available whose grace period has passed and that nothing counts.
  void reap(const ReaderGrace& grace);

  uint32_t capacity() const noexcept { return capacity_; }
  uint32_t in_use() const noexcept { return used_; }  // allocated, and not freed
  uint32_t freed() const noexcept { return static_cast<uint32_t>(dying_.size()); }  // not reaped

 private:
  struct Dying {
    NextHopIndex hop;
    ReaderGrace::Token grace;
  };
  // Rows begin with a line, and no two share one, nor a pair that a CPU fetches together.
  struct alignas(2 * dstgc::kCacheLine) CountLine {
    static constexpr uint32_t kCounts = 2 * dstgc::kCacheLine / sizeof(uint32_t);
    std::atomic<uint32_t> counts[kCounts] = {};
  };
  std::atomic<uint32_t>& own_count(NextHopIndex hop, uint32_t writer) const noexcept {
    return counts_[size_t{writer} * row_lines_ + to_u32(hop) / CountLine::kCounts]
        .counts[to_u32(hop) % CountLine::kCounts];
  }

  uint32_t capacity_;
  uint32_t used_ = 0;
  uint32_t next_ = kFixed;  // never allocated from here on
  std::unique_ptr<NextHop[]> hops_;
  uint32_t writers_ = 0;
  size_t row_lines_;
  std::unique_ptr<CountLine[]> counts_;  // writers_ rows
  std::vector<NextHopIndex> free_;
  std::vector<Dying> dying_;
};

}  // namespace dstfwd
