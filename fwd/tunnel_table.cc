// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/tunnel_table.h"

#include "fwd/address_text.h"

namespace dstfwd {

TunnelTable::TunnelTable(uint32_t max_tunnels, NextHopTable& hops)
    : hops_(&hops),
      capacity_(std::clamp(max_tunnels, 1U, kMaxTunnels)),
      places_(new Place[capacity_]),
      shown_(std::make_unique<TunnelEnds>()),
      ends_(shown_.get()) {}

bool TunnelTable::is_usable(const Tunnel& tunnel) const noexcept {
  return outer_is_ipv6(tunnel.mode) ? addresses6_->is_own(tunnel.local.as<Ipv6>())
                                    : addresses4_->is_own(tunnel.local.as<Ipv4>());
}

Status TunnelTable::check(const Tunnel& tunnel) const {
  const auto judge = [&](const auto& local, const auto& remote, const auto& addresses) -> Status {
    if (!addresses.is_own(local)) {
      return Error{"tunnel: local " + to_text(local) + " is no address of the router"};
    }
    if (is_link_local(local)) {
      return Error{"tunnel: local " + to_text(local) + " is link-local"};
    }
    if (!is_unicast(remote) || is_link_local(remote)) {
      return Error{"tunnel: remote " + to_text(remote) + " is not a unicast address to route to"};
    }
    if (addresses.is_local(remote)) {
      return Error{"tunnel: remote " + to_text(remote) + " is the router itself"};
    }
    return Ok{};
  };
  if (outer_is_ipv6(tunnel.mode)) {
    return judge(tunnel.local.as<Ipv6>(), tunnel.remote.as<Ipv6>(), *addresses6_);
  }
  return judge(tunnel.local.as<Ipv4>(), tunnel.remote.as<Ipv4>(), *addresses4_);
}

Result<TunnelRecord*> TunnelTable::find_or_make(const Tunnel& tunnel) {
  if (Status good = check(tunnel); !good) return good.error();
  if (const auto known = records_.find(tunnel); known != records_.end()) return &known->second;
  if (free_.empty() && next_ == capacity_) return Error{"the table of tunnels is full"};
  const uint32_t object = free_.empty() ? next_ : free_.back();
  Adjacency adjacency{.kind = HopKind::kTunnel, .object = object};
  if (!outer_is_ipv6(tunnel.mode)) adjacency.own = tunnel.local.as<Ipv4>();
  places_[object] = {tunnel, true};
  const NextHopIndex hop = hops_->allocate(adjacency);
  if (hop == kNoRouteHop) {
    places_[object].used = false;
    return Error{"the next-hop table is full"};
  }
  if (free_.empty()) {
    ++next_;
  } else {
    free_.pop_back();
  }
  changed_ = true;
  return &records_.emplace(tunnel, TunnelRecord{tunnel, hop, 0}).first->second;
}

void TunnelTable::drop_if_unused(const Tunnel& tunnel) {
  const auto known = records_.find(tunnel);
  if (known == records_.end() || known->second.paths != 0) return;
  retired_.push_back(known->second.hop);
  records_.erase(known);
  changed_ = true;
}

const Tunnel* TunnelTable::find(uint32_t object) const noexcept {
  return object < capacity_ && places_[object].used ? &places_[object].tunnel : nullptr;
}

void TunnelTable::publish() {
  if (!std::exchange(changed_, false)) return;
  std::vector<Tunnel> tunnels;
  for (const auto& [tunnel, record] : records_) tunnels.push_back(tunnel);
  auto made = std::make_unique<const TunnelEnds>(tunnels);
  ends_.store(made.get(), std::memory_order_release);  // (A)
  replaced_ = std::exchange(shown_, std::move(made));
}

void TunnelTable::retire_ends(ReaderGrace::Token grace) {
  if (replaced_) old_.push_back({std::move(replaced_), grace});
}

void TunnelTable::reap(const ReaderGrace& grace) {
  std::erase_if(old_, [&](const OldEnds& old) { return grace.passed(old.grace); });
  std::erase_if(dying_, [&](const Dying& dying) {
    if (!grace.passed(dying.grace) || hops_->count(dying.hop) != 0) return false;
    places_[dying.object].used = false;
    free_.push_back(dying.object);
    return true;
  });
}

}  // namespace dstfwd
