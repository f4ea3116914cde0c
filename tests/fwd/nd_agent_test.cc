// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/nd_agent.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::SlowPathTest;
using NdAgentTest = SlowPathTest;
using Frames = std::vector<std::string>;

constexpr char kToUs[] =
    "020000000001"
    "020000000002";
constexpr char kToPeer[] =
    "020000000002"
    "020000000001";

bool contains(const Frames& frames, const std::string& part) {
  return std::any_of(frames.begin(), frames.end(),
                     [&](const std::string& f) { return f.find(part) != std::string::npos; });
}
size_t count(const Frames& frames, const std::string& part) {
  return static_cast<size_t>(std::count_if(frames.begin(), frames.end(), [&](const std::string& f) {
    return f.find(part) != std::string::npos;
  }));
}

// ND: 2001:db8::2 at 02:00:00:00:00:02.
constexpr char kSolicit[] =
    "86dd"
    "6000000000203aff20010db800000000000000000000000220010db8000000000000000000000001"
    "8700ec720000000020010db80000000000000000000000010101020000000002";
constexpr char kOurAdvert[] =
    "86dd"
    "6000000000203aff20010db800000000000000000000000120010db8000000000000000000000002"
    "88000a73e000000020010db80000000000000000000000010201020000000001";
constexpr char kEcho6[] =
    "86dd"
    "60000000000c3a4020010db800000000000000000000000220010db8000000000000000000000001"
    "800045720000000170696e67";

TEST_F(NdAgentTest, ASolicitationIsAnsweredAndItsSenderIsKnown) {
  settle();
  punt(PuntKind::kNd, std::string(kToUs) + kSolicit);
  EXPECT_EQ(run_ms(), Frames{std::string(kToPeer) + kOurAdvert});
  EXPECT_EQ(routing.told, std::vector<std::string>{"resolved 2001:db8::2 020000000002"});
  punt(PuntKind::kLocal, std::string(kToUs) + kEcho6);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(108), "810044720000000170696e67");
}

TEST_F(NdAgentTest, AnEchoToAllNodesIsAnsweredButNothingElse) {
  settle();
  routing.statics.insert("2001:db8::2");
  auto echo = std::string("333300000001020000000002") + kEcho6;
  echo.replace(24 + 4 + 48, 32, "ff020000000000000000000000000001");
  echo.replace(24 + 4 + 84, 4, "7428");  // 2001:0db8::1 became ff02::1: the sum changes
  punt(PuntKind::kNd, echo);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(24 + 4 + 16, 32), "20010db8000000000000000000000001");
  auto tcp = echo;
  tcp[24 + 4 + 12] = '0';
  tcp[24 + 4 + 13] = '6';
  punt(PuntKind::kNd, tcp);
  EXPECT_TRUE(run_ms().empty());
}

TEST_F(NdAgentTest, RouterAdvertisementsOnlyWhereTheyAreOn) {
  const std::string advert =
      "333300000001020000000001"
      "86dd";
  EXPECT_FALSE(contains(run_ms(30000), advert + "6000000000403aff"));
  routing.info.advertises = true;
  const auto frames = run_ms(60000);
  EXPECT_EQ(count(frames, advert + "6000000000403aff"), 3U);
  EXPECT_TRUE(contains(frames,
                       "030440c000278d0000093a8000000000"
                       "20010db8000000000000000000000000"));
  routing.info.advertises = false;
  EXPECT_TRUE(contains(run_ms(200),
                       "40000000"
                       "0000000000000000"))
      << "lifetime 0";
  EXPECT_EQ(slow->nd().router_adverts_sent, 4U);
}

TEST_F(NdAgentTest, GroupsAreReportedWhenTheyAreNewAndWhenAsked) {
  const std::string report =
      "333300000016020000000001"
      "86dd";
  const auto frames = run_ms(5000);
  EXPECT_EQ(count(frames, report), 2U);
  EXPECT_TRUE(contains(frames,
                       "04000000"
                       "ff0200000000000000000001ff000001"));
  EXPECT_TRUE(contains(frames,
                       "04000000"
                       "ff020000000000000000000000000002"));
  settle();
  punt(PuntKind::kNd,
       std::string("333300000001020000000002") +
           "86dd"
           "6000000000240001fe800000000000000000000000000009ff020000000000000000000000000001"
           "3a00050200000100"
           "8200590b271000000000000000000000000000000000000000000000");
  const auto answer = run_ms(11000);
  EXPECT_EQ(count(answer, report), 1U);
  EXPECT_TRUE(contains(answer,
                       "02000000"
                       "ff0200000000000000000001ff000001"));
  EXPECT_EQ(slow->mld().reports_sent(), 3U);
}

TEST_F(NdAgentTest, ASolicitationFromOffTheLinkIsAnsweredWhereItSaysItIs) {
  settle();
  // From 2001:db8:77::1, with the option.
  punt(PuntKind::kNd,
       std::string(kToUs) +
           "86dd"
           "6000000000203aff20010db800770000000000000000000120010db8000000000000000000000001"
           "8700ebfc0000000020010db80000000000000000000000010101020000000002");
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(0, 12), "020000000002");
  EXPECT_EQ(frames[0].substr(108, 4), "8800");
  EXPECT_TRUE(routing.told.empty()) << "it is no neighbour";
}

}  // namespace
}  // namespace dstfwd
