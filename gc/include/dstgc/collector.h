// SPDX-License-Identifier: BSD-3-Clause
// Use
//   auto gc = Collector::create({.pool_entries = {n}, .producers = lcores, .tsc_hz = hz,
//                                .hooks = {&table, destroy}});
//   lcore i:    e = gc->producer(i).allocate(pool); fill; publish; ... unlink; .retire(e);
//               .quiescent() once a burst
//   any thread: gc->refs().acquire(e) for what outlives the burst, and release(e)
//   one thread: gc->step({}, rte_rdtsc()) for ever; a whole program: gc/example/
// Theory of operations
//   Producers unlink entries and retire them: an index in a ring. The collector takes the rings'
//   content in batches, marks each entry dead (from now on acquire fails), and starts one grace
//   period a batch; what arrives meanwhile is the next batch. When it has passed, entries without
//   references are destroyed and their indices are free again; the others are busy: one bit each.
//   The young busy are looked at each shortest delay (min_s), and are old once they have been dead
//   for so long; the old are walked when the AdaptiveTimer says so. So a steady stream of young
//   ones costs the old ones nothing. Each step is bounded, and the next resumes where it stopped;
//   the intakes are emptied between slices of a walk, too, so that however long the step, what dies
//   meanwhile does not wait for its end.
//   How long garbage stays: an entry is reclaimed at most one grace period after its retirement,
//   or at most max_s and a second (the timer's rounding) and a walk after its last reference ended;
//   min_s and a walk when that was while it was young, and while a pool is under pressure. kick and
//   port_down cancel the back-off.
// Invariants
//   1. An entry is destroyed once, after a grace period and without references.
//   2. Only the collector's thread marks entries dead that were retired, and only it reclaims.
//   3. What is dead is in one place: intake, spill list, pending batch, young or old busy set, or
//      the chains of children that lost their last parent.
//   4. No step does more than its budget and one slice (kSlice entries) of each kind of work.
// Threads
//   create: control. producer(i): its thread. step: one thread at a time; try_step: any thread,
//   and one of them wins. kick, port_down, port_drained, stats, pressure, walking: any thread.
//   drain: control, when no producer runs.
// Ordering
//   (A) try_step's test_and_set (acquire) pairs with (B) its clear (release).
//   (C) port_down (release) pairs with (D) step_port (acquire): what took the port out of use is
//   seen before the grace period begins. (E) port_drained (acquire) pairs with (F) the sweep's end.
//   (G) free_entries reads reclaimed (acquire) before created; pairs with (H).
//   (I) kick (a read-modify-write, so that each of several is seen) pairs with (J) obey_kick, which
//   takes the kick back before the walk looks: what was done before a kick is seen by a walk.
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
#include "dstgc/busy_set.h"
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
  // The owner chooses the entries' indices itself (their places in a hash table, say) and tells of
  // each by Producer::adopt(); here it is told which it may use again. Then there are no pools of
  // free indices, and allocate() finds none.
  void (*vacate)(void* context, std::span<const EntryIndex> entries) noexcept = nullptr;
};

// Delays between walks over the busy, seconds: 0 < min_s <= max_s < 1e9, 0 <= inc_s < 1e9
// (adaptive_timer.h).
struct TimerConfig {
  double min_s = 0.1;
  double inc_s = 0.5;
  double max_s = 120;
};

struct CollectorConfig {
  // Pool 0 has the indices [0, n0), pool 1 [n0, n0 + n1), ...: 1 to 256 pools of 1 to 2^30 - 1
  // entries, 2^31 in all at most. About 17 bytes an entry.
  std::vector<uint32_t> pool_entries;
  // How many used entries make a pool full, for pressure(): 1 to pool_entries each; empty: all. Of
  // an owner that places entries itself, and refuses some before the last place is taken.
  std::vector<uint32_t> pool_limits;
  uint16_t producers = 1;  // threads that allocate and retire, at least 1
  // Shared with other collectors, and outlives them: then a reader of any is waited for by each.
  // None: makes its own, of as many readers.
  GracePeriod* grace = nullptr;
  // Producer i's name in the grace period, which no other thread has; empty: i.
  std::vector<uint32_t> readers;
  TimerConfig timer;
  uint64_t tsc_hz = 0;          // of the clock that step() is given; not 0
  int numa_node = -1;           // of all memory; -1: any
  uint32_t intake_entries = 0;  // a producer's ring: 2 to 2^30, a power of two; 0: capacity/4
                                // within 1 Ki to 64 Ki
  uint32_t stock_entries = 0;   // 0: a pool's share, at most 256
  Mode mode = Mode::kService;
  Hooks hooks;
};

