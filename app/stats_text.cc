// SPDX-License-Identifier: BSD-3-Clause
#include "app/stats_text.h"

#include <cstdio>
#include <string_view>

#include "app/format.h"

namespace dstfwd {
namespace {

// "  name   1,234"
void add_line(std::string& out, std::string_view name, uint64_t value) {
  char line[96];
  std::snprintf(line, sizeof line, "  %-20.*s %15s\n", static_cast<int>(name.size()), name.data(),
                grouped(value).c_str());
  out += line;
}

void add_nonzero(std::string& out, std::string_view name, uint64_t value) {
  if (value != 0) add_line(out, name, value);
}

std::string percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%",
                100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

// 1234567 packets a second -> "1.235 Mpps"
std::string rate_text(uint64_t packets, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(packets) / seconds : 0;
  char text[32];
  if (rate >= 1e6)
    std::snprintf(text, sizeof text, "%.3f Mpps", rate / 1e6);
  else if (rate >= 1e3)
    std::snprintf(text, sizeof text, "%.3f kpps", rate / 1e3);
  else
    std::snprintf(text, sizeof text, "%.0f pps", rate);
  return text;
}

std::string lcore_text(const Stats& stats) {
  std::string out =
      "lcore role               rx              tx  poll gap p50      p99.9        max\n";
  for (const LcoreStats& lcore : stats.lcores) {
    char line[160];
    const LatencySummary& gap = lcore.latency.poll_gap_ns;
    std::snprintf(line, sizeof line, "%5u %-8s %13s %15s %13s %10s %10s\n", lcore.lcore,
                  lcore.role.c_str(), grouped(lcore.rx).c_str(), grouped(lcore.tx).c_str(),
                  duration_text(gap.p50).c_str(), duration_text(gap.p999).c_str(),
                  duration_text(gap.max).c_str());
    out += line;
  }
  return out;
}

}  // namespace

std::string port_text(const Stats& stats) {
  std::string out;
  for (const PortStats& port : stats.ports) {
    out += "port " + std::to_string(to_u16(port.port)) + ": " + port.device + ", " +
           to_string(port.mac) + ", mtu " + std::to_string(port.mtu) + ", " +
           (port.up ? "up" : "down") + ", queues rx " + std::to_string(port.rx_queues) + " tx " +
           std::to_string(port.tx_queues) + "\n";
    add_line(out, "rx packets", port.rx);
    add_line(out, "rx bytes", port.rx_bytes);
    add_nonzero(out, "rx missed", port.missed);
    add_nonzero(out, "rx no mbuf", port.no_mbuf);
    add_nonzero(out, "rx errors", port.rx_errors);
    add_line(out, "tx packets", port.tx);
    add_line(out, "tx bytes", port.tx_bytes);
    add_nonzero(out, "tx errors", port.tx_errors);
  }
  return out;
}

std::string cache_text(const Stats& stats) {
  const CacheStats& cache = stats.cache;
  std::string out = "cache: " + grouped(cache.live) + " of " + grouped(cache.capacity) +
                    " flows, hits " + percent(cache.hits, cache.hits + cache.misses) + "\n";
  add_line(out, "live", cache.live);
  add_line(out, "hits", cache.hits);
  add_line(out, "misses", cache.misses);
  add_line(out, "inserted", cache.inserted);
  add_line(out, "bypassed", cache.bypassed);
  add_line(out, "revalidated", cache.revalidated);
  add_line(out, "expired", cache.expired);
  add_line(out, "flushed", cache.flushed);
  add_line(out, "moved", cache.moved);
  add_line(out, "slots", cache.slots);
  add_line(out, "slots in use", cache.slots_in_use);
  return out;
}

std::string gc_text(const Stats& stats) {
  const GcStats& gc = stats.gc;
  std::string out = "gc: mode " + std::string(name(gc.mode)) + ", " + grouped(gc.intake) +
                    " in intake, " + grouped(gc.busy) + " busy, oldest dead " +
                    duration_text(gc.oldest_dead_ms * 1000000) + "\n";
  add_line(out, "created", gc.created);
  add_line(out, "retired", gc.retired);
  add_line(out, "reclaimed", gc.reclaimed);
  add_line(out, "dst total", gc.dst_total);
  add_line(out, "passes", gc.passes);
  add_line(out, "walked entries", gc.walk_entries);
  if (gc.low_pressures + gc.emergencies != 0)
    out += "  pressure " + std::string(name(gc.pressure)) + ", low " + grouped(gc.low_pressures) +
           " times, emergency " + grouped(gc.emergencies) + " times\n";
  if (gc.laggard_lcore)
    out +=
        "  lcore " + std::to_string(*gc.laggard_lcore) + " is not quiescent: grace periods wait\n";
  add_nonzero(out, "spilled", gc.spilled);
  add_nonzero(out, "refused", gc.refused);
  add_nonzero(out, "retired twice", gc.double_retired);
  out += "  longest walk " + duration_text(gc.walk_ns_max) + ", longest step " +
         duration_text(gc.step_ns_max) + "\n";
  return out;
}

std::string stats_text(const Stats& stats) {
  std::string out = "packets\n";
  add_line(out, "rx", stats.rx);
  add_line(out, "tx", stats.tx);
  add_line(out, "consumed", stats.consumed());
  add_line(out, "held", stats.held);
  add_line(out, "dropped", stats.dropped());
  for (size_t i = 0; i < kVerdictCount; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (is_drop(verdict) || is_consumed(verdict))
      add_nonzero(out, "  " + std::string(name(verdict)), stats.verdicts[i]);
  }
  add_nonzero(out, "into tunnels", stats.encapsulated);
  add_nonzero(out, "out of tunnels", stats.decapsulated);
  return out + lcore_text(stats);
}

std::string slow_path_text(const Stats& stats) {
  const SlowStats& slow = stats.slow_path;
  if (!slow.enabled) return "slow path: off\n";
  std::string out = "slow path: " + grouped(slow.neighbours) + " neighbours, " +
                    grouped(stats.held) + " packets waiting\n";
  add_line(out, "punts", slow.punts);
  add_line(out, "  local", slow.local);
  add_line(out, "  arp", slow.arp);
  add_line(out, "  nd", slow.nd);
  add_line(out, "  errors", slow.errors);
  add_line(out, "  holds", slow.holds);
  add_nonzero(out, "punt ring full", slow.punt_full);
  add_line(out, "answers sent", slow.answers_sent);
  add_line(out, "errors sent", slow.errors_sent);
  add_nonzero(out, "errors limited", slow.errors_limited);
  add_nonzero(out, "errors suppressed", slow.errors_suppressed);
  add_line(out, "originated", slow.originated);
  add_nonzero(out, "originated dropped", slow.originated_dropped);
  add_line(out, "fragments", slow.fragments);
  add_line(out, "resolved", slow.resolved);
  add_nonzero(out, "failed", slow.failed);
  add_line(out, "solicits sent", slow.solicits_sent);
  add_nonzero(out, "table full", slow.table_full);
  add_nonzero(out, "address conflicts", slow.address_conflicts);
  return out;
}

std::string period_text(const Stats& before, const Stats& now) {
  const double seconds = now.seconds - before.seconds;
  const uint64_t hits = now.cache.hits - before.cache.hits;
  const uint64_t misses = now.cache.misses - before.cache.misses;
  char head[32];
  std::snprintf(head, sizeof head, "%.1f s: ", now.seconds);
  std::string out = head;
  out += "rx " + rate_text(now.rx - before.rx, seconds) + ", tx " +
         rate_text(now.tx - before.tx, seconds) + ", drops " +
         rate_text(now.dropped() - before.dropped(), seconds) + "\n";
  out += "  cache " + grouped(now.cache.live) + " live, hits " + percent(hits, hits + misses) +
         ", bypassed " + grouped(now.cache.bypassed - before.cache.bypassed) + "; gc " +
         grouped(now.gc.reclaimed - before.gc.reclaimed) + " reclaimed, " + grouped(now.gc.intake) +
         " in intake, " + grouped(now.gc.busy) + " busy\n";
  return out;
}

}  // namespace dstfwd
