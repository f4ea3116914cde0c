// SPDX-License-Identifier: BSD-3-Clause
// A collector under a clock of the test's own, whose hooks write down what was done.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "dstgc/collector.h"

namespace dstgc {

inline constexpr uint64_t kHz = 1000000;
inline constexpr PoolId kPool{0};

struct Rig {
  std::vector<int> destroyed;
  std::vector<EntryIndex> order;
  std::map<uint32_t, Child> children;
  std::vector<uint32_t> cut;
  std::vector<WalkTrace> traces;
  std::function<void(EntryIndex)> on_destroy;  // in the midst of a step
  std::unique_ptr<Collector> collector;
  uint64_t now = kHz;

  explicit Rig(uint32_t entries, Mode mode = Mode::kService, uint32_t intake = 0,
               uint16_t producers = 1, GracePeriod* grace = nullptr)
      : destroyed(entries) {
    CollectorConfig config;
    config.pool_entries = {entries};
    config.producers = producers;
    config.grace = grace;
    config.tsc_hz = kHz;
    config.mode = mode;
    config.intake_entries = intake;
    config.hooks = {this,
                    [](void* context, std::span<const EntryIndex> entries_dead,
                       std::span<Child> children_out) noexcept {
                      auto& rig = *static_cast<Rig*>(context);
                      for (size_t i = 0; i < entries_dead.size(); ++i) {
                        const uint32_t index = to_u32(entries_dead[i]);
                        ++rig.destroyed[index];
                        rig.order.push_back(entries_dead[i]);
                        if (rig.on_destroy) rig.on_destroy(entries_dead[i]);
                        if (const auto it = rig.children.find(index); it != rig.children.end())
                          children_out[i] = it->second;
                      }
                    },
                    [](void* context, EntryIndex entry, PortIndex) noexcept {
                      static_cast<Rig*>(context)->cut.push_back(to_u32(entry));
                    },
                    [](void* context, const WalkTrace& trace) noexcept {
                      static_cast<Rig*>(context)->traces.push_back(trace);
                    }};
    collector = std::move(*Collector::create(config));
  }
  Producer& lcore(uint16_t id = 0) { return collector->producer(ProducerId{id}); }
  StepReport step(uint64_t after = 1, Budget budget = {}) {
    now += after;
    return collector->step(budget, now);
  }
  EntryIndex make() { return lcore().allocate(kPool); }
  CollectorStats stats() { return collector->stats(); }
};

}  // namespace dstgc
