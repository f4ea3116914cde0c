// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/latency/record.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/dataplane.h"
#include "fwd/histogram_hgrm.h"

namespace dstfwd::bench {
namespace {

constexpr uint64_t kLong_ns = 1'000'000;
constexpr auto kBudget_ns = static_cast<uint64_t>(kInlineStep_s * 1e9);
constexpr double kNsPerUs = 1000;

Status write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) return Error{path + ": cannot be written"};
  return Ok{};
}

}  // namespace

nlohmann::json summary(const HistogramSnapshot& snapshot) {
  return {{"count", snapshot.count()},
          {"over_1ms", snapshot.count_over(kLong_ns)},
          {"over_budget", snapshot.count_over(kBudget_ns)},
          {"p50_ns", snapshot.quantile(0.5)},
          {"p90_ns", snapshot.quantile(0.9)},
          {"p99_ns", snapshot.quantile(0.99)},
          {"p999_ns", snapshot.quantile(0.999)},
          {"p9999_ns", snapshot.quantile(0.9999)},
          {"p99999_ns", snapshot.quantile(0.99999)},
          {"max_ns", snapshot.max()},
          {"mean_ns", snapshot.mean()}};
}

nlohmann::json to_json(const HistogramSnapshot& snapshot) {
  nlohmann::json json = summary(snapshot);
  auto curve = nlohmann::json::array();
  const auto count = static_cast<double>(snapshot.count());
  for (unsigned tenth = 0; std::pow(10, tenth / 10.0) < count; ++tenth) {
    const double x = std::pow(10, tenth / 10.0);
    curve.push_back({x, snapshot.quantile(1 - 1 / x)});
  }
  if (snapshot.count() != 0) curve.push_back({count, snapshot.max()});
  json["curve"] = std::move(curve);
  return json;
}

nlohmann::json to_json(const Timeline& timeline, TscScale scale) {
  auto parts = nlohmann::json::array();
  for (const uint64_t longest : timeline.longest_tsc()) parts.push_back(scale.to_ns(longest));
  auto gaps = nlohmann::json::array();
  for (const Timeline::Gap& gap : timeline.gaps())
    gaps.push_back({1e-9 * static_cast<double>(scale.to_ns(gap.from_tsc)), scale.to_ns(gap.tsc)});
  return {{"part_s", 1e-9 * static_cast<double>(scale.to_ns(timeline.part_tsc()))},
          {"longest_ns", std::move(parts)},
          {"gaps", std::move(gaps)}};
}

Status write_record(const std::string& prefix, const nlohmann::json& record,
                    const std::vector<std::pair<std::string, const HistogramSnapshot*>>& all) {
  for (const auto& [name, snapshot] : all) {
    if (Status written = write(prefix + "_" + name + ".hgrm", to_hgrm(*snapshot, kNsPerUs));
        !written)
      return written;
  }
  return write(prefix + ".json", record.dump() + "\n");
}

}  // namespace dstfwd::bench
