// SPDX-License-Identifier: BSD-3-Clause
// Theory of operations
//   Producers unlink entries and retire them: an index in a ring. The collector takes the rings'
//   content in batches, marks each entry dead (from now on acquire fails), and starts one grace
//   period a batch. When it has passed, entries without references are destroyed and their
//   indices are free again; the others are busy: one bit each, walked at memory speed when the
//   AdaptiveTimer says so. Each step is bounded, and resumes where the last one stopped.
// Invariants
//   1. An entry is destroyed once, after a grace period and without references.
//   2. Only the collector's thread marks entries dead that were retired, and only it reclaims.
//   3. Retired entries are somewhere: intake, spill list, pending batch, busy set.
// Threads
//   create: control. producer(i): its thread. step: one thread at a time; try_step: any thread,
//   and one of them wins. kick, port_down, port_drained, stats, pressure: any thread.
//   drain: control, when no producer runs.
// Ordering
//   (A) try_step's test_and_set (acquire) pairs with (B) its clear (release).
// Cost
//   See docs/benchmarks.md.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dstgc/adaptive_timer.h"
#include "dstgc/grace_period.h"
#include "dstgc/index_pool.h"
#include "dstgc/legacy_list.h"
#include "dstgc/memory.h"
#include "dstgc/producer.h"
#include "dstgc/ref_table.h"
#include "dstgc/walk_trace.h"

namespace dstgc {

enum class Mode : uint8_t { kService, kInline, kLegacy, kOff };
// How short of free entries a pool is: below 1/8, below 1/32; it eases at twice that.
enum class Pressure : uint8_t { kNone, kLow, kEmergency };

// An entry on which a destroyed one held a counted reference, which ends with it. unlisted: nobody
// else can find it, so it dies with its last parent.
struct Child {
  EntryIndex index = kNoEntry;
  bool unlisted = false;
};

// Called by the collector's thread; none may be called back from within.
struct Hooks {
  void* context = nullptr;
  // Ends entries; sets children[i] where entries[i] had one. Required.
  void (*destroy)(void* context, std::span<const EntryIndex> entries,
                  std::span<Child> children) noexcept = nullptr;
  // The entry named a port that goes away: forget it; unlink and retire it if it is live.
  void (*cut_port)(void* context, EntryIndex entry, PortIndex port) noexcept = nullptr;
  void (*trace)(void* context, const WalkTrace& trace) noexcept = nullptr;
};

struct TimerConfig {
  double min_s = 0.1;
  double inc_s = 0.5;
  double max_s = 120;
};

struct CollectorConfig {
  std::vector<uint32_t> pool_entries;  // pool 0 is [0, n0), pool 1 [n0, n0 + n1), ...
  uint16_t producers = 1;              // reader i of the grace period is producer i
  GracePeriod* grace = nullptr;        // shared; none: the collector makes its own
  TimerConfig timer;
  uint64_t tsc_hz = 0;  // of the clock that step() is given
  int numa_node = -1;
  uint32_t intake_entries = 0;  // 0: capacity/4 within 1 Ki to 64 Ki; else a power of two
  uint32_t stock_entries = 0;   // 0: a pool's share, at most 256
  Mode mode = Mode::kService;
  Hooks hooks;
};

// What one step may do at most; tsc 0 is no limit of time.
struct Budget {
  uint32_t entries = 4096;
  uint64_t tsc = 0;
};

struct StepReport {
  uint32_t taken = 0;  // from the intakes
  uint32_t reclaimed = 0;
  uint32_t looked_at = 0;  // by the walk
};

struct CollectorStats {
  uint64_t created, retired, reclaimed;
  uint64_t intake;  // retired, and waiting for their grace period or for the collector
  uint64_t busy;    // dead, and referenced
  uint64_t spilled, refused, double_retired;
  uint64_t passes, walk_entries, walk_ns_max, step_ns_max;
  uint64_t dst_total;  // created and not reclaimed
  uint64_t oldest_dead_ms;
  std::optional<uint32_t> laggard;  // a reader that holds up a grace period for over a second
};

class Collector {
 public:
  static Result<std::unique_ptr<Collector>> create(const CollectorConfig& config);

  Producer& producer(ProducerId id) noexcept { return *producers_[static_cast<size_t>(id)]; }
  RefTable& refs() noexcept { return refs_; }
  GracePeriod& grace() noexcept { return *grace_; }
  // Names the port that the entry uses: its creator, before the entry is published.
  void set_port(EntryIndex index, PortIndex port) noexcept {
    ports_[to_u32(index)].store(static_cast<uint8_t>(port), std::memory_order_relaxed);
  }
  PortIndex port(EntryIndex index) const noexcept {
    return PortIndex{ports_[to_u32(index)].load(std::memory_order_relaxed)};
  }

  StepReport step(const Budget& budget, uint64_t now_tsc) noexcept;
  bool try_step(const Budget& budget, uint64_t now_tsc) noexcept;
  // Cancels the walk's back-off.
  void kick() noexcept { kicked_.store(true, std::memory_order_relaxed); }