// What one step may do at most: entries of each kind of work (taken in, reclaimed, walked, cut from
// a port), and time in cycles of rte_get_tsc_cycles(); tsc 0 is no limit of time.
struct Budget {
  uint32_t entries = 4096;
  uint64_t tsc = 0;
};

// What one step did, entries.
struct StepReport {
  uint32_t taken = 0;    // from the intakes
  uint32_t settled = 0;  // of those taken: their grace period has passed, so reclaimed or busy
  uint32_t reclaimed = 0;
  uint32_t looked_at = 0;  // by the walk
};

// Counters since create(), and what is now. Taken from relaxed counters: each is exact, sums hold
// when nothing runs.
struct CollectorStats {
  uint64_t created, retired, reclaimed;  // entries: allocated, handed over dead, given back
  uint64_t intake;          // retired, and waiting for their grace period or for the collector
  uint64_t busy;            // dead, and referenced
  uint64_t spilled;         // retirements that found the intake ring full
  uint64_t refused;         // allocations that found the pool empty
  uint64_t double_retired;  // retirements of what was dead already: a mistake of the owner
  uint64_t passes, walk_entries, walk_ns_max, step_ns_max;  // young and old walks
  uint64_t dst_total;                                       // created and not reclaimed
  uint64_t oldest_dead_ms;                                  // age of the oldest not yet reclaimed
  Pressure pressure;                    // of the pool that is shortest of free entries
  uint64_t low_pressures, emergencies;  // how often each began, in any pool
  std::optional<uint32_t> laggard;      // a reader that was not quiescent for half a second or more

  // Of several collectors as one: sums, and the worst of what is no count.
  void add(const CollectorStats& other) noexcept;
};

class Collector {
 public:
  // The error is one line that names what is out of its range, or which memory was not to be had.
  static Result<std::unique_ptr<Collector>> create(const CollectorConfig& config);

  Producer& producer(ProducerId id) noexcept { return *producers_[static_cast<size_t>(id)]; }
  RefTable& refs() noexcept { return refs_; }
  GracePeriod& grace() noexcept { return *grace_; }
  // Names the port that the entry uses: its creator, before the entry is published.
  void set_port(EntryIndex index, PortIndex port) noexcept {
    ports_[to_u32(index)].store(static_cast<uint8_t>(port), std::memory_order_relaxed);
  }
  // Fetches what set_port() will write (Producer::upcoming).
  void prefetch_port(EntryIndex index) const noexcept {
    __builtin_prefetch(&ports_[to_u32(index)], 1);
  }
  PortIndex port(EntryIndex index) const noexcept {
    return PortIndex{ports_[to_u32(index)].load(std::memory_order_relaxed)};
  }

  // Some of the work that is due; never waits. now_tsc: of a clock of tsc_hz.
  StepReport step(const Budget& budget, uint64_t now_tsc) noexcept;
  // The same, unless another thread is at it: then false, and nothing is done.
  bool try_step(const Budget& budget, uint64_t now_tsc) noexcept;
  // Cancels the walk's back-off.
  void kick() noexcept { kicked_.exchange(true, std::memory_order_acq_rel); }  // (I)

  // Begins to cut the port from all entries, dead or live, that name it. The caller has seen to it
  // that no new entry names it. unregister: the port goes for good, so dead entries forget it, too,
  // and port_drained waits until no reader still uses one; else it only went down.
  void port_down(PortIndex port, bool unregister = true) noexcept;
  // All entries that named it were cut, since the last port_down.
  bool port_drained(PortIndex port) const noexcept;

