// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/next_hop.h"

#include <algorithm>

namespace dstfwd {

std::string_view name(HopKind kind) noexcept {
  switch (kind) {
    case HopKind::kNoRoute:
      return "none";
    case HopKind::kLocal:
      return "local";
    case HopKind::kBlackhole:
      return "blackhole";
    case HopKind::kUnreachable:
      return "unreachable";
    case HopKind::kGlean:
      return "connected";
    case HopKind::kAdjacency:
      return "adjacency";
    case HopKind::kGroup:
      return "group";
    case HopKind::kTunnel:
      return "tunnel";
  }
  return "?";
}

Adjacency NextHop::read() const noexcept {
  const HopFront front = this->front();
  const uint64_t c = c_.load(std::memory_order_relaxed);
  const uint64_t d = d_.load(std::memory_order_relaxed);
  Adjacency adjacency;
  adjacency.kind = static_cast<HopKind>(d >> 32U);
  adjacency.resolved = front.reach() != 0;
  std::memcpy(adjacency.dst.bytes.data(), &front.a, sizeof(MacAddress));
  std::memcpy(adjacency.src.bytes.data(), &front.b, sizeof(MacAddress));
  adjacency.port = PortId{front.port()};
  adjacency.mtu = static_cast<uint16_t>(c);
  adjacency.vlan_tci = static_cast<uint16_t>(c >> 16U);
  adjacency.object = static_cast<uint32_t>(c >> 32U);
  adjacency.own = {{static_cast<uint32_t>(d)}};
  return adjacency;
}

void NextHop::set(const Adjacency& adjacency) noexcept {
  uint64_t a = 0;
  uint64_t b = 0;
  std::memcpy(&a, adjacency.dst.bytes.data(), sizeof(MacAddress));
  std::memcpy(&b, adjacency.src.bytes.data(), sizeof(MacAddress));
  const bool plain = adjacency.kind == HopKind::kAdjacency && adjacency.vlan_tci == 0;
  const uint16_t reach = plain ? std::max(adjacency.mtu, HopFront::kTagged) : HopFront::kTagged;
  if (adjacency.resolved) a |= uint64_t{reach} << 48U;
  b |= uint64_t{to_u16(adjacency.port)} << 48U;
  const uint64_t c = uint64_t{adjacency.mtu} | uint64_t{adjacency.vlan_tci} << 16U |
                     uint64_t{adjacency.object} << 32U;
  const uint64_t d = uint64_t{adjacency.own.value.raw} | static_cast<uint64_t>(adjacency.kind)
                                                             << 32U;
  b_.store(b, std::memory_order_relaxed);
  c_.store(c, std::memory_order_relaxed);
  d_.store(d, std::memory_order_relaxed);
  a_.store(a, std::memory_order_relaxed);
}

NextHopTable::NextHopTable(uint32_t max_hops)
    : capacity_(std::clamp(max_hops, kFixed, kMaxHops)),
      hops_(new NextHop[capacity_]),
      row_lines_((size_t{capacity_} + CountLine::kCounts - 1) / CountLine::kCounts) {
  want_writers(1);
  set(kLocalHop, {.kind = HopKind::kLocal});
  set(kBlackholeHop, {.kind = HopKind::kBlackhole});
  set(kUnreachableHop, {.kind = HopKind::kUnreachable});
}

void NextHopTable::want_writers(uint32_t writers) {
  if (writers <= writers_) return;
  std::unique_ptr<CountLine[]> counts(new CountLine[writers * row_lines_]);
  for (size_t line = 0; line < writers_ * row_lines_; ++line) {
    for (size_t i = 0; i < CountLine::kCounts; ++i)
      counts[line].counts[i].store(counts_[line].counts[i].load(std::memory_order_relaxed),
                                   std::memory_order_relaxed);
  }
  counts_ = std::move(counts);
  writers_ = writers;
}

uint32_t NextHopTable::count(NextHopIndex hop) const noexcept {
  uint32_t sum = 0;  // modulo 2^32: a row of releases alone counts down from 0
  for (uint32_t writer = 0; writer < writers_; ++writer)
    sum += own_count(hop, writer).load(std::memory_order_acquire);  // (B)
  // A release may be seen before its acquire, while lcores still acquire.
  return static_cast<int32_t>(sum) < 0 ? 0 : sum;
}

NextHopIndex NextHopTable::allocate(const Adjacency& adjacency) {
  NextHopIndex hop = kNoRouteHop;
  if (!free_.empty()) {
    hop = free_.back();
    free_.pop_back();
  } else if (next_ < capacity_) {
    hop = NextHopIndex{next_++};
  } else {
    return kNoRouteHop;
  }
  set(hop, adjacency);
  ++used_;
  return hop;
}

void NextHopTable::free(NextHopIndex hop, ReaderGrace::Token grace) {
  dying_.push_back({hop, grace});
  --used_;
}

void NextHopTable::reap(const ReaderGrace& grace) {
  std::erase_if(dying_, [&](const Dying& dying) {
    if (!grace.passed(dying.grace) || count(dying.hop) != 0) return false;
    set(dying.hop, {});
    free_.push_back(dying.hop);
    return true;
  });
}

}  // namespace dstfwd
