// SPDX-License-Identifier: BSD-3-Clause
#include "app/latency.h"

namespace dstfwd {
namespace {

using Part = std::optional<HistogramSnapshot>;

void merge_part(Part& into, const Part& other) {
  if (!other) return;
  if (into) {
    into->merge(*other);
  } else {
    into = other;
  }
}

void subtract_part(Part& from, const Part& earlier) {
  if (from && earlier) from->subtract(*earlier);
}

LatencySummary summary_of(const HistogramSnapshot& snapshot) {
  constexpr uint64_t kMillisecond_ns = 1'000'000;
  return {snapshot.count(),         snapshot.quantile(0.5),
          snapshot.quantile(0.9),   snapshot.quantile(0.99),
          snapshot.quantile(0.999), snapshot.quantile(0.9999),
          snapshot.max(),           snapshot.count_over(kMillisecond_ns)};
}

LatencySummary summary_of(const Part& part) {
  return part ? summary_of(*part) : LatencySummary{};
}

LatencyHistograms histograms_of(const PollMeter& meter) {
  LatencyHistograms histograms;
  histograms.poll_gap = meter.gaps().snapshot();
  histograms.stalls = meter.stalls();
  return histograms;
}

}  // namespace

void LatencyHistograms::merge(const LatencyHistograms& other) {
  poll_gap.merge(other.poll_gap);
  merge_part(residence, other.residence);
  merge_part(neighbour_wait, other.neighbour_wait);
  merge_part(gc_slice, other.gc_slice);
  stalls += other.stalls;
}

void LatencyHistograms::subtract(const LatencyHistograms& earlier) {
  poll_gap.subtract(earlier.poll_gap);
  subtract_part(residence, earlier.residence);
  subtract_part(neighbour_wait, earlier.neighbour_wait);
  subtract_part(gc_slice, earlier.gc_slice);
  stalls -= earlier.stalls;
}

LatencyFigures LatencyHistograms::figures() const {
  return {summary_of(poll_gap), summary_of(residence), summary_of(neighbour_wait),
          summary_of(gc_slice), stalls};
}

LatencySnapshot LatencySnapshot::take(const Dataplane& dataplane, double now_s) {
  LatencySnapshot snapshot;
  snapshot.seconds = now_s;
  const Layout& layout = dataplane.layout();
  const bool collects = layout.gc_mode == GcMode::kInline || layout.gc_mode == GcMode::kLegacy;
  for (size_t i = 0; i < dataplane.workers(); ++i) {
    const Worker& worker = dataplane.worker(i);
    LatencyHistograms histograms = histograms_of(worker.meter());
    if (const ResidenceMeter* meter = dataplane.residence(i); meter != nullptr) {
      histograms.residence = meter->residence().snapshot();
      histograms.neighbour_wait = meter->neighbour_wait().snapshot();
    }
    if (collects) histograms.gc_slice = worker.gc_slices().snapshot();
    snapshot.lcores.push_back({layout.ports.lcores[i].lcore, "forward", std::move(histograms)});
  }
  const GcLcores& gc = dataplane.gc_lcores();
  for (size_t i = 0; i < gc.size(); ++i)
    snapshot.lcores.push_back({gc.lcore(i), "gc", histograms_of(gc.meter(i))});
  return snapshot;
}

void LatencySnapshot::subtract(const LatencySnapshot& earlier) {
  seconds -= earlier.seconds;
  for (size_t i = 0; i < lcores.size(); ++i)
    lcores[i].histograms.subtract(earlier.lcores[i].histograms);
}

LatencyHistograms LatencySnapshot::forwarding() const {
  LatencyHistograms merged;
  for (const LcoreHistograms& lcore : lcores) {
    if (lcore.role == "forward") merged.merge(lcore.histograms);
  }
  return merged;
}

LatencyReport latency_report(const LatencySnapshot& snapshot, const Dataplane& dataplane) {
  LatencyReport report;
  report.seconds = snapshot.seconds;
  report.sample = dataplane.latency_sample();
  report.stall_threshold_ns = dataplane.stall_threshold_ns();
  report.forwarding = snapshot.forwarding().figures();
  for (const LcoreHistograms& lcore : snapshot.lcores)
    report.lcores.push_back({lcore.lcore, lcore.role, lcore.histograms.figures()});
  return report;
}

LatencySnapshot LatencyBook::since_reset(double now_s) const {
  const std::lock_guard lock(lock_);
  LatencySnapshot snapshot = LatencySnapshot::take(*dataplane_, now_s);
  if (reset_) snapshot.subtract(*reset_);
  return snapshot;
}

void LatencyBook::reset(double now_s) {
  const std::lock_guard lock(lock_);
  reset_ = LatencySnapshot::take(*dataplane_, now_s);
}

LatencySnapshot LatencyIntervals::next(const Dataplane& dataplane, double now_s) {
  LatencySnapshot now = LatencySnapshot::take(dataplane, now_s);
  LatencySnapshot interval = now;
  if (last_) interval.subtract(*last_);
  last_ = std::move(now);
  return interval;
}

}  // namespace dstfwd
