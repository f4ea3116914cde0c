// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/dst_hooks.h"

#include <rte_prefetch.h>

namespace dstfwd {

dstgc::Hooks DstHooks::hooks() noexcept {
  dstgc::Hooks hooks{};
  hooks.context = this;
  hooks.destroy = [](void* context, std::span<const EntryIndex> entries,
                     std::span<dstgc::Child> children) noexcept {
    const auto& self = *static_cast<DstHooks*>(context);
    for (EntryIndex e : entries) {
      self.with_cache(e, [e](auto& cache) { rte_prefetch0(&cache.entry(e)); });
    }
    for (size_t i = 0; i < entries.size(); ++i) {
      children[i] = self.with_cache(entries[i], [&, e = entries[i]](auto& cache) {
        return cache.destroy(*self.producer_, e);
      });
      if (const EntryIndex child = children[i].index; child != kNoEntry) [[unlikely]]
        self.with_cache(child, [&](auto& cache) { cache.kill_if_last(*self.producer_, child); });
    }
  };
  hooks.vacate = [](void* context, std::span<const EntryIndex> entries) noexcept {
    const auto& self = *static_cast<DstHooks*>(context);
    for (EntryIndex e : entries) self.with_cache(e, [e](auto& cache) { cache.prefetch_slot(e); });
    for (EntryIndex e : entries) self.with_cache(e, [e](auto& cache) { cache.vacate(e); });
  };
  hooks.cut_port = [](void* context, EntryIndex e, dstgc::PortIndex) noexcept {
    const auto& self = *static_cast<DstHooks*>(context);
    self.with_cache(e, [&](auto& cache) { cache.cut_port(*self.producer_, e); });
  };
  if (trace_ == nullptr) return hooks;
  hooks.trace = [](void* context, const dstgc::WalkTrace& trace) noexcept {
    const auto& self = *static_cast<DstHooks*>(context);
    self.trace_(self.trace_context_, trace);
  };
  return hooks;
}

}  // namespace dstfwd
