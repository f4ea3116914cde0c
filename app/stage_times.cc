// SPDX-License-Identifier: BSD-3-Clause
#include "app/stage_times.h"

#include <rte_cycles.h>

#include <cstdio>

#include "app/format.h"

namespace dstfwd {
namespace {

double each(uint64_t cycles, uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(cycles) / static_cast<double>(count);
}

std::string heading(const StageCyclesSnapshot& all, bool on, uint64_t tsc_hz) {
  char line[160];
  std::snprintf(line, sizeof line, "%s packets in %s turns (%.1f a turn), TSC of %.3f GHz, %s\n",
                grouped(all.packets).c_str(), grouped(all.turns).c_str(),
                each(all.packets, all.turns), static_cast<double>(tsc_hz) * 1e-9,
                on ? "counting" : "not counting (cycles on)");
  return line;
}

void add_row(std::string& out, std::string_view stage, const StageCyclesSnapshot::Of& of,
             const StageCyclesSnapshot& all, uint64_t tsc_hz) {
  char line[160];
  const double a_packet = each(of.cycles, all.packets);
  std::snprintf(line, sizeof line, "  %-10.*s %16s %14.1f %12.2f %8.1f %%\n",
                static_cast<int>(stage.size()), stage.data(), grouped(of.entered).c_str(), a_packet,
                a_packet * 1e9 / static_cast<double>(tsc_hz), 100 * each(of.cycles, all.cycles()));
  out += line;
}

std::string lcore_row(const LcoreCycles& lcore) {
  const StageCyclesSnapshot& seen = lcore.seen;
  const uint64_t polling = seen.empty_cycles + seen.cycles();
  char line[200];
  std::snprintf(line, sizeof line,
                "lcore %u: %s packets, %.1f cycles a packet, %.1f a turn without packets, "
                "%.1f %% of the time in turns with packets\n",
                lcore.lcore, grouped(seen.packets).c_str(), each(seen.cycles(), seen.packets),
                each(seen.empty_cycles, seen.empty_turns), 100 * each(seen.cycles(), polling));
  return line;
}

}  // namespace

std::string cycles_text(std::span<const LcoreCycles> lcores, bool on, uint64_t tsc_hz) {
  StageCyclesSnapshot all;
  for (const LcoreCycles& lcore : lcores) all += lcore.seen;
  std::string out = heading(all, on, tsc_hz);
  out += "  stage               entered  cycles/packet    ns/packet      share\n";
  for (size_t i = 0; i < kStageCount; ++i) {
    if (all.stages[i].entered != 0)
      add_row(out, name(static_cast<Stage>(i)), all.stages[i], all, tsc_hz);
  }
  add_row(out, "all", {all.turns, all.cycles()}, all, tsc_hz);
  for (const LcoreCycles& lcore : lcores) out += lcore_row(lcore);
  return out;
}

void StageTimes::start() {
  before_.clear();
  for (size_t i = 0; i < dataplane_->workers(); ++i)
    before_.push_back(dataplane_->worker(i).cycles().snapshot());
  set_timing(true);
}

void StageTimes::stop() {
  set_timing(false);
}

void StageTimes::set_timing(bool on) {
  on_ = on;
  for (size_t i = 0; i < dataplane_->workers(); ++i) dataplane_->worker(i).set_timing(on);
}

std::vector<LcoreCycles> StageTimes::counted() const {
  std::vector<LcoreCycles> lcores;
  for (size_t i = 0; i < before_.size(); ++i) {
    LcoreCycles lcore{dataplane_->layout().ports.lcores[i].lcore,
                      dataplane_->worker(i).cycles().snapshot()};
    lcore.seen -= before_[i];
    lcores.push_back(lcore);
  }
  return lcores;
}

std::string StageTimes::text() const {
  return cycles_text(counted(), on_, rte_get_tsc_hz());
}

}  // namespace dstfwd
