// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/gen_options.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace dstfwd::gen {
namespace {

Result<GenOptions> parse(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return parse_gen_options(argv);
}

std::string error_of(const std::string& line) {
  const auto options = parse(line);
  return options ? "no error" : options.error().message;
}

TEST(GenOptions, DefaultsAreTheBenchmarkAddresses) {
  auto o = parse("");
  ASSERT_TRUE(o);
  EXPECT_EQ(o->flows.source4.first.value.host(), 0xc6120000U);  // 198.18.0.0
  EXPECT_EQ(o->flows.destination4.count, 65536U);
  EXPECT_EQ(o->rate_pps, 1e6);
  EXPECT_FALSE(o->rx_port);
  EXPECT_EQ(o->flows.new_per_packet, 0);
}

TEST(GenOptions, EachIsTaken) {
  auto o = parse(
      "--tx-port 1 --rx-port 0 --dst-mac 02:aa:bb:cc:dd:ee --vlan 100 --size imix --ipv6 30 "
      "--src4 10.0.0.0/8 --dst4 192.0.2.7 --dst6 2001:db8::/126 --dst-port 53 --flows 1000 "
      "--new-flows 10k --rate 2M --duration 2.5 --warmup 0.5 --wait 1.5 --drain 50 --frames 77 "
      "--search "
      "--precision 0.5 --loss 0.1 --period 0 --json - --hgrm x.hgrm --rxd 64 --txd 128");
  ASSERT_TRUE(o) << o.error().message;
  EXPECT_EQ(o->tx_port, 1);
  EXPECT_EQ(*o->rx_port, 0);
  EXPECT_EQ(o->wait_s, 1.5);
  EXPECT_EQ(o->destination_mac, (MacAddress{{0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee}}));
  EXPECT_EQ(*o->vlan, 100);
  EXPECT_EQ(o->sizes.largest(), 1518);
  EXPECT_EQ(o->flows.ipv6_percent, 30U);
  EXPECT_EQ(o->flows.source4.count, uint64_t{1} << 24U);
  EXPECT_EQ(o->flows.destination4.count, 1U);
  EXPECT_EQ(o->flows.destination4.first.value.host(), 0xc0000207U);
  EXPECT_EQ(o->flows.destination6.count, 4U);
  EXPECT_EQ(o->flows.flows, 1000U);
  EXPECT_DOUBLE_EQ(o->flows.new_per_packet, 0.005);
  EXPECT_EQ(o->rate_pps, 2e6);
  EXPECT_DOUBLE_EQ(o->drain_s, 0.05);
  EXPECT_EQ(o->frames, 77U);
  EXPECT_TRUE(o->search);
  EXPECT_DOUBLE_EQ(o->search_precision, 0.005);
  EXPECT_DOUBLE_EQ(o->max_loss, 0.001);
}

TEST(GenOptions, RateMayBeMax) {
  auto o = parse("--rate max");
  ASSERT_TRUE(o);
  EXPECT_EQ(o->rate_pps, 0);
}

TEST(GenOptions, WhatIsWrongIsNamedInOneLine) {
  EXPECT_EQ(error_of("--rate fast"), "--rate: \"fast\" is not a number from 0.001 to 1000000000");
  EXPECT_EQ(error_of("--rate nan"), "--rate: \"nan\" is not a number from 0.001 to 1000000000");
  EXPECT_EQ(error_of("--rate -5"), "--rate: \"-5\" is not a number from 0.001 to 1000000000");
  EXPECT_EQ(error_of("--flows 0"), "--flows: \"0\" is not a number from 1 to 1073741824");
  EXPECT_EQ(error_of("--flows"), "--flows: needs a value");
  EXPECT_EQ(error_of("--nonsense"), "--nonsense: no such option; see --help");
  EXPECT_EQ(error_of("stray"), "stray: not an option");
  EXPECT_EQ(error_of("--dst-mac 02:00"),
            "--dst-mac: \"02:00\" is not a MAC address, such as 02:00:00:00:00:01");
  EXPECT_EQ(error_of("--dst-mac 02:00:00:00:00-01"),
            "--dst-mac: \"02:00:00:00:00-01\" is not a MAC address, such as 02:00:00:00:00:01");
  EXPECT_EQ(error_of("--src4 10.0.0.1/8"),
            "--src4: \"10.0.0.1/8\" is not an IPv4 prefix, such as 198.18.0.0/16");
  EXPECT_EQ(error_of("--dst6 10.0.0.0/8"),
            "--dst6: \"10.0.0.0/8\" is not an IPv6 prefix, such as 2001:2:0:1::/64");
  EXPECT_EQ(error_of("--size 20"),
            "--size: \"20\" is not a size from 64 to 9600 bytes, or SIZE:WEIGHT");
  EXPECT_EQ(error_of("--vlan 4095"), "--vlan: \"4095\" is not a number from 1 to 4094");
  EXPECT_EQ(error_of("--duration 0"),
            "--duration: \"0\" is not a number of seconds from 0.001 to 86400");
}

TEST(GenOptions, ConflictsAreNamed) {
  EXPECT_EQ(error_of("--rate max --search"), "--search: needs the highest rate to try, --rate PPS");
  EXPECT_EQ(error_of("--rate max --new-flows 5"), "--new-flows: needs a number for --rate");
  EXPECT_EQ(error_of("--rate 10 --new-flows 11"),
            "--new-flows: more new flows than frames (--rate)");
  EXPECT_EQ(error_of("--replay f --rate 5"),
            "--rate and --replay: a capture has its own; see --replay-speed");
  EXPECT_EQ(error_of("--replay f --search"), "--search and --replay do not go together");
  EXPECT_EQ(error_of("--duration 2 --warmup 2"), "--warmup: as long as the whole --duration");
}

TEST(GenOptions, HelpTellsOfEveryOptionInLinesThatFit) {
  const std::string text = gen_usage();
  for (const char* name : {"--tx-port", "--replay-speed", "--precision", "--hgrm", "-h, --help"})
    EXPECT_NE(text.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace dstfwd::gen
