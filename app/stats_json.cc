// SPDX-License-Identifier: BSD-3-Clause
#include "app/stats_json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/format.h"

namespace dstfwd {

using Json = nlohmann::ordered_json;

namespace {

template <class Predicate>
Json verdicts(const Stats& stats, Predicate predicate) {
  Json object = Json::object();
  for (size_t i = 0; i < kVerdictCount; ++i)
    if (predicate(static_cast<Verdict>(i)))
      object[std::string(kVerdictNames[i])] = stats.verdicts[i];
  return object;
}

Json to_json(const LatencySummary& summary) {
  return {{"count", summary.count}, {"p50", summary.p50},          {"p90", summary.p90},
          {"p99", summary.p99},     {"p999", summary.p999},        {"p9999", summary.p9999},
          {"max", summary.max},     {"over_1ms", summary.over_1ms}};
}

void add_figures(Json& object, const LatencyFigures& figures) {
  object["poll_gap_ns"] = to_json(figures.poll_gap_ns);
  object["residence_ns"] = to_json(figures.residence_ns);
  object["neighbour_wait_ns"] = to_json(figures.neighbour_wait_ns);
  object["gc_slice_ns"] = to_json(figures.gc_slice_ns);
  object["stalls"] = figures.stalls;
}

// Without the lcores.
Json merged_json(const LatencyReport& latency) {
  Json object = {{"seconds", latency.seconds},
                 {"sample", latency.sample},
                 {"stall_threshold_ns", latency.stall_threshold_ns}};
  add_figures(object, latency.forwarding);
  return object;
}

}  // namespace

Json to_json(const std::vector<PortStats>& ports) {
  Json array = Json::array();
  for (const PortStats& port : ports)
    array.push_back({{"port", to_u16(port.port)},
                     {"device", port.device},
                     {"mac", to_string(port.mac)},
                     {"mtu", port.mtu},
                     {"up", port.up},
                     {"timestamps", port.timestamps},
                     {"rx_queues", port.rx_queues},
                     {"tx_queues", port.tx_queues},
                     {"rx", port.rx},
                     {"tx", port.tx},
                     {"rx_bytes", port.rx_bytes},
                     {"tx_bytes", port.tx_bytes},
                     {"missed", port.missed},
                     {"no_mbuf", port.no_mbuf},
                     {"rx_errors", port.rx_errors},
                     {"tx_errors", port.tx_errors}});
  return array;
}

Json to_json(const std::vector<LcoreStats>& lcores) {
  Json array = Json::array();
  for (const LcoreStats& lcore : lcores) {
    Json object = {
        {"lcore", lcore.lcore}, {"role", lcore.role}, {"rx", lcore.rx}, {"tx", lcore.tx}};
    add_figures(object, lcore.latency);
    object["cpu_seconds"] = lcore.cpu_seconds;
    object["waited_seconds"] = lcore.waited_seconds;
    array.push_back(std::move(object));
  }
  return array;
}

Json to_json(const LatencyReport& latency) {
  Json object = merged_json(latency);
  Json array = Json::array();
  for (const LcoreLatency& lcore : latency.lcores) {
    Json entry = {{"lcore", lcore.lcore}, {"role", lcore.role}};
    add_figures(entry, lcore.figures);
    array.push_back(std::move(entry));
  }
  object["lcores"] = std::move(array);
  return object;
}

Json to_json(const CacheStats& cache) {
  return {{"capacity", cache.capacity},
          {"live", cache.live},
          {"hits", cache.hits},
          {"misses", cache.misses},
          {"inserted", cache.inserted},
          {"bypassed", cache.bypassed},
          {"revalidated", cache.revalidated},
          {"expired", cache.expired},
          {"flushed", cache.flushed},
          {"moved", cache.moved},
          {"slots", cache.slots},
          {"slots_in_use", cache.slots_in_use}};
}

Json to_json(const GcStats& gc) {
  return {{"mode", std::string(name(gc.mode))},
          {"created", gc.created},
          {"retired", gc.retired},
          {"reclaimed", gc.reclaimed},
          {"intake", gc.intake},
          {"busy", gc.busy},
          {"spilled", gc.spilled},
          {"passes", gc.passes},
          {"walk_entries", gc.walk_entries},
          {"walk_ns_max", gc.walk_ns_max},
          {"dst_total", gc.dst_total},
          {"step_ns_max", gc.step_ns_max},
          {"oldest_dead_ms", gc.oldest_dead_ms},
          {"refused", gc.refused},
          {"double_retired", gc.double_retired},
          {"pressure", std::string(name(gc.pressure))},
          {"low_pressures", gc.low_pressures},
          {"emergencies", gc.emergencies},
          {"laggard_lcore", gc.laggard_lcore ? Json(*gc.laggard_lcore) : Json(nullptr)}};
}

Json to_json(const SlowStats& slow) {
  return {{"enabled", slow.enabled},
          {"punts", slow.punts},
          {"local", slow.local},
          {"arp", slow.arp},
          {"nd", slow.nd},
          {"errors", slow.errors},
          {"holds", slow.holds},
          {"punt_full", slow.punt_full},
          {"answers_sent", slow.answers_sent},
          {"errors_sent", slow.errors_sent},
          {"errors_limited", slow.errors_limited},
          {"errors_suppressed", slow.errors_suppressed},
          {"originated", slow.originated},
          {"originated_dropped", slow.originated_dropped},
          {"fragments", slow.fragments},
          {"neighbours", slow.neighbours},
          {"resolved", slow.resolved},
          {"failed", slow.failed},
          {"solicits_sent", slow.solicits_sent},
          {"table_full", slow.table_full},
          {"address_conflicts", slow.address_conflicts}};
}

Json to_json(const Stats& stats) {
  return {{"seconds", stats.seconds},
          {"running_seconds", stats.running_seconds},
          {"rx", stats.rx},
          {"tx", stats.tx},
          {"consumed", stats.consumed()},
          {"held", stats.held},
          {"dropped", stats.dropped()},
          {"rx_bytes", stats.rx_bytes},
          {"tx_bytes", stats.tx_bytes},
          {"drops", verdicts(stats, is_drop)},
          {"consumed_by", verdicts(stats, is_consumed)},
          {"ports", to_json(stats.ports)},
          {"cache", to_json(stats.cache)},
          {"tunnels", {{"encapsulated", stats.encapsulated}, {"decapsulated", stats.decapsulated}}},
          {"gc", to_json(stats.gc)},
          {"slow_path", to_json(stats.slow_path)},
          {"lcores", to_json(stats.lcores)},
          {"latency", merged_json(stats.latency)},
          {"mbufs_lost", stats.mbufs_lost}};
}

Result<JsonOutput> JsonOutput::open(const std::string& path) {
  if (path.empty()) return JsonOutput(-1, path);
  if (path == "-") return JsonOutput(STDOUT_FILENO, path);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return Error{"--stats-json: " + path + ": " + std::strerror(errno)};
  return JsonOutput(fd, path);
}

JsonOutput::JsonOutput(JsonOutput&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

JsonOutput::~JsonOutput() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

Status JsonOutput::write(const Json& object) const {
  const std::string text = object.dump(2) + '\n';
  struct stat file {};
  if (fstat(fd_, &file) == 0 && S_ISREG(file.st_mode) && path_ != "-" && ftruncate(fd_, 0) != 0)
    return Error{"--stats-json: " + path_ + ": " + std::strerror(errno)};
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return Error{"--stats-json: " + path_ + ": " + std::strerror(errno)};
    done += static_cast<size_t>(wrote);
  }
  return Ok{};
}

}  // namespace dstfwd
