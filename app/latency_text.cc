// SPDX-License-Identifier: BSD-3-Clause
#include "app/latency_text.h"

#include <cstdio>

#include "app/format.h"

namespace dstfwd {
namespace {

struct Measure {
  const char* name;
  LatencySummary LatencyFigures::*summary;
};
constexpr Measure kMeasures[] = {{"poll gap", &LatencyFigures::poll_gap_ns},
                                 {"residence", &LatencyFigures::residence_ns},
                                 {"neighbour wait", &LatencyFigures::neighbour_wait_ns},
                                 {"gc slice", &LatencyFigures::gc_slice_ns}};

void add_row(std::string& out, const std::string& name, const LatencySummary& s) {
  char line[200];
  std::snprintf(line, sizeof line, "%-19s %15s %9s %9s %9s %9s %9s %9s %9s\n", name.c_str(),
                grouped(s.count).c_str(), duration_text(s.p50).c_str(),
                duration_text(s.p90).c_str(), duration_text(s.p99).c_str(),
                duration_text(s.p999).c_str(), duration_text(s.p9999).c_str(),
                duration_text(s.max).c_str(), grouped(s.over_1ms).c_str());
  out += line;
}

void add_measure(std::string& out, const LatencyReport& report, const Measure& measure) {
  const std::string name = std::string(measure.name) + " ";
  size_t forwarding = 0;
  for (const LcoreLatency& lcore : report.lcores) {
    const LatencySummary& summary = lcore.figures.*measure.summary;
    forwarding += lcore.role == "forward" ? 1 : 0;
    if (summary.count != 0)
      add_row(out, name + std::to_string(lcore.lcore) + (lcore.role == "gc" ? " gc" : ""), summary);
  }
  const LatencySummary& all = report.forwarding.*measure.summary;
  if (forwarding > 1 && all.count != 0) add_row(out, name + "all", all);
}

std::string quantiles_text(const LatencySummary& s) {
  return "p50 " + duration_text(s.p50) + ", p99.9 " + duration_text(s.p999) + ", max " +
         duration_text(s.max);
}

}  // namespace

std::string latency_text(const LatencyReport& report) {
  char head[64];
  std::snprintf(head, sizeof head, "latency of %.1f s", report.seconds);
  std::string out = head;
  out += report.sample != 0 ? ", residence of 1 packet in " + grouped(report.sample)
                            : ", residence not measured (--latency-sample)";
  if (report.stall_threshold_ns != 0)
    out += ", stalls of " + duration_text(report.stall_threshold_ns) +
           " or more: " + grouped(report.forwarding.stalls);
  char columns[200];
  std::snprintf(columns, sizeof columns, "\n%-19s %15s %9s %9s %9s %9s %9s %9s %9s\n", "of lcore",
                "count", "p50", "p90", "p99", "p99.9", "p99.99", "max", "over 1 ms");
  out += columns;
  for (const Measure& measure : kMeasures) add_measure(out, report, measure);
  return out;
}

std::string latency_period_text(const LatencyReport& interval) {
  const LatencyFigures& all = interval.forwarding;
  std::string out = "  poll gap " + quantiles_text(all.poll_gap_ns);
  if (interval.stall_threshold_ns != 0) out += ", stalls " + grouped(all.stalls);
  if (all.residence_ns.count != 0) out += "; residence " + quantiles_text(all.residence_ns);
  return out + "\n";
}

}  // namespace dstfwd
