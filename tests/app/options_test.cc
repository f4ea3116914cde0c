// SPDX-License-Identifier: BSD-3-Clause
#include "app/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/option_table.h"

namespace dstfwd {
namespace {

Result<Options> parse(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse_options(argv);
}

std::string error_of(std::vector<std::string> words) {
  Result<Options> options = parse(std::move(words));
  return options ? "accepted" : options.error().message;
}

TEST(Options, HaveTheDocumentedDefaultsWithoutArguments) {
  Result<Options> options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->burst, 64U);
  EXPECT_EQ(options->flush_interval_s, 600);
  EXPECT_EQ(options->gc_min_s, 0.1);
  EXPECT_EQ(options->gc_inc_s, 0.5);
  EXPECT_EQ(options->gc_max_s, 120);
  EXPECT_EQ(options->gc_mode, GcMode::kService);
  EXPECT_FALSE(options->gc_lcore);
  EXPECT_FALSE(options->interactive);
  EXPECT_TRUE(options->cache);
  EXPECT_EQ(options->ipv6_flows(), options->flows / 4);
}

TEST(Options, AreTakenInBothSpellings) {
  Result<Options> options = parse({"--burst=48",
                                   "--flows",
                                   "1000",
                                   "-i",
                                   "--gc-mode=legacy",
                                   "--portmask",
                                   "0x5",
                                   "--idle-timeout",
                                   "0.5",
                                   "--flush-interval",
                                   "0",
                                   "--cache",
                                   "off",
                                   "--stats-json",
                                   "-",
                                   "--gc-min=.25",
                                   "--nb-cores",
                                   "2",
                                   "--promiscuous",
                                   "--flows6",
                                   "7"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->burst, 48U);
  EXPECT_EQ(options->flows, 1000U);
  EXPECT_EQ(options->ipv6_flows(), 7U);
  EXPECT_TRUE(options->interactive);
  EXPECT_TRUE(options->promiscuous);
  EXPECT_FALSE(options->cache);
  EXPECT_EQ(options->gc_mode, GcMode::kLegacy);
  EXPECT_EQ(options->portmask, 5U);
  EXPECT_EQ(options->idle_timeout_s, 0.5);
  EXPECT_EQ(options->flush_interval_s, 0);
  EXPECT_EQ(options->gc_min_s, 0.25);
  EXPECT_EQ(options->nb_cores, 2U);
  EXPECT_EQ(options->stats_json, "-");
}

TEST(Options, TakeSecondsInSmallerUnitsToo) {
  Result<Options> options =
      parse({"--stall-threshold=500us", "--gc-min", "20ms", "--gc-max=2s", "--duration=.5"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_DOUBLE_EQ(options->stall_threshold_s, 500e-6);
  EXPECT_DOUBLE_EQ(options->gc_min_s, 20e-3);
  EXPECT_EQ(options->gc_max_s, 2);
  EXPECT_EQ(options->duration_s, .5);
  for (const char* bad : {"ms", "1ns", "1 ms", "5us", "-1ms", "1msms"})
    EXPECT_EQ(error_of({"--stall-threshold", bad}),
              "--stall-threshold: \"" + std::string(bad) +
                  "\" is not a number of seconds from 1e-05 to 86400, or 0 for never");
}

TEST(Options, MeasureNoResidenceAndWatchForStallsOfAMillisecondByDefault) {
  Result<Options> options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->latency_sample, 0U);
  EXPECT_EQ(options->stall_threshold_s, 1e-3);
  options = parse({"--latency-sample", "64", "--stall-threshold", "0", "--latency-hgrm", "x"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->latency_sample, 64U);
  EXPECT_EQ(options->stall_threshold_s, 0);
  EXPECT_EQ(options->latency_hgrm, "x");
}

TEST(Options, OfTwoEqualOnesTheLastCounts) {
  Result<Options> options = parse({"--burst=64", "--burst=16"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->burst, 16U);
}

TEST(Options, SmallArenasKeepOneIpv6Entry) {
  Result<Options> options = parse({"--flows", "1"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->ipv6_flows(), 1U);
}

struct BadInput {
  std::vector<std::string> words;
  std::string message;
};

class BadOptions : public testing::TestWithParam<BadInput> {};

TEST_P(BadOptions, AreNamedInOneLine) {
  EXPECT_EQ(error_of(GetParam().words), GetParam().message);
}

const char kSecondsOrNever[] = " is not a number of seconds from 0.01 to 86400, or 0 for never";
const char kNoLcoreNodes[] =
    " is not a list such as 2@1,3@1 of lcores, each once, and nodes from 0 to 31";
INSTANTIATE_TEST_SUITE_P(
    All, BadOptions,
    testing::Values(
        BadInput{{"--burst", "999"}, "--burst: \"999\" is not a number from 1 to 64"},
        BadInput{{"--burst=0"}, "--burst: \"0\" is not a number from 1 to 64"},
        BadInput{{"--burst", "-1"}, "--burst: \"-1\" is not a number from 1 to 64"},
        BadInput{{"--burst", "3x"}, "--burst: \"3x\" is not a number from 1 to 64"},
        BadInput{{"--burst", " 3"}, "--burst: \" 3\" is not a number from 1 to 64"},
        BadInput{{"--burst", ""}, "--burst: \"\" is not a number from 1 to 64"},
        BadInput{{"--burst", "99999999999999999999999"},
                 "--burst: \"99999999999999999999999\" is not a number from 1 to 64"},
        BadInput{{"--burst"}, "--burst: needs a value (N)"},
        BadInput{{"--nb-cores", "0"}, "--nb-cores: \"0\" is not a number from 1 to 128"},
        BadInput{{"--idle-timeout", "-5"}, std::string("--idle-timeout: \"-5\"") + kSecondsOrNever},
        BadInput{{"--idle-timeout", "nan"},
                 std::string("--idle-timeout: \"nan\"") + kSecondsOrNever},
        BadInput{{"--flush-interval", "inf"},
                 std::string("--flush-interval: \"inf\"") + kSecondsOrNever},
        BadInput{{"--gc-min", "0"},
                 "--gc-min: \"0\" is not a number of seconds from 0.001 to 86400"},
        BadInput{{"--gc-min", "5", "--gc-max", "2.5"}, "--gc-min: 5 is above --gc-max 2.5"},
        BadInput{{"--gc-mode", "fast"},
                 "--gc-mode: \"fast\" is not service, inline, legacy or off"},
        BadInput{{"--gc-mode", "off", "--gc-lcore", "1"},
                 "--gc-lcore: only --gc-mode service has an lcore for the collector, not off"},
        BadInput{{"--gc-debug", "3"}, "--gc-debug: \"3\" is not a number from 0 to 2"},
        BadInput{{"--portmask", "zz"},
                 "--portmask: \"zz\" is not a hexadecimal mask of ports, such as 0x3"},
        BadInput{{"--portmask", "0"},
                 "--portmask: \"0\" is not a hexadecimal mask of ports, such as 0x3"},
        BadInput{{"--lcore-nodes", "2"}, std::string("--lcore-nodes: \"2\"") + kNoLcoreNodes},
        BadInput{{"--lcore-nodes", "2@"}, std::string("--lcore-nodes: \"2@\"") + kNoLcoreNodes},
        BadInput{{"--lcore-nodes", "2@32"}, std::string("--lcore-nodes: \"2@32\"") + kNoLcoreNodes},
        BadInput{{"--lcore-nodes", "2@-1"}, std::string("--lcore-nodes: \"2@-1\"") + kNoLcoreNodes},
        BadInput{{"--lcore-nodes", "2@1,"}, std::string("--lcore-nodes: \"2@1,\"") + kNoLcoreNodes},
        BadInput{{"--lcore-nodes", "2@1,2@0"},
                 std::string("--lcore-nodes: \"2@1,2@0\"") + kNoLcoreNodes},
        BadInput{{"--cache", "yes"}, "--cache: \"yes\" is not on or off"},
        BadInput{{"--stats-json="}, "--stats-json: \"\" is not the name of a file"},
        BadInput{{"--promiscuous=1"}, "--promiscuous: takes no value, given --promiscuous=1"},
        BadInput{{"--bogus"}, "--bogus: no such option (dstfwd -- --help lists them)"},
        BadInput{{"--bogus=3"}, "--bogus: no such option (dstfwd -- --help lists them)"},
        BadInput{{"-x"}, "-x: no such option (dstfwd -- --help lists them)"},
        BadInput{{"--gc-m", "1"}, "--gc-m: could be several options; write it in full"},
        BadInput{{"--burst", "1", "extra"},
                 "\"extra\": not an option (dstfwd -- --help lists them)"}));

TEST(SplitArguments, CutAtTheFirstDoubleDash) {
  std::vector<std::string> words{"dstfwd", "-l", "0,1", "--", "--burst", "3", "--"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  const SplitArguments split = split_arguments(argv);
  ASSERT_EQ(split.eal.size(), 3U);
  ASSERT_EQ(split.app.size(), 3U);
  EXPECT_STREQ(split.app[0], "--burst");
}

TEST(Options, TakeLcoresAndTheirNodes) {
  Result<Options> options = parse({"--lcore-nodes", "2@1,3@0"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->lcore_nodes, (std::map<unsigned, int>{{2, 1}, {3, 0}}));
}

TEST(SplitArguments, WithoutDoubleDashAreAllEals) {
  std::vector<std::string> words{"dstfwd", "-l", "0,1"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  EXPECT_EQ(split_arguments(argv).eal.size(), 3U);
  EXPECT_TRUE(split_arguments(argv).app.empty());
}

TEST(Usage, NamesEveryOptionWithItsRangeAndDefault) {
  const std::string text = usage();
  for (const OptionRow& row : option_table()) {
    EXPECT_NE(text.find(std::string("--") + row.name), std::string::npos) << row.name;
  }
  EXPECT_NE(text.find("(1 to 64; default 64)"), std::string::npos);
  EXPECT_NE(text.find("default service"), std::string::npos);
}

TEST(Usage, FitsATerminalOf100Columns) {
  const std::string text = usage();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, 100U) << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

}  // namespace
}  // namespace dstfwd