  uint32_t capacity() const noexcept { return capacity_; }
  // Before the pool is full.
  uint32_t free_entries(PoolId pool) const noexcept;
  Pressure pressure(PoolId pool) const noexcept {
    return pressure_[static_cast<size_t>(pool)].load(std::memory_order_relaxed);
  }
  // Is a walk over busy entries under way? Not in legacy mode. Any thread, as often as it likes.
  bool walking() const noexcept { return walking_.load(std::memory_order_relaxed); }
  CollectorStats stats() const noexcept;
  // Shutdown: reclaims all that was retired, in every mode; grace periods are not asked for.
  void drain() noexcept;
  size_t bytes() const noexcept;
  // What it works in, to tell where that is. Valid as long as the collector.
  std::vector<MemoryPlace> places() const;

 private:
  static constexpr uint32_t kPendingEntries = 1U << 16U;
  static constexpr uint32_t kBatchEntries = 1024;
  static constexpr uint32_t kChunk = 64;  // between two looks at the clock, when each entry is cold
  static constexpr uint32_t kSlice = 256;           // and when they are walked
  static constexpr uint32_t kTakeIn = 16 * kSlice;  // of a walk, between two looks at the intakes
  static constexpr uint32_t kFreedEntries = 1024;   // returned to their pool together
  static constexpr uint32_t kEnd = 0xffffffffU;
  struct Batch {
    GracePeriod::Token token;
    uint64_t since_tsc;
    uint32_t count;
  };
  enum class PortState : uint8_t { kIdle, kAskedDown, kAskedGone, kGrace, kDrained };
  enum class PortPhase : uint8_t { kNone, kGrace, kSweep, kLastGrace };
  // One step's account of its time.
  struct Clock {
    uint64_t began_tsc;
    uint64_t limit_tsc;
    bool over() const noexcept;
  };
  // Entries in a row, linked through stamps_, of which only the collector knows.
  struct Chain {
    uint32_t head = kEnd;
  };
  struct Walk {
    bool running = false;
    uint64_t next_tsc = 0, spent_tsc = 0, freed = 0;
  };

  explicit Collector(const CollectorConfig& config);
  static Status validate(const CollectorConfig& config);
  Status build(const CollectorConfig& config);
  Status build_sets(int node);
  Status build_producers(const CollectorConfig& config);

  void take_intakes(StepReport& report, uint32_t limit, const Clock& clock) noexcept;
  uint64_t take_between_slices(StepReport& report, uint32_t limit, const Clock& clock) noexcept;
  void take_in(std::span<const EntryIndex> entries) noexcept;
  void take_orphans() noexcept;
  void pend(EntryIndex entry) noexcept;
  void end_batch() noexcept;
  void settle_batches(StepReport& report, uint32_t limit, const Clock& clock, bool all) noexcept;
  void settle_ready(StepReport& report, uint32_t limit, const Clock& clock) noexcept;
  void reclaim(EntryIndex index) noexcept;
  void flush_doomed() noexcept;
  void destroy(std::span<const EntryIndex> doomed) noexcept;
  void drop_child(const Child& child) noexcept;
  void push(Chain& chain, EntryIndex entry) noexcept;
  EntryIndex pop(Chain& chain) noexcept;
  void return_free() noexcept;

  void set_busy(EntryIndex index, uint64_t since_tsc) noexcept;
  void obey_kick() noexcept;
  void walk(StepReport& report, const Budget& budget, const Clock& clock) noexcept;
  bool walk_slices(BusySet& set, Walk& walk, StepReport& report, uint32_t limit,
                   const Clock& clock) noexcept;
  uint64_t keep_busy(bool young, uint32_t first, uint64_t bits) noexcept;
  void young_ended() noexcept;
  void old_ended() noexcept;
  void arm(uint64_t freed) noexcept;
  void walk_done(uint64_t freed, uint64_t spent_tsc) noexcept;
  uint64_t since(BusySet& set) const noexcept;
  void show_ages() noexcept;
  void watch_readers() noexcept;
  void show_walking() noexcept;
  void legacy_step(bool all) noexcept;
  void step_port(const Budget& budget, const Clock& clock) noexcept;
  bool begin_port() noexcept;
  bool sweep_port(const Budget& budget, const Clock& clock) noexcept;
  void measure_pressure() noexcept;

