// SPDX-License-Identifier: BSD-3-Clause
#include "app/latency_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fwd/histogram_hgrm.h"

namespace dstfwd {
namespace {

class LatencyFiles : public testing::Test {
 protected:
  LatencyFiles() {
    LatencyHistogram gaps;
    for (const uint64_t ns : {1000, 2000, 3000}) gaps.record(ns);
    LatencyHistograms first;
    first.poll_gap = gaps.snapshot();
    first.residence = gaps.snapshot();
    first.neighbour_wait = HistogramSnapshot();  // measured, and nothing waited
    LatencyHistograms second;
    second.poll_gap = gaps.snapshot();
    snapshot.lcores.push_back({4, "forward", first});
    snapshot.lcores.push_back({5, "gc", second});
    std::filesystem::create_directory(folder);
  }
  ~LatencyFiles() override { std::filesystem::remove_all(folder); }
  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::string folder = testing::TempDir() + "latency_files_" + std::to_string(getpid());
  std::string prefix = folder + "/run";
  LatencySnapshot snapshot;
};

TEST_F(LatencyFiles, AreOneOfEachMeasureForAllAndForEachLcore) {
  const auto written = write_latency_files(snapshot, prefix);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(*written, (std::vector<std::string>{
                          prefix + "-poll_gap.hgrm", prefix + "-residence.hgrm",
                          prefix + "-lcore4-poll_gap.hgrm", prefix + "-lcore4-residence.hgrm",
                          prefix + "-lcore5-poll_gap.hgrm"}));
  for (const std::string& path : *written)
    EXPECT_EQ(read(path), to_hgrm(snapshot.lcores[0].histograms.poll_gap, 1000)) << path;
}

TEST_F(LatencyFiles, ReplaceWhatWasThere) {
  std::ofstream(prefix + "-poll_gap.hgrm") << std::string(100000, 'x');
  ASSERT_TRUE(check_latency_prefix(prefix));
  ASSERT_TRUE(write_latency_files(snapshot, prefix));
  EXPECT_EQ(read(prefix + "-poll_gap.hgrm"), to_hgrm(snapshot.lcores[0].histograms.poll_gap, 1000));
}

TEST_F(LatencyFiles, ThatCannotBeWrittenAreNamed) {
  const std::string message = "/nonexistent/x-poll_gap.hgrm: No such file or directory";
  EXPECT_EQ(check_latency_prefix("/nonexistent/x").error().message, message);
  EXPECT_EQ(write_latency_files(snapshot, "/nonexistent/x").error().message, message);
  std::filesystem::create_symlink("/dev/full", prefix + "-poll_gap.hgrm");
  EXPECT_EQ(write_latency_files(snapshot, prefix).error().message,
            prefix + "-poll_gap.hgrm: No space left on device");
}

}  // namespace
}  // namespace dstfwd