  // Begins to cut the port from all entries that name it. The caller has seen to it that no new
  // entry names it. port_drained: none is left and no reader still uses one.
  void port_down(PortIndex port) noexcept;
  bool port_drained(PortIndex port) const noexcept;

  uint32_t capacity() const noexcept { return capacity_; }
  uint32_t free_entries(PoolId pool) const noexcept;
  Pressure pressure(PoolId pool) const noexcept {
    return pressure_[static_cast<size_t>(pool)].load(std::memory_order_relaxed);
  }
  CollectorStats stats() const noexcept;
  // Shutdown: reclaims all that was retired, in every mode; grace periods are not asked for.
  void drain() noexcept;
  size_t bytes() const noexcept;

 private:
  static constexpr uint32_t kPendingEntries = 1U << 16U;
  static constexpr uint32_t kBatchEntries = 1024;
  static constexpr uint32_t kBlock = 4096;  // entries that share an age
  struct Batch {
    GracePeriod::Token token;
    uint64_t since_tsc;
    uint32_t count;
  };
  enum class PortState : uint8_t { kIdle, kAsked, kGrace, kSweep, kLastGrace, kDrained };

  explicit Collector(const CollectorConfig& config);
  Status build(const CollectorConfig& config);
  void take_intakes(StepReport& report, uint32_t limit, uint64_t now_tsc) noexcept;
  void take_in(std::span<const EntryIndex> entries) noexcept;
  void end_batch(uint64_t now_tsc) noexcept;
  void settle_batches(StepReport& report, bool all) noexcept;
  void set_busy(EntryIndex index, uint64_t since_tsc) noexcept;
  void reclaim(EntryIndex index) noexcept;
  void flush_doomed() noexcept;
  void drop_child(const Child& child) noexcept;
  void return_free() noexcept;
  void walk(StepReport& report, const Budget& budget, uint64_t now_tsc) noexcept;
  void walk_word(uint32_t word) noexcept;
  void walk_ended(uint64_t now_tsc) noexcept;
  void legacy_step(bool all, uint64_t now_tsc) noexcept;
  void step_port(const Budget& budget) noexcept;
  void measure_pressure() noexcept;
  uint64_t to_ns(uint64_t tsc) const noexcept;
  uint64_t ticks(double s) const noexcept;
  uint64_t busy() const noexcept { return busy_.load(std::memory_order_relaxed); }

  // Set once.
  uint32_t capacity_ = 0;
  Mode mode_;
  Hooks hooks_;
  uint64_t tsc_hz_;
  std::unique_ptr<GracePeriod> own_grace_;
  GracePeriod* grace_;
  Memory refs_memory_, links_memory_, ports_memory_, bitmap_memory_;
  RefTable refs_;
  uint32_t* links_ = nullptr;
  std::atomic<uint8_t>* ports_ = nullptr;
  uint64_t* bitmap_ = nullptr;
  std::vector<IndexPool> pools_;
  std::unique_ptr<LegacyList> legacy_;
  std::vector<std::unique_ptr<Producer>> producers_;

  // The collector's thread.
  AdaptiveTimer timer_;
  std::vector<EntryIndex> pending_;
  uint64_t pending_head_ = 0, pending_tail_ = 0;
  std::vector<Batch> batches_;
  uint64_t batch_head_ = 0, batch_tail_ = 0;
  uint32_t open_batch_ = 0;
  std::array<EntryIndex, 64> doomed_{};
  uint32_t doomed_count_ = 0;
  std::vector<std::vector<uint32_t>> freed_;
  std::vector<uint64_t> block_since_tsc_;
  uint32_t cursor_word_ = 0;
  bool walking_ = false;
  bool young_arrived_ = false;
  uint64_t next_walk_tsc_ = 0, walk_began_tsc_ = 0, walk_spent_tsc_ = 0, walk_freed_ = 0;
  uint64_t now_tsc_ = 0;
  std::array<PortState, 256> port_states_{};
  uint32_t port_cursor_ = 0;
  GracePeriod::Token port_token_ = 0;
  std::optional<uint8_t> port_now_;

  // Read by others.
  std::atomic_flag stepping_ = ATOMIC_FLAG_INIT;
  std::atomic<bool> kicked_{false};
  std::array<std::atomic<PortState>, 256> port_shown_{};
  std::vector<std::atomic<Pressure>> pressure_;
  std::vector<std::atomic<uint64_t>> pool_reclaimed_;
  std::atomic<uint64_t> reclaimed_{0}, busy_{0}, double_retired_{0}, passes_{0}, walk_entries_{0},
      walk_ns_max_{0}, step_ns_max_{0}, oldest_since_tsc_{0}, now_shown_tsc_{0},
      oldest_batch_tsc_{0};
  std::atomic<uint32_t> laggard_{0xffffffffU};
};

}  // namespace dstgc