  BusySet::Stamp stamp(uint64_t tsc) const noexcept {
    return static_cast<BusySet::Stamp>(tsc >> stamp_shift_);
  }
  uint64_t to_ns(uint64_t tsc) const noexcept;
  uint64_t ticks(double s) const noexcept;
  uint64_t busy() const noexcept { return young_->size() + old_->size(); }

  // Set once.
  uint32_t capacity_ = 0;
  Mode mode_;
  Hooks hooks_;
  uint64_t tsc_hz_;
  uint64_t min_tsc_;
  unsigned stamp_shift_;
  std::unique_ptr<GracePeriod> own_grace_;
  GracePeriod* grace_;
  Memory refs_memory_, links_memory_, ports_memory_, stamps_memory_;
  RefTable refs_;
  uint32_t* links_ = nullptr;
  std::atomic<uint8_t>* ports_ = nullptr;
  BusySet::Stamp* stamps_ = nullptr;
  std::vector<IndexPool> pools_;
  std::vector<uint32_t> pool_limits_;
  std::unique_ptr<LegacyList> legacy_;
  std::vector<std::unique_ptr<Producer>> producers_;

  // Groups by who writes them, each in lines of its own: an lcore that makes an entry reads the
  // first and pressure_, and must not find there what the collector writes at each step.

  // The collector's thread.
  alignas(2 * kCacheLine) uint64_t now_tsc_ = 0;
  size_t first_intake_ = 0;  // turns, so that a flood on one does not starve the others
  std::vector<EntryIndex> pending_;
  uint64_t pending_head_ = 0, pending_tail_ = 0;
  std::vector<Batch> batches_;
  uint64_t batch_head_ = 0, batch_tail_ = 0;
  uint32_t open_batch_ = 0;  // the last pending ones, whose grace period has not begun
  uint64_t open_since_tsc_ = 0;
  Chain orphans_;                                // children just killed: to be pending
  Chain ready_;                                  // children that may go at once
  std::array<EntryIndex, 2 * kSlice> doomed_{};  // a walk's slice fits
  uint32_t doomed_count_ = 0;
  std::vector<std::vector<EntryIndex>> freed_;
  std::optional<BusySet> young_, old_;
  Walk young_walk_, old_walk_;
  uint64_t young_since_tsc_ = 0, old_since_tsc_ = 0;
  bool young_is_all_ = false;  // this young walk looks at all that is busy
  AdaptiveTimer timer_;
  uint64_t measured_tsc_ = 0;
  bool pressed_ = false;
  PortPhase port_phase_ = PortPhase::kNone;
  PortIndex port_{};
  bool port_unregister_ = false;
  uint32_t port_cursor_ = 0;
  GracePeriod::Token port_token_ = 0;
  uint32_t ports_seen_ = 0;  // how many requests were taken up
  GracePeriod::Token watch_token_ = 0;
  uint64_t watch_since_tsc_ = 0;

  // Any thread.
  alignas(2 * kCacheLine) std::atomic_flag stepping_ = ATOMIC_FLAG_INIT;
  std::atomic<bool> kicked_{false};
  std::array<std::atomic<PortState>, 256> ports_state_{};
  std::atomic<uint32_t> ports_asked_{0};

  // The collector's thread, seldom.
  alignas(2 * kCacheLine) std::array<std::atomic<Pressure>, 256> pressure_{};  // by pool
  std::atomic<bool> walking_{false};

  // The collector's thread, for others to read.
  struct alignas(2 * kCacheLine) PoolCount {
    std::atomic<uint64_t> reclaimed{0};
  };
  alignas(2 * kCacheLine) std::vector<PoolCount> pools_reclaimed_;
  std::atomic<uint64_t> reclaimed_{0}, orphaned_{0}, busy_shown_{0}, double_retired_{0}, passes_{0},
      walk_entries_{0}, walk_ns_max_{0}, step_ns_max_{0}, low_pressures_{0}, emergencies_{0},
      oldest_since_tsc_{0}, now_shown_tsc_{0};
  std::atomic<uint32_t> laggard_{kEnd};
};

}  // namespace dstgc
