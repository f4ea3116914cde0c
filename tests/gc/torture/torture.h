// SPDX-License-Identifier: BSD-3-Clause
// Threads that do to one collector all that may be done to it, in random order with random delays.
// Producers make entries, alone or with children, publish them in a table of slots, read them,
// hold references over many bursts, unlink and retire them, go offline, kick, and take ports out
// of use. The collector's thread (inline: whoever wins) takes steps of random budgets, and stops
// now and then. Whatever breaks an invariant ends the program (arena.h).
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dstgc/collector.h"
#include "tests/gc/torture/arena.h"
#include "tests/gc/torture/schedule.h"

namespace dstgc::torture {

struct Config {
  uint64_t seed = 1;
  Mode mode = Mode::kService;
  uint16_t threads = 3;
  double seconds = 1;       // run for so long,
  uint64_t operations = 0;  // or, if not 0, until each thread has done so many
};

struct Result {
  uint64_t digest = 0;  // of the operations of all threads
  uint64_t operations = 0;
  uint64_t ports_drained = 0;
  uint64_t cuts = 0;
  CollectorStats stats{};
  std::string wrong;  // empty: all is home
};

class Torture {
 public:
  explicit Torture(const Config& config);
  Result run();

 private:
  static constexpr uint32_t kEntries = 2048;  // of each of two pools
  static constexpr uint32_t kSlots = 2048;
  static constexpr uint8_t kPorts = 4;
  struct Worker {
    ProducerId id;
    Schedule schedule;
    std::vector<EntryIndex> held;
    std::vector<EntryIndex> burst;
    uint64_t serial = 0;
    uint64_t operations = 0;
    uint64_t ports_drained = 0;
    uint64_t cuts_seen = 0;
    int draining = -1;  // the port that it took out of use
  };

  void work(Worker& worker);
  void act(Worker& worker, const Operation& operation);
  EntryIndex make(Worker& worker, const Operation& operation, uint32_t slot);
  void create(Worker& worker, const Operation& operation);
  void hold(Worker& worker, const Operation& operation);
  void release(Worker& worker, const Operation& operation);
  void kill(Worker& worker, uint32_t slot);
  void port_down(Worker& worker, const Operation& operation);
  void watch_port(Worker& worker);
  void delay(const Operation& operation);
  void collect(Schedule& schedule);
  std::string settle();
  void destroy(std::span<const EntryIndex> entries, std::span<Child> children) noexcept;
  void cut(EntryIndex entry, PortIndex port) noexcept;

  Config config_;
  Arena arena_{2 * kEntries};
  std::array<std::atomic<EntryIndex>, kSlots> slots_;
  std::array<std::atomic<bool>, kPorts> usable_;
  std::array<std::atomic<bool>, kPorts> draining_;
  // Plain: written by the cut hook, read by who saw the port drained.
  std::array<uint64_t, kPorts> cuts_{};
  std::unique_ptr<Collector> collector_;
  std::atomic<bool> stop_{false};
  std::atomic<int> running_{0};
};

}  // namespace dstgc::torture
