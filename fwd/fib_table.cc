// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fib_table.h"

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_mempool.h>
#include <rte_rib.h>

#include <algorithm>
#include <cstdio>
#include <limits>

#include "fwd/dpdk_compat.h"

namespace dstfwd {
namespace {

constexpr unsigned kChunk = 64;         // addresses looked up at once
constexpr size_t kTbl8Bytes = 256 * 4;  // next hops of 4 bytes
constexpr size_t kTbl24Bytes = size_t{4} << 24U;
constexpr unsigned kTbl24Bits = 24;
constexpr uint32_t kNobodysHop = (1U << 31U) - 1;  // the highest that 4 bytes hold
constexpr unsigned kRibNodeBytes = 64;             // at most; rte_rib's are its own

// What the two libraries call alike, under one name.
template <typename Family>
struct Dpdk;

template <>
struct Dpdk<Ipv4> {
  static rte_fib* create(const char* name, const FibConfig& config) {
    rte_fib_conf conf{};
    conf.type = config.kind == FibKind::kTable ? RTE_FIB_DIR24_8 : RTE_FIB_DUMMY;
    conf.default_nh = to_u32(kNoRouteHop);
    conf.max_routes = static_cast<int>(config.routes);
    conf.dir24_8.nh_sz = RTE_FIB_DIR24_8_4B;
    conf.dir24_8.num_tbl8 = config.tbl8s;
    return rte_fib_create(name, config.numa_node, &conf);
  }
  static void free(rte_fib* fib) { rte_fib_free(fib); }
  static int add(rte_fib* fib, const Prefix<Ipv4>& p, uint32_t hop) {
    return rte_fib_add(fib, p.address.value.host(), p.length, hop);
  }
  static int del(rte_fib* fib, const Prefix<Ipv4>& p) {
    return rte_fib_delete(fib, p.address.value.host(), p.length);
  }
  static rte_rib_node* exact(rte_fib* fib, const Prefix<Ipv4>& p) {
    return rte_rib_lookup_exact(rte_fib_get_rib(fib), p.address.value.host(), p.length);
  }
  static rte_rib_node* next(rte_fib* fib, rte_rib_node* last) {
    return rte_rib_get_nxt(rte_fib_get_rib(fib), 0, 0, last, RTE_RIB_GET_NXT_ALL);
  }
  static FibChange<Ipv4> route(const rte_rib_node* node) {
    uint32_t ip = 0;
    uint8_t depth = 0;
    uint64_t hop = 0;
    rte_rib_get_ip(node, &ip);
    rte_rib_get_depth(node, &depth);
    rte_rib_get_nh(node, &hop);
    return {{{Be32::from_host(ip)}, depth}, NextHopIndex{static_cast<uint32_t>(hop)}};
  }
  static void lookup(rte_fib* fib, const Ipv4Address* const* addresses, uint64_t* hops,
                     unsigned n) noexcept {
    uint32_t ips[kChunk];
    for (unsigned i = 0; i < n; ++i) ips[i] = addresses[i]->value.host();
    rte_fib_lookup_bulk(fib, ips, hops, static_cast<int>(n));
  }
};

template <>
struct Dpdk<Ipv6> {
  static rte_fib6* create(const char* name, const FibConfig& config) {
    rte_fib6_conf conf{};
    conf.type = config.kind == FibKind::kTable ? RTE_FIB6_TRIE : RTE_FIB6_DUMMY;
    conf.default_nh = to_u32(kNoRouteHop);
    conf.max_routes = static_cast<int>(config.routes);
    conf.trie.nh_sz = RTE_FIB6_TRIE_4B;
    conf.trie.num_tbl8 = config.tbl8s;
    return rte_fib6_create(name, config.numa_node, &conf);
  }
  static void free(rte_fib6* fib) { rte_fib6_free(fib); }
  static int add(rte_fib6* fib, const Prefix<Ipv6>& p, uint32_t hop) {
    return rte_fib6_add(fib, compat::fib6_address(p.address), p.length, hop);
  }
  static int del(rte_fib6* fib, const Prefix<Ipv6>& p) {
    return rte_fib6_delete(fib, compat::fib6_address(p.address), p.length);
  }
  static rte_rib6_node* exact(rte_fib6* fib, const Prefix<Ipv6>& p) {
    return rte_rib6_lookup_exact(rte_fib6_get_rib(fib), compat::fib6_address(p.address), p.length);
  }
  static rte_rib6_node* next(rte_fib6* fib, rte_rib6_node* last) {
    const Ipv6Address any{};
    return rte_rib6_get_nxt(rte_fib6_get_rib(fib), compat::fib6_address(any), 0, last,
                            RTE_RIB6_GET_NXT_ALL);
  }
  static FibChange<Ipv6> route(const rte_rib6_node* node) {
    uint8_t depth = 0;
    uint64_t hop = 0;
    rte_rib6_get_depth(node, &depth);
    rte_rib6_get_nh(node, &hop);
    return {{compat::rib6_address(node), depth}, NextHopIndex{static_cast<uint32_t>(hop)}};
  }
  static void lookup(rte_fib6* fib, const Ipv6Address* const* addresses, uint64_t* hops,
                     unsigned n) noexcept {
    Ipv6Address ips[kChunk];
    for (unsigned i = 0; i < n; ++i) ips[i] = *addresses[i];
    compat::fib6_lookup(fib, ips, hops, static_cast<int>(n));
  }
};

template <typename Family>
Error too_small(const FibConfig& config, int error) {
  const size_t mb = (FibTable<Family>::memory_bytes(config) >> 20U) + 1;
  std::string reason = error == ENOMEM || error == ENOSPC || error == 0
                           ? "EAL's memory is too small; give more (-m MB)"
                           : rte_strerror(error);
  return {"a FIB for " + std::string(Family::kName) + " with " + std::to_string(config.routes) +
          " routes takes about " + std::to_string(mb) + " MB: " + reason};
}

}  // namespace

template <typename Family>
void FibTable<Family>::Freer::operator()(Handle* handle) const noexcept {
  Dpdk<Family>::free(handle);
}

template <typename Family>
auto FibTable<Family>::make(const FibConfig& config) noexcept -> Handle* {
  char name[32];  // unique in the process
  std::snprintf(name, sizeof(name), "fib%u_%016lx", Family::kVersion, rte_rdtsc());
  rte_errno = 0;
  return Dpdk<Family>::create(name, config);
}

template <typename Family>
Result<FibTable<Family>> FibTable<Family>::create(const FibConfig& config) {
  FibConfig sized = config;
  sized.routes = std::clamp(config.routes, 64U, kMaxRoutes);
  sized.tbl8s = std::clamp(config.tbl8s, 64U, kMaxTbl8s);
  Handle* handle = make(sized);
  if (handle == nullptr) return too_small<Family>(sized, rte_errno);
  return FibTable(sized, handle);
}

template <typename Family>
size_t FibTable<Family>::memory_bytes(const FibConfig& config) noexcept {
  const size_t node = rte_mempool_calc_obj_size(kRibNodeBytes, 0, nullptr) + sizeof(void*);
  const size_t tree = 2 * size_t{config.routes} * node;
  if (config.kind == FibKind::kTree) return tree;
  return tree + kTbl24Bytes + config.tbl8s * kTbl8Bytes;
}

template <typename Family>
void FibTable<Family>::lookup(const Address* const* addresses, NextHopIndex* hops,
                              unsigned n) const noexcept {
  uint64_t found[kChunk];
  for (unsigned done = 0; done < n; done += kChunk) {
    const unsigned part = std::min(kChunk, n - done);
    Dpdk<Family>::lookup(handle_.get(), addresses + done, found, part);
    for (unsigned i = 0; i < part; ++i) {
      hops[done + i] = NextHopIndex{static_cast<uint32_t>(found[i])};
    }
  }
}

template <typename Family>
bool FibTable<Family>::is_installed(const Prefix<Family>& prefix) const noexcept {
  return Dpdk<Family>::exact(handle_.get(), prefix) != nullptr;
}

template <typename Family>
int FibTable<Family>::put(const Change& change) noexcept {
  Handle* const fib = handle_.get();
  if (change.hop == kNoRouteHop) {
    const int error = Dpdk<Family>::del(fib, change.prefix);
    if (error == 0) --installed_;
    return error;
  }
  const bool is_new = !is_installed(change.prefix);
  if (is_new && installed_ >= config_.routes) return -ENOMEM;
  int error = 0;
  // The library (22.11) counts the groups in use, but forgets to where a new route has the next hop
  // of the one around it; when that route is deleted, the count falls below zero. So new ones come
  // with a hop that no other has, first.
  if (is_new && change.prefix.length > kTbl24Bits) {
    error = Dpdk<Family>::add(fib, change.prefix, kNobodysHop);
  }
  if (error == 0) error = Dpdk<Family>::add(fib, change.prefix, to_u32(change.hop));
  // It also says that a replacement succeeded for which there was no group.
  const auto* node = Dpdk<Family>::exact(fib, change.prefix);
  if (error == 0 && (node == nullptr || Dpdk<Family>::route(node).hop != change.hop)) {
    error = -ENOSPC;
  }
  if (error != 0 && is_new && node != nullptr) Dpdk<Family>::del(fib, change.prefix);
  if (error == 0 && is_new) ++installed_;
  return error;
}

template <typename Family>
Status FibTable<Family>::install(const Change& change) {
  ++changes_;
  while (true) {
    const int error = put(change);
    if (error == 0) return Ok{};
    FibConfig larger = config_;
    if (error == -ENOMEM && config_.routes < kMaxRoutes) {
      larger.routes = std::min(config_.routes * 2, kMaxRoutes);
    } else if (error == -ENOSPC && changes_ > uint64_t{installed_} + config_.tbl8s) {
      // The library's count of groups has drifted over many changes; a new table's is right.
    } else if (error == -ENOSPC && config_.tbl8s < kMaxTbl8s) {
      larger.tbl8s = std::min(config_.tbl8s * 2, kMaxTbl8s);
    } else {
      return too_small<Family>(config_, -error);
    }
    if (Status grown = rebuild(larger); !grown) return grown;
  }
}

template <typename Family>
Status FibTable<Family>::apply(const Change& change) {
  if (FibTop<Family>::concerns(change.prefix)) return apply_at_top(change);
  const uint32_t before = installed_;
  Status done = install(change);
  routes_ += installed_ - before;  // one more, one less, or as many
  return done;
}

template <typename Family>
Status FibTable<Family>::apply_at_top(const Change& change) {
  const NextHopIndex old = top_.get(change.prefix);
  std::vector<Change> pieces;
  top_.set(change, pieces);
  for (const Change& piece : pieces) {
    Status done = install(piece);
    if (done) continue;
    // What was there before fits.
    pieces.clear();
    top_.set({change.prefix, old}, pieces);
    for (const Change& undo : pieces) {
      if (undo.hop != kNoRouteHop || is_installed(undo.prefix)) (void)install(undo);
    }
    return done;
  }
  if (old == kNoRouteHop && change.hop != kNoRouteHop) ++routes_;
  if (old != kNoRouteHop && change.hop == kNoRouteHop) --routes_;
  return Ok{};
}

template <typename Family>
Status FibTable<Family>::reserve(uint32_t routes) {
  if (routes <= config_.routes) return Ok{};
  FibConfig larger = config_;
  larger.routes = std::min(std::max(routes, config_.routes + config_.routes / 4), kMaxRoutes);
  return rebuild(larger);
}

template <typename Family>
auto FibTable<Family>::installed() const -> std::vector<Change> {
  std::vector<Change> all;
  all.reserve(installed_);
  decltype(Dpdk<Family>::next(nullptr, nullptr)) node = nullptr;
  while ((node = Dpdk<Family>::next(handle_.get(), node)) != nullptr) {
    all.push_back(Dpdk<Family>::route(node));
  }
  std::erase_if(all, [](const Change& c) { return to_u32(c.hop) == kNobodysHop; });
  return all;
}

template <typename Family>
auto FibTable<Family>::contents() const -> std::vector<Change> {
  std::vector<Change> all = installed();
  std::erase_if(all, [](const Change& c) { return FibTop<Family>::concerns(c.prefix); });
  top_.append_routes(all);
  return all;
}

template <typename Family>
bool FibTable<Family>::refill(const FibConfig& config, std::span<const Change> routes) {
  handle_.reset();  // first: the two need not fit in memory together
  installed_ = 0;
  changes_ = 0;
  handle_.reset(make(config));
  if (!handle_) return false;
  config_ = config;
  return std::ranges::all_of(routes, [this](const Change& route) { return put(route) == 0; });
}

template <typename Family>
Status FibTable<Family>::rebuild(const FibConfig& config) {
  const std::vector<Change> routes = installed();
  const FibConfig before = config_;
  if (refill(config, routes)) return Ok{};
  const Error error = too_small<Family>(config, rte_errno);
  // The old size was there a moment ago.
  if (!refill(before, routes)) {
    return Error{"a FIB for " + std::string(Family::kName) + " could not be made again"};
  }
  return error;
}

template class FibTable<Ipv4>;
template class FibTable<Ipv6>;

}  // namespace dstfwd
