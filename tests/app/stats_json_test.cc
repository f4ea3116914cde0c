// SPDX-License-Identifier: BSD-3-Clause
#include "app/stats_json.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace dstfwd {
namespace {

using Json = nlohmann::ordered_json;

void set(Stats& stats, Verdict verdict, uint64_t n) {
  stats.verdicts[static_cast<size_t>(verdict)] = n;
}

Stats sample() {
  Stats stats;
  stats.rx = 100;
  stats.tx = 80;
  set(stats, Verdict::kForward, 83);
  set(stats, Verdict::kDropTxFull, 3);
  set(stats, Verdict::kConsumeLocal, 5);
  set(stats, Verdict::kConsumeArp, 2);
  set(stats, Verdict::kDropNoRoute, 9);
  set(stats, Verdict::kHold, 4);
  stats.held = 1;
  stats.gc.mode = GcMode::kInline;
  stats.gc.created = stats.gc.retired = stats.gc.reclaimed = 7;
  stats.gc.pressure = dstgc::Pressure::kLow;
  stats.gc.low_pressures = 3;
  stats.gc.emergencies = 2;
  stats.gc.laggard_lcore = 4;
  PortStats port;
  port.port = PortId(3);
  port.rx = 100;
  port.missed = 12;
  stats.ports.push_back(port);
  LcoreStats lcore;
  lcore.lcore = 1;
  lcore.role = "forward";
  lcore.latency.poll_gap_ns = {9, 1, 2, 3, 4, 5, 6, 7};
  stats.lcores.push_back(lcore);
  stats.latency.sample = 64;
  stats.latency.stall_threshold_ns = 1000;
  stats.latency.forwarding.residence_ns = {90, 10, 20, 30, 40, 50, 60, 70};
  stats.latency.forwarding.stalls = 8;
  stats.latency.lcores.push_back({1, "forward", stats.latency.forwarding});
  return stats;
}

TEST(StatsJson, HasEveryKeyOfItsDocumentation) {
  const Json json = to_json(sample());
  for (const char* key :
       {"rx", "tx", "consumed", "held", "drops", "ports", "cache", "gc", "lcores"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const char* key : {"live", "hits", "misses", "inserted", "bypassed", "revalidated",
                          "expired", "flushed", "moved", "slots", "slots_in_use"})
    EXPECT_TRUE(json["cache"][key].is_number_unsigned()) << key;
  for (const char* key : {"created", "retired", "reclaimed", "intake", "busy", "spilled", "passes",
                          "walk_entries", "walk_ns_max", "dst_total"})
    EXPECT_TRUE(json["gc"][key].is_number_unsigned()) << key;
  EXPECT_EQ(json["gc"]["mode"], "inline");
  EXPECT_EQ(json["gc"]["pressure"], "low");
  EXPECT_EQ(json["gc"]["low_pressures"], 3);
  EXPECT_EQ(json["gc"]["emergencies"], 2);
  EXPECT_EQ(json["gc"]["laggard_lcore"], 4);
  EXPECT_TRUE(json["ports"].is_array());
  EXPECT_EQ(json["ports"][0]["port"], 3);
  EXPECT_EQ(json["ports"][0]["missed"], 12);
  EXPECT_EQ(json["lcores"][0]["role"], "forward");
  EXPECT_EQ(json["lcores"][0]["poll_gap_ns"], (Json{{"count", 9},
                                                    {"p50", 1},
                                                    {"p90", 2},
                                                    {"p99", 3},
                                                    {"p999", 4},
                                                    {"p9999", 5},
                                                    {"max", 6},
                                                    {"over_1ms", 7}}));
  EXPECT_EQ(json["latency"]["sample"], 64);
  EXPECT_EQ(json["latency"]["stall_threshold_ns"], 1000);
  EXPECT_EQ(json["latency"]["stalls"], 8);
  EXPECT_EQ(json["latency"]["residence_ns"]["over_1ms"], 70);
  EXPECT_FALSE(json["latency"].contains("lcores")) << "they are in lcores";
}

TEST(StatsJson, OfLatencyAloneHasItsLcores) {
  const Json json = to_json(sample().latency);
  EXPECT_EQ(json["residence_ns"]["p50"], 10);
  ASSERT_EQ(json["lcores"].size(), 1U);
  EXPECT_EQ(json["lcores"][0]["lcore"], 1);
  EXPECT_EQ(json["lcores"][0]["role"], "forward");
  EXPECT_EQ(json["lcores"][0]["residence_ns"]["p9999"], 50);
}

TEST(StatsJson, CountsEachDropUnderItsReasonAndEachPacketOnce) {
  const Json json = to_json(sample());
  EXPECT_EQ(json["drops"]["no_route"], 9);
  EXPECT_EQ(json["drops"]["tx_full"], 3);
  EXPECT_EQ(json["consumed"], 7);
  EXPECT_EQ(json["held"], 1);
  EXPECT_FALSE(json["drops"].contains("forward"));
  EXPECT_FALSE(json["drops"].contains("local"));
  uint64_t drops = 0;
  for (const auto& [reason, count] : json["drops"].items()) drops += count.get<uint64_t>();
  EXPECT_EQ(json["dropped"], drops);
}

TEST(Invariants, HoldWhenEveryPacketAndEntryIsAccountedFor) {
  Stats stats = sample();
  stats.tx = 80;  // 80 + 12 drops + 7 consumed + 1 held
  EXPECT_TRUE(broken_invariants(stats).empty());
}

TEST(Invariants, ThatDoNotHoldAreNamed) {
  Stats stats = sample();
  stats.tx = 79;
  stats.gc.reclaimed = 6;
  stats.mbufs_lost = 2;
  const auto broken = broken_invariants(stats);
  ASSERT_EQ(broken.size(), 3U);
  EXPECT_EQ(broken[0], "packets unaccounted for: rx 100, tx 79, drops 12, consumed 7, held 1");
  EXPECT_EQ(broken[1], "dst entries lost: created 7, reclaimed 6");
  EXPECT_EQ(broken[2], "mbufs lost: 2");
}

TEST(JsonOutput, ReplacesALongerFile) {
  const std::string path = testing::TempDir() + "stats_" + std::to_string(getpid()) + ".json";
  std::ofstream(path) << std::string(100000, 'x');
  {
    Result<JsonOutput> output = JsonOutput::open(path);
    ASSERT_TRUE(output);
    ASSERT_TRUE(output->write(to_json(sample())));
  }
  std::ifstream file(path);
  EXPECT_EQ(Json::parse(file)["rx"], 100);
  unlink(path.c_str());
}

TEST(JsonOutput, NamesAFileThatCannotBeWritten) {
  Result<JsonOutput> missing = JsonOutput::open("/nonexistent/x.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "--stats-json: /nonexistent/x.json: No such file or directory");
  Result<JsonOutput> full = JsonOutput::open("/dev/full");
  ASSERT_TRUE(full);
  Status written = full->write(to_json(sample()));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "--stats-json: /dev/full: No space left on device");
}

TEST(JsonOutput, IsNotWantedWithoutAName) {
  Result<JsonOutput> output = JsonOutput::open("");
  ASSERT_TRUE(output);
  EXPECT_FALSE(output->wanted());
}

}  // namespace
}  // namespace dstfwd
