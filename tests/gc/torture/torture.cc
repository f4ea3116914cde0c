// SPDX-License-Identifier: BSD-3-Clause
#include "tests/gc/torture/torture.h"

#include <chrono>

namespace dstgc::torture {
namespace {

using Clock = std::chrono::steady_clock;
constexpr uint64_t kHz = 1000000000;

uint64_t now() {
  return static_cast<uint64_t>(Clock::now().time_since_epoch().count());
}

}  // namespace

Torture::Torture(const Config& config) : config_(config) {
  for (auto& slot : slots_) slot = kNoEntry;
  for (auto& usable : usable_) usable = true;
  for (auto& draining : draining_) draining = false;
  CollectorConfig setup;
  setup.pool_entries = {kEntries, kEntries};
  // One more, offline: what the cut hook retires with, in whose thread the step runs.
  setup.producers = static_cast<uint16_t>(config.threads + 1);
  setup.timer = {0.001, 0.005, 0.05};
  setup.tsc_hz = kHz;
  setup.intake_entries = 64;
  setup.stock_entries = 16;
  setup.mode = config.mode;
  setup.hooks = {
      this,
      [](void* context, std::span<const EntryIndex> entries, std::span<Child> children) noexcept {
        static_cast<Torture*>(context)->destroy(entries, children);
      },
      [](void* context, EntryIndex entry, PortIndex port) noexcept {
        static_cast<Torture*>(context)->cut(entry, port);
      },
      nullptr};
  collector_ = std::move(*Collector::create(setup));
}

void Torture::destroy(std::span<const EntryIndex> entries, std::span<Child> children) noexcept {
  for (size_t i = 0; i < entries.size(); ++i) {
    const Body& body = arena_.body(entries[i]);
    children[i] = {body.child, body.child_unlisted};
    if (body.child != kNoEntry) arena_.unheld(body.child);
    arena_.destroy(entries[i]);
  }
}

void Torture::cut(EntryIndex entry, PortIndex port) noexcept {
  ++cuts_[static_cast<size_t>(port)];
  arena_.check(entry);
  const uint32_t slot = arena_.body(entry).slot;
  EntryIndex seen = entry;
  if (slot != kUnpublished &&
      slots_[slot].compare_exchange_strong(seen, kNoEntry, std::memory_order_acq_rel))
    collector_->producer(ProducerId{config_.threads}).retire(entry);
}

EntryIndex Torture::make(Worker& worker, const Operation& operation, uint32_t slot) {
  const EntryIndex entry =
      collector_->producer(worker.id).allocate(PoolId{static_cast<uint8_t>(operation.much & 1U)});
  if (entry == kNoEntry) return entry;
  arena_.fill(entry, ++worker.serial << 8U | static_cast<uint64_t>(worker.id), slot);
  const auto port = static_cast<uint8_t>((operation.much >> 8U) % kPorts);
  // In the epoch of the look at it: the port's first grace period waits for us.
  if (usable_[port].load(std::memory_order_acquire)) collector_->set_port(entry, PortIndex{port});
  return entry;
}

void Torture::create(Worker& worker, const Operation& operation) {
  const uint32_t slot = operation.where % kSlots;
  Producer& producer = collector_->producer(worker.id);
  if (slots_[slot].load(std::memory_order_relaxed) != kNoEntry) return;
  const EntryIndex entry = make(worker, operation, slot);
  if (entry == kNoEntry) return;
  Body& body = arena_.body(entry);
  if (operation.action == Action::kCreateWithListedChild) {
    const EntryIndex child = slots_[operation.much % kSlots].load(std::memory_order_acquire);
    if (child != kNoEntry && collector_->refs().acquire(child)) body.child = child;
  } else if (operation.action == Action::kCreateWithUnlistedChild) {
    body.child = make(worker, operation, kUnpublished);
    body.child_unlisted = true;
    if (body.child != kNoEntry) collector_->refs().acquire(body.child);
  }
  if (body.child != kNoEntry) arena_.held(body.child);
  EntryIndex empty = kNoEntry;
  if (slots_[slot].compare_exchange_strong(empty, entry, std::memory_order_release,
                                           std::memory_order_relaxed))
    return;
  if (body.child != kNoEntry) {  // it holds a reference: it goes the way of all
    producer.retire(entry);
  } else {
    collector_->set_port(entry, kNoPort);
    arena_.unfill(entry);
    producer.give_back(PoolId{static_cast<uint8_t>(operation.much & 1U)}, entry);
  }
}

void Torture::hold(Worker& worker, const Operation& operation) {
  const EntryIndex entry = slots_[operation.where % kSlots].load(std::memory_order_acquire);
  if (entry == kNoEntry || worker.held.size() >= 64) return;
  arena_.check(entry);  // unlinked perhaps, but of this epoch
  if (!collector_->refs().acquire(entry)) return;
  arena_.held(entry);
  worker.held.push_back(entry);
}

void Torture::release(Worker& worker, const Operation& operation) {
  if (worker.held.empty()) return;
  std::swap(worker.held[operation.much % worker.held.size()], worker.held.back());
  const EntryIndex entry = worker.held.back();
  worker.held.pop_back();
  arena_.check(entry);
  arena_.unheld(entry);
  collector_->refs().release(entry);
}

void Torture::kill(Worker& worker, uint32_t slot) {
  EntryIndex entry = slots_[slot % kSlots].load(std::memory_order_acquire);
  if (entry == kNoEntry) return;
  arena_.check(entry);
  if (slots_[slot % kSlots].compare_exchange_strong(entry, kNoEntry, std::memory_order_acq_rel))
    worker.burst.push_back(entry);
}

void Torture::port_down(Worker& worker, const Operation& operation) {
  const uint32_t port = operation.where % kPorts;
  if (worker.draining >= 0 || draining_[port].exchange(true)) return;
  worker.draining = static_cast<int>(port);
  usable_[port].store(false, std::memory_order_release);
  // Down, and then for good: the second is not weakened by the first.
  if ((operation.much & 1U) != 0)
    collector_->port_down(PortIndex{static_cast<uint8_t>(port)}, false);
  collector_->port_down(PortIndex{static_cast<uint8_t>(port)}, true);
}

// Drained: no entry, dead or live, names the port.
void Torture::watch_port(Worker& worker) {
  const PortIndex port{static_cast<uint8_t>(worker.draining)};
  if (worker.draining < 0 || !collector_->port_drained(port)) return;
  for (uint32_t i = 0; i < 2 * kEntries; ++i)
    if (collector_->port(EntryIndex{i}) == port) fail("names a drained port", EntryIndex{i});
  ++worker.ports_drained;
  worker.cuts_seen += cuts_[static_cast<size_t>(port)];
  usable_[worker.draining].store(true, std::memory_order_release);
  draining_[worker.draining].store(false, std::memory_order_release);
  worker.draining = -1;
}

void Torture::delay(const Operation& operation) {
  if (operation.much % 4 == 0)
    std::this_thread::sleep_for(std::chrono::microseconds(operation.much % 1000));
  else
    std::this_thread::yield();
}

void Torture::act(Worker& worker, const Operation& operation) {
  Producer& producer = collector_->producer(worker.id);
  switch (operation.action) {
    case Action::kCreate:
    case Action::kCreateWithListedChild:
    case Action::kCreateWithUnlistedChild:
      create(worker, operation);
      break;
    case Action::kRead:
      if (const EntryIndex entry = slots_[operation.where % kSlots].load(std::memory_order_acquire);
          entry != kNoEntry)
        arena_.check(entry);
      break;
    case Action::kHold:
      hold(worker, operation);
      break;
    case Action::kRelease:
      release(worker, operation);
      break;
    case Action::kKillOne:
      kill(worker, operation.where);
      break;
    case Action::kKillBurst:
      for (uint32_t i = 0; i < operation.much % 32; ++i) kill(worker, operation.where + i);
      break;
    case Action::kQuiescent:
      producer.retire(worker.burst);
      worker.burst.clear();
      producer.quiescent();
      watch_port(worker);
      if (config_.mode == Mode::kInline)
        collector_->try_step({1 + operation.much % 512, operation.where % 100000}, now());
      break;
    case Action::kOffline:
      producer.offline();
      delay(operation);
      producer.online();
      break;
    case Action::kKick:
      collector_->kick();
      break;
    case Action::kPortDown:
      port_down(worker, operation);
      break;
    case Action::kDelay:
      delay(operation);
      break;
  }
}

void Torture::work(Worker& worker) {
  Producer& producer = collector_->producer(worker.id);
  producer.online();
  while (config_.operations != 0 ? worker.operations < config_.operations
                                 : !stop_.load(std::memory_order_relaxed)) {
    act(worker, worker.schedule.next());
    ++worker.operations;
  }
  producer.retire(worker.burst);
  while (!worker.held.empty()) release(worker, {Action::kRelease, 0, 0});
  producer.offline();
  --running_;
}

// The collector's thread: steps of all sizes, and at times none at all.
void Torture::collect(Schedule& schedule) {
  while (running_ != 0) {
    const uint64_t drawn = schedule.draw();
    const Budget budget{1 + static_cast<uint32_t>(drawn >> 32U) % (drawn % 2 == 0 ? 64 : 4096),
                        drawn % 3 == 0 ? 0 : (drawn >> 16U) % 100000};
    if (config_.mode == Mode::kService) {
      collector_->producer(ProducerId{config_.threads}).quiescent();  // what it could not hand over
      collector_->step(budget, now());
    }
    if (drawn % 1024 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(drawn >> 60U));
    if (drawn % 16 == 0) std::this_thread::yield();
  }
}

// Retires what is left, and steps until all is home. What is wrong then; empty: nothing.
std::string Torture::settle() {
  Producer& last = collector_->producer(ProducerId{config_.threads});
  for (auto& slot : slots_) {
    const EntryIndex entry = slot.exchange(kNoEntry);
    if (entry != kNoEntry) last.retire(entry);
  }
  const auto deadline = Clock::now() + std::chrono::seconds(120);
  CollectorStats stats = collector_->stats();
  while (stats.created != stats.reclaimed) {
    if (Clock::now() > deadline)
      return std::to_string(stats.created - stats.reclaimed) + " entries were never reclaimed";
    for (uint16_t id = 0; id <= config_.threads; ++id)
      collector_->producer(ProducerId{id}).quiescent();
    collector_->step({}, now());
    stats = collector_->stats();
  }
  for (uint16_t id = 0; id <= config_.threads; ++id)
    collector_->producer(ProducerId{id}).return_stocks();
  if (stats.busy != 0 || stats.intake != 0) return "dead entries are counted though none is left";
  if (stats.double_retired != 0) return "an entry was retired twice";
  for (uint8_t pool = 0; pool < 2; ++pool)
    if (collector_->free_entries(PoolId{pool}) != kEntries) return "free entries are miscounted";
  std::vector<bool> seen(2 * kEntries);
  for (uint32_t i = 0; i < 2 * kEntries; ++i) {
    const EntryIndex entry = last.allocate(PoolId{static_cast<uint8_t>(i / kEntries)});
    if (entry == kNoEntry || seen[to_u32(entry)]) return "an index is lost or there twice";
    seen[to_u32(entry)] = true;
  }
  return "";
}

Result Torture::run() {
  std::vector<Worker> workers;
  for (uint16_t id = 0; id < config_.threads; ++id)
    workers.push_back({ProducerId{id}, Schedule(config_.seed, id), {}, {}});
  running_ = config_.threads;
  std::vector<std::thread> threads;
  for (Worker& worker : workers) threads.emplace_back([this, &worker] { work(worker); });
  Schedule budgets(config_.seed, 0xffffU);
  std::thread collector([this, &budgets] { collect(budgets); });
  if (config_.operations == 0)
    std::this_thread::sleep_for(std::chrono::duration<double>(config_.seconds));
  stop_ = true;
  for (std::thread& thread : threads) thread.join();
  collector.join();
  Result result;
  result.stats = collector_->stats();
  result.wrong = settle();
  for (const Worker& worker : workers) {
    result.digest = result.digest * 31 + worker.schedule.digest();
    result.operations += worker.operations;
    result.ports_drained += worker.ports_drained;
  }
  return result;
}

}  // namespace dstgc::torture
