// SPDX-License-Identifier: BSD-3-Clause
#include "app/command_table.h"

#include <gtest/gtest.h>

namespace dstfwd {
namespace {

class CommandTableTest : public testing::Test {
 protected:
  CommandTableTest() {
    const auto record = [this](std::string_view what) {
      return [this, what](const CommandArguments& args) -> Result<std::string> {
        arguments_ = args;
        return std::string(what);
      };
    };
    table_.add("link set PORT up|down", "up or down", record("state"));
    table_.add("link set PORT mtu MTU", "the MTU", record("mtu"));
    table_.add("route add DESTINATION {via GATEWAY [port PORT] [weight WEIGHT]}", "a route",
               record("route"));
    table_.add("cache flush", "flush", record("flush"));
    table_.add("fail", "always",
               [](const CommandArguments&) -> Result<std::string> { return Error{"it failed"}; });
  }
  std::string error(std::string_view line) {
    const Result<std::string> done = table_.execute(line);
    return done ? "(no error)" : done.error().message;
  }
  std::string answer(std::string_view line) {
    const Result<std::string> done = table_.execute(line);
    return done ? *done : done.error().message;
  }

  CommandTable table_;
  CommandArguments arguments_;
};

TEST_F(CommandTableTest, RunsTheCommandThatTheLineNames) {
  EXPECT_EQ(answer("cache flush"), "flush");
  EXPECT_EQ(answer("  link\tset 3 down  # a comment"), "state");
  EXPECT_EQ(*argument<uint32_t>(arguments_, "PORT"), 3U);
  EXPECT_EQ(*argument<std::string>(arguments_, "up|down"), "down");
  EXPECT_EQ(answer("link set 3 mtu 9000\r"), "mtu");
  EXPECT_EQ(*argument<uint32_t>(arguments_, "MTU"), 9000U);
}

TEST_F(CommandTableTest, DoesNothingForEmptyLinesAndComments) {
  EXPECT_EQ(answer(""), "");
  EXPECT_EQ(answer(" \t"), "");
  EXPECT_EQ(answer("# cache flush"), "");
}

TEST_F(CommandTableTest, ReadsValuesOfBothFamiliesAndRepeatedOnesInTheirOrder) {
  EXPECT_EQ(answer("route add 198.18.0.0/15 via 192.0.2.1 weight 2 via 192.0.2.2 port 1"), "route");
  ASSERT_EQ(arguments_.size(), 5U);
  EXPECT_EQ(to_text(std::get<Prefix<Ipv4>>(*argument<AnyPrefix>(arguments_, "DESTINATION"))),
            "198.18.0.0/15");
  EXPECT_EQ(arguments_[1].place, "GATEWAY");
  EXPECT_EQ(std::get<uint32_t>(arguments_[2].value), 2U);
  EXPECT_EQ(arguments_[3].place, "GATEWAY");
  EXPECT_EQ(arguments_[4].place, "PORT");
  EXPECT_EQ(answer("route add default via 2001:db8::1"), "route");
  EXPECT_NE(argument<DefaultRoute>(arguments_, "DESTINATION"), nullptr);
  EXPECT_TRUE(std::holds_alternative<Ipv6Address>(*argument<AnyAddress>(arguments_, "GATEWAY")));
}

TEST_F(CommandTableTest, SaysWhatIsWrongAndWhatWasExpected) {
  EXPECT_EQ(error("lnk set 0 up"), "unknown command \"lnk\" (try help)");
  EXPECT_EQ(error("link set 0 sideways"), "\"sideways\": expected mtu or up|down");
  EXPECT_EQ(error("link set 0"), "the command ends too early: expected mtu or up|down");
  EXPECT_EQ(error("link set x up"), "\"x\" is not a port number");
  EXPECT_EQ(error("link set 0 mtu 67"), "\"67\" is not an MTU from 68 to 65535 bytes");
  EXPECT_EQ(error("link set 0 mtu 99999"), "\"99999\" is not an MTU from 68 to 65535 bytes");
  EXPECT_EQ(error("cache flush now"), "\"now\" is one word too many");
  EXPECT_EQ(error("route add 1.2.3/8 via 192.0.2.1"),
            "\"1.2.3/8\" is not a prefix as 198.18.0.0/15, or default");
  EXPECT_EQ(error("route add 10.0.0.0/33 via 192.0.2.1"),
            "\"10.0.0.0/33\" is not a prefix as 198.18.0.0/15, or default");
  EXPECT_EQ(error("route add 10.0.0.0/8 by 192.0.2.1"), "\"by\": expected via");
  EXPECT_EQ(error("route add 10.0.0.0/8 via"), "the command ends too early: expected GATEWAY");
  EXPECT_EQ(error("route add 10.0.0.0/8 via 192.0.2.1 via 192.0.2.300"),
            "\"192.0.2.300\" is not an IPv4 or IPv6 address");
  EXPECT_EQ(error("fail"), "it failed");
}

TEST_F(CommandTableTest, ChecksALineWithoutRunningIt) {
  EXPECT_TRUE(table_.check("fail"));
  EXPECT_FALSE(table_.check("failure"));
}

TEST_F(CommandTableTest, CompletesTheWordThatWasBegunOrTheNext) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(table_.completions("li"), Words{"link"});
  EXPECT_EQ(table_.completions("link set 0 "), (Words{"down", "mtu", "up"}));
  EXPECT_EQ(table_.completions("link set 0 m"), Words{"mtu"});
  EXPECT_EQ(table_.completions("nothing "), Words{});
}

TEST_F(CommandTableTest, ListsItsCommandsForHelp) {
  EXPECT_NE(table_.help().find("cache flush"), std::string::npos);
  EXPECT_EQ(table_.help("cache").find("link"), std::string::npos);
}

}  // namespace
}  // namespace dstfwd
