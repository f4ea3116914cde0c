// SPDX-License-Identifier: BSD-3-Clause
#include "app/latency_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "fwd/histogram_hgrm.h"

namespace dstfwd {
namespace {

constexpr double kMicrosecond_ns = 1000;

Error failed(const std::string& path) {
  return {path + ": " + std::strerror(errno)};
}

class Writer {
 public:
  Status put(const std::string& path, const HistogramSnapshot& snapshot) {
    if (snapshot.count() == 0) return Ok{};
    std::ofstream file(path, std::ios::trunc);
    file << to_hgrm(snapshot, kMicrosecond_ns);
    file.close();
    if (!file) return failed(path);
    written_.push_back(path);
    return Ok{};
  }
  Status put(const std::string& path, const std::optional<HistogramSnapshot>& snapshot) {
    return snapshot ? put(path, *snapshot) : Ok{};
  }
  Status put_all(const std::string& prefix, const LatencyHistograms& histograms) {
    Status done = put(prefix + "-poll_gap.hgrm", histograms.poll_gap);
    if (done) done = put(prefix + "-residence.hgrm", histograms.residence);
    if (done) done = put(prefix + "-neighbour_wait.hgrm", histograms.neighbour_wait);
    if (done) done = put(prefix + "-gc_slice.hgrm", histograms.gc_slice);
    return done;
  }
  std::vector<std::string> written() && { return std::move(written_); }

 private:
  std::vector<std::string> written_;
};

}  // namespace

Result<std::vector<std::string>> write_latency_files(const LatencySnapshot& snapshot,
                                                     const std::string& prefix) {
  Writer writer;
  if (const Status done = writer.put_all(prefix, snapshot.forwarding()); !done) return done.error();
  for (const LcoreHistograms& lcore : snapshot.lcores) {
    const std::string own = prefix + "-lcore" + std::to_string(lcore.lcore);
    if (const Status done = writer.put_all(own, lcore.histograms); !done) return done.error();
  }
  return std::move(writer).written();
}

Status check_latency_prefix(const std::string& prefix) {
  const std::string path = prefix + "-poll_gap.hgrm";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return failed(path);
  close(fd);
  return Ok{};
}

}  // namespace dstfwd
