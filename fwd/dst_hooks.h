// SPDX-License-Identifier: BSD-3-Clause
// What the collector calls: one arena of indices, of which each family's cache has a range.
#pragma once

#include "fwd/dst_cache.h"

namespace dstfwd {

// Its address must not change once hooks() was called. All hooks run on the collector's thread.
class DstHooks {
 public:
  DstHooks(DstCache<Ipv4>& ipv4, DstCache<Ipv6>& ipv6) noexcept : ipv4_(&ipv4), ipv6_(&ipv6) {}

  using Trace = void (*)(void* context, const dstgc::WalkTrace& trace) noexcept;

  // `hooks` of a CollectorConfig.
  dstgc::Hooks hooks() noexcept;
  // Who gets the trace of each walk; before hooks().
  void set_trace(Trace trace, void* context) noexcept {
    trace_ = trace;
    trace_context_ = context;
  }
  // The collector thread's own Producer: cut_port retires through it, and next hops are released
  // under its name. Before any hook runs.
  void set_producer(dstgc::Producer& producer) noexcept { producer_ = &producer; }

  // Calls f(cache) with the cache that has the entry.
  template <typename F>
  auto with_cache(EntryIndex index, F&& f) const noexcept {
    return to_u32(index) - ipv6_->first() < ipv6_->capacity() ? f(*ipv6_) : f(*ipv4_);
  }

 private:
  DstCache<Ipv4>* ipv4_;
  DstCache<Ipv6>* ipv6_;
  dstgc::Producer* producer_ = nullptr;
  Trace trace_ = nullptr;
  void* trace_context_ = nullptr;
};

}  // namespace dstfwd
