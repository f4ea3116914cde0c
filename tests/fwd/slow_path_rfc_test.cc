// SPDX-License-Identifier: BSD-3-Clause
// Where RFCs say what must not be answered, and how: each was found against Linux.
#include "fwd/slow_path.h"
#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::SlowPathTest;

constexpr char kToUs[] =
    "020000000001"
    "020000000002";

// IPv6 and UDP from an address of 32 digits to another.
std::string expired6(const std::string& src, const std::string& dst) {
  return std::string(kToUs) + "86dd" + "6000000000081101" + src + dst + "0fa0138800080000";
}
constexpr char kPeer6[] = "20010db8000000000000000000000002";
constexpr char kFar6[] = "20010db8100000000000000000000001";

TEST_F(SlowPathTest, NobodyIsAskedForOurOwnAddress) {  // RFC 4443 2.4 (e.6)
  settle();
  for (const char* src : {"20010db8000000000000000000000000", "20010db8000000000000000000000001",
                          "fe80000000000000000000fffe000001"}) {
    punt(PuntKind::kError, expired6(src, kFar6), {.reason = Verdict::kDropTtlExpired});
    EXPECT_EQ(run_ms(), std::vector<std::string>{}) << src;
  }
}

TEST_F(SlowPathTest, OnlyALinkLocalSourceIsBeyondScope) {
  settle();
  routing.statics.insert("2001:db8::2");
  routing.statics.insert("fe80::2");
  punt(PuntKind::kError, expired6(kPeer6, "fe800000000000000000000000000099"),
       {.reason = Verdict::kDropLinkLocal});
  EXPECT_EQ(run_ms(), std::vector<std::string>{});
  punt(PuntKind::kError, expired6("fe800000000000000000000000000002", kFar6),
       {.reason = Verdict::kDropLinkLocal});
  EXPECT_EQ(run_ms().size(), 1U);
}

TEST_F(SlowPathTest, AnEchoToABroadcastAddressIsNotAnswered) {  // RFC 1122 3.2.2.6
  settle();
  routing.statics.insert("192.0.2.9");
  // 192.0.2.9 > 192.0.2.255: echo request.
  punt(PuntKind::kLocal, std::string(kToUs) +
                             "0800"
                             "4500001c000100004001f5d7c0000209c00002ff"
                             "0800f7fe00000001");
  EXPECT_EQ(run_ms(), std::vector<std::string>{});
}

TEST_F(SlowPathTest, AFragmentOfBrokenLengthIsReported) {  // RFC 8200 4.5
  settle();
  routing.statics.insert("2001:db8::2");
  punt(PuntKind::kLocal, std::string(kToUs) + "86dd" + "6000000000142c40" + kPeer6 +
                             "20010db8000000000000000000000001" + "1100000100001234" +
                             "0fa013880008000000000000");
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(108, 4), "0400");
  EXPECT_EQ(frames[0].substr(116, 8), "00000004");
}

TEST_F(SlowPathTest, ALaterFragmentOfBrokenLengthIsReported) {
  settle();
  routing.statics.insert("2001:db8::2");
  punt(PuntKind::kLocal, std::string(kToUs) + "86dd" + "6000000000142c40" + kPeer6 +
                             "20010db8000000000000000000000001" + "1100040100001234" +
                             "0fa013880008000000000000");
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(108, 4), "0400");
  EXPECT_EQ(frames[0].substr(116, 8), "00000004");
}

TEST_F(SlowPathTest, AFragmentHeaderCutShortIsReported) {
  settle();
  routing.statics.insert("2001:db8::2");
  punt(PuntKind::kLocal, std::string(kToUs) + "86dd" + "6000000000072c40" + kPeer6 +
                             "20010db8000000000000000000000001" + "11000401000012");
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(108, 4), "0400");
  EXPECT_EQ(frames[0].substr(116, 8), "00000028");
}

TEST_F(SlowPathTest, AFragmentWithoutTheOthersIsFreedAtTheEnd) {
  settle();
  punt(PuntKind::kLocal, std::string(kToUs) + "86dd" + "6000000000182c40" + kPeer6 +
                             "20010db8000000000000000000000001" + "1100000100001234" +
                             "0fa01388000800000000000000000000");
  EXPECT_EQ(run_ms(), std::vector<std::string>{});
  EXPECT_EQ(rte_mempool_in_use_count(pool), 1U);
  slow->stop();
  EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
}

// RFC 792, RFC 1122 3.3.2; RFC 8200 4.5.
TEST_F(SlowPathTest, WhoSentHalfAPacketIsToldThatItsTimeIsOver) {
  settle();
  routing.statics.insert("2001:db8::2");
  routing.statics.insert("192.0.2.9");
  const std::string first6 = std::string("6000000000182c40") + kPeer6 +
                             "20010db8000000000000000000000001" + "1100000100001234" +
                             "0fa01388000800000000000000000000";
  const std::string first4 =
      std::string("4500001c000120004011d6c6c0000209c0000201") + "0fa0138800080000";
  const std::string later4 =
      std::string("4500001c000220014011d6c4c0000209c0000201") + "0000000000000000";
  punt(PuntKind::kLocal, std::string(kToUs) + "86dd" + first6);
  punt(PuntKind::kLocal, std::string(kToUs) + "0800" + first4);
  punt(PuntKind::kLocal, std::string(kToUs) + "0800" + later4);  // of another packet
  EXPECT_EQ(run_ms(29000), std::vector<std::string>{});
  const auto four = run_ms(2000);
  ASSERT_EQ(four.size(), 1U);
  EXPECT_EQ(four[0].substr(68, 4), "0b01");
  EXPECT_EQ(four[0].substr(84), first4);
  EXPECT_EQ(run_ms(27000), std::vector<std::string>{});
  const auto six = run_ms(3000);
  ASSERT_EQ(six.size(), 1U);
  EXPECT_EQ(six[0].substr(108, 4), "0301");
  EXPECT_EQ(six[0].substr(124), first6);
  EXPECT_EQ(rte_mempool_in_use_count(pool), 0U);
}

TEST_F(SlowPathTest, OurOwnPacketsAskAsWhatTheyAre) {  // RFC 4861 7.2.2
  settle();
  punt(PuntKind::kError, expired6(kPeer6, kFar6), {.reason = Verdict::kDropTtlExpired});
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(44, 32), "20010db8000000000000000000000001");
}

}  // namespace
}  // namespace dstfwd
