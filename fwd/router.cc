// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/router.h"

#include <rte_pause.h>

#include "fwd/address_text.h"

namespace dstfwd {

Result<std::unique_ptr<Router>> Router::create(const RouterConfig& config) {
  auto fib4 = Fib<Ipv4>::create(config.fib4);
  if (!fib4) return fib4.error();
  auto fib6 = Fib<Ipv6>::create(config.fib6);
  if (!fib6) return fib6.error();
  return std::unique_ptr<Router>(new Router(config, std::move(*fib4), std::move(*fib6)));
}

Router::Router(const RouterConfig& config, std::unique_ptr<Fib<Ipv4>> fib4,
               std::unique_ptr<Fib<Ipv6>> fib6)
    : next_hops_(config.max_next_hops),
      groups_(config.max_groups),
      fib4_(std::move(fib4)),
      fib6_(std::move(fib6)),
      links_(view_, next_hops_),
      tunnels_(config.max_tunnels, next_hops_),
      ipv4_(next_hops_, groups_, links_, tunnels_),
      ipv6_(next_hops_, groups_, links_, tunnels_),
      grace_(config.grace) {
  tunnels_.attach(ipv4_.addresses(), ipv6_.addresses());
  view_.fib4 = fib4_.get();
  view_.fib6 = fib6_.get();
  view_.next_hops = &next_hops_;
  view_.groups = &groups_;
  view_.tunnels = &tunnels_;
  view_.version = &version_;
  view_.promiscuous = config.promiscuous;
  for (PortView& port : view_.ports) port.up = false;
}

Status Router::add_link_local(const LinkRef& link) {
  const Link* const made = links_.find(link);
  return ipv6_.address_add(
      {.link = link, .prefix = {link_local_address(made->mac), 64}, .automatic = true});
}

Status Router::port_add(PortId port, const MacAddress& mac, uint16_t mtu) {
  if (Status made = links_.add_port(port, mac, mtu); !made) return made;
  return add_link_local({port, 0});
}

Status Router::vlan_add(const LinkRef& link) {
  if (Status made = links_.add_vlan(link); !made) return made;
  return add_link_local(link);
}

Status Router::vlan_del(const LinkRef& link) {
  if (links_.find(link) == nullptr) return Error{"there is no " + to_text(link)};
  if (link.vlan == 0) return Error{to_text(link) + " is a port, not a sub-interface"};
  ipv4_.link_removed(link);
  ipv6_.link_removed(link);
  auto glean = links_.remove_vlan(link);
  if (!glean) return glean.error();
  retired_.push_back(*glean);
  link_changed(link);
  return Ok{};
}

void Router::link_changed(const LinkRef& link) {
  for (const auto& [ref, other] : links_.all()) {
    // A port's state is its sub-interfaces', too.
    if (ref != link && (ref.port != link.port || link.vlan != 0)) continue;
    ipv4_.link_changed(ref);
    ipv6_.link_changed(ref);
  }
  if (links_.find(link) == nullptr) {
    ipv4_.link_changed(link);
    ipv6_.link_changed(link);
  }
}

Status Router::link_set_up(const LinkRef& link, bool up) {
  if (Status done = links_.set_enabled(link, up); !done) return done;
  link_changed(link);
  return Ok{};
}

Status Router::port_set_carrier(PortId port, bool up) {
  if (Status done = links_.set_carrier(port, up); !done) return done;
  link_changed({port, 0});
  return Ok{};
}

Status Router::link_set_mtu(const LinkRef& link, uint32_t mtu) {
  if (Status done = links_.set_mtu(link, mtu); !done) return done;
  link_changed(link);
  return Ok{};
}

Status Router::link_set_advertises(const LinkRef& link, bool advertises) {
  return links_.set_advertises(link, advertises);
}

template <typename Family>
Status Router::address_add(const Prefix<Family>& address, const LinkRef& link) {
  Status done = mutable_family<Family>().address_add({.link = link, .prefix = address});
  if (done) addresses_changed<Family>();
  return done;
}

void Router::cache_flush() noexcept {
  version_.fetch_add(uint64_t{1} << 32U, std::memory_order_release);
}

void Router::bump_routes() noexcept {
  const uint64_t old = version_.load(std::memory_order_relaxed);
  const uint64_t next = (old & ~uint64_t{0xffffffff}) | static_cast<uint32_t>(old + 1);
  version_.store(next, std::memory_order_release);  // (A)
}

Status Router::settle(bool wait) {
  if (fib4_->settled() && fib6_->settled()) return Ok{};
  while (!grace_.passed(last_publish_)) {
    if (!wait) return Ok{};
    rte_pause();
  }
  Status first = fib4_->settle();
  Status second = fib6_->settle();
  return first ? second : first;
}

Status Router::commit() {
  if (!pending() && retired_.empty()) {
    maintain();
    return Ok{};
  }
  if (Status before = settle(true); !before) return before;
  const auto first = ipv4_.stage(*fib4_);
  const auto second = ipv6_.stage(*fib6_);
  if (first.changed) fib4_->publish();
  if (second.changed) fib6_->publish();
  if (first.invalidates || second.invalidates) bump_routes();
  tunnels_.publish();
  last_publish_ = grace_.start();
  tunnels_.retire_ends(last_publish_);
  for (auto hops : {ipv4_.take_retired(), ipv6_.take_retired(), tunnels_.take_retired()}) {
    retired_.insert(retired_.end(), hops.begin(), hops.end());
  }
  // A change that failed has left an old next hop in the FIB, whichever it is.
  if (first.status && second.status) retire(std::exchange(retired_, {}));
  maintain();
  return first.status ? second.status : first.status;
}

void Router::retire(const std::vector<NextHopIndex>& hops) {
  for (const NextHopIndex hop : hops) {
    const Adjacency adjacency = next_hops_[hop].read();
    if (adjacency.kind == HopKind::kGroup) groups_.free(adjacency.object, last_publish_);
    if (adjacency.kind == HopKind::kTunnel) tunnels_.free(adjacency.object, hop, last_publish_);
    next_hops_.free(hop, last_publish_);
  }
}

void Router::maintain() {
  (void)settle(false);
  tunnels_.reap(grace_);
  next_hops_.reap(grace_);
  groups_.reap(grace_);
}

template Status Router::address_add<Ipv4>(const Prefix<Ipv4>&, const LinkRef&);
template Status Router::address_add<Ipv6>(const Prefix<Ipv6>&, const LinkRef&);

}  // namespace dstfwd
