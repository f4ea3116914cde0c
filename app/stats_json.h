// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/stats.h"

namespace dstfwd {

// The object of --stats-json; its keys are documented in docs/statistics.md. Keys keep this order.
nlohmann::ordered_json to_json(const Stats& stats);

// Its parts, for telemetry.
nlohmann::ordered_json to_json(const std::vector<PortStats>& ports);
nlohmann::ordered_json to_json(const std::vector<LcoreStats>& lcores);
nlohmann::ordered_json to_json(const CacheStats& cache);
nlohmann::ordered_json to_json(const GcStats& gc);
// With the lcores, which Stats has elsewhere.
nlohmann::ordered_json to_json(const LatencyReport& latency);

// Where --stats-json goes. The file is opened at the start, so that a bad name is found then, and
// written once, at the end.
class JsonOutput {
 public:
  // path: "" is nowhere, "-" stdout. The error names the file.
  static Result<JsonOutput> open(const std::string& path);
  JsonOutput(JsonOutput&& other) noexcept;
  JsonOutput& operator=(JsonOutput&&) = delete;
  ~JsonOutput();

  bool wanted() const noexcept { return fd_ >= 0; }
  Status write(const nlohmann::ordered_json& object) const;

 private:
  JsonOutput(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
};

}  // namespace dstfwd
