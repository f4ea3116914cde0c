// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_path.h"

#include "tests/fwd/slow_fixture.h"

namespace dstfwd {
namespace {

using test::from_hex;
using test::kGatewayHop;
using test::kGleanHop;
using test::SlowPathTest;
using Frames = std::vector<std::string>;

constexpr char kToUs[] =
    "020000000001"
    "020000000002";
constexpr char kToPeer[] =
    "020000000002"
    "020000000001";
constexpr char kToAll[] =
    "ffffffffffff"
    "020000000001";

// ARP by 192.0.2.9 at 02:00:00:00:00:02.
constexpr char kArpRequest[] =
    "0806"
    "0001080006040001020000000002c0000209000000000000c0000201";
constexpr char kArpReply[] =
    "0806"
    "0001080006040002020000000002c0000209020000000001c0000201";
constexpr char kArpOurReply[] =
    "0806"
    "0001080006040002020000000001c0000201020000000002c0000209";
constexpr char kArpOurRequest[] =
    "0806"
    "0001080006040001020000000001c0000201000000000000c0000209";
constexpr char kArpGatewayReply[] =
    "0806"
    "0001080006040002020000000002c00002fe020000000001c0000201";
constexpr char kArpOurGatewayRequest[] =
    "0806"
    "0001080006040001020000000001c0000201000000000000c00002fe";
// Echo by 192.0.2.9 and its answer but for the identification and header checksum.
constexpr char kEcho[] =
    "0800"
    "4500002000070000400180"
    "c8"
    "c0000209c0000201"
    "0800192e0000000170696e67";
// UDP from 192.0.2.9 to 192.0.2.77, from 198.18.0.1 to 192.0.2.9, and with TTL 1.
constexpr char kUdpToNeighbour[] =
    "0800"
    "45000021000700000911c68ec0000209c000024d"
    "03e807d0000dc40568656c6c6f";

bool contains(const Frames& frames, const std::string& part) {
  return std::any_of(frames.begin(), frames.end(),
                     [&](const std::string& f) { return f.find(part) != std::string::npos; });
}
size_t count(const Frames& frames, const std::string& part) {
  return static_cast<size_t>(std::count_if(frames.begin(), frames.end(), [&](const std::string& f) {
    return f.find(part) != std::string::npos;
  }));
}

TEST_F(SlowPathTest, AnArpRequestIsAnsweredAndItsSenderIsKnown) {
  settle();
  punt(PuntKind::kArp, std::string(kToUs) + kArpRequest);
  EXPECT_EQ(run_ms(), Frames{std::string(kToPeer) + kArpOurReply});
  EXPECT_EQ(routing.told, std::vector<std::string>{"resolved 192.0.2.9 020000000002"});
  // So an echo is answered at once.
  punt(PuntKind::kLocal, std::string(kToUs) + kEcho);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(0, 28), std::string(kToPeer) + "0800");
  EXPECT_EQ(frames[0].substr(68), "0000212e0000000170696e67");
  EXPECT_EQ(slow->icmp().answers_sent, 1U);
}

TEST_F(SlowPathTest, AnAnswerWaitsForItsNeighbour) {
  settle();
  punt(PuntKind::kLocal, std::string(kToUs) + kEcho);
  EXPECT_EQ(run_ms(), Frames{std::string(kToAll) + kArpOurRequest});
  punt(PuntKind::kArp, std::string(kToUs) + kArpReply);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(68), "0000212e0000000170696e67");
}

TEST_F(SlowPathTest, HeldPacketsGoOnInOrderWhenTheNeighbourAnswers) {
  settle();
  for (uint32_t i = 0; i < 3; ++i) {
    auto frame = std::string(kToUs) + kUdpToNeighbour;
    frame.back() = static_cast<char>('0' + i);
    punt(PuntKind::kHold, frame, {.entry = EntryIndex{i + 100}, .hop = kGatewayHop});
  }
  EXPECT_EQ(run_ms(), Frames{std::string(kToAll) + kArpOurGatewayRequest}) << "asked once";
  EXPECT_EQ(slow->neighbours4().held(), 3U);
  EXPECT_TRUE(released.empty()) << "waiting packets keep their dst";
  punt(PuntKind::kArp, std::string(kToUs) + kArpGatewayReply);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(frames[i].substr(0, 5), "held:");
    EXPECT_EQ(frames[i].back(), static_cast<char>('0' + i));
  }
  EXPECT_EQ(released, (std::vector<uint32_t>{100, 101, 102}));
  EXPECT_EQ(routing.told, std::vector<std::string>{"resolved 192.0.2.254 020000000002"});
  EXPECT_EQ(slow->counters().unheld.get(), 0U) << "the lcore counts these";
}

TEST_F(SlowPathTest, ASilentNeighbourEndsTheWaitWithHostUnreachable) {
  settle();
  punt(PuntKind::kArp, std::string(kToUs) + kArpRequest);  // the source is known
  run_ms();
  punt(PuntKind::kHold, std::string(kToUs) + kUdpToNeighbour,
       {.entry = EntryIndex{7}, .hop = kGleanHop});
  const auto frames = run_ms(4000);
  EXPECT_EQ(count(frames, "0806"), 3U);
  ASSERT_TRUE(contains(frames, "0301"));
  const auto& error = frames.back();
  EXPECT_EQ(error.substr(0, 28), std::string(kToPeer) + "0800");
  EXPECT_EQ(error.substr(52, 16), "c0000201c0000209");
  EXPECT_EQ(error.substr(68, 4), "0301");
  EXPECT_EQ(error.substr(84), std::string(kUdpToNeighbour).substr(4));
  EXPECT_EQ(released, std::vector<uint32_t>{7});
  EXPECT_EQ(slow->counters().unheld.get(), 1U);
  EXPECT_EQ(slow->counters().verdict(Verdict::kDropNoNeighbour).get(), 1U);
}

TEST_F(SlowPathTest, AFullWaitGivesUpItsOldest) {
  restart({.neighbours = 100, .held = 100, .held_per_neighbour = 2});
  settle();
  for (uint32_t i = 0; i < 5; ++i) {
    punt(PuntKind::kHold, std::string(kToUs) + kUdpToNeighbour,
         {.entry = EntryIndex{i}, .hop = kGatewayHop});
  }
  run_ms();
  EXPECT_EQ(slow->neighbours4().held(), 2U);
  EXPECT_EQ(released, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(slow->counters().verdict(Verdict::kDropHoldFull).get(), 3U);
  EXPECT_EQ(slow->counters().unheld.get(), 3U);
  slow->stop();
  EXPECT_EQ(slow->counters().unheld.get(), 5U);
  EXPECT_EQ(slow->counters().verdict(Verdict::kDropNoNeighbour).get(), 2U);
}

TEST_F(SlowPathTest, AScanOfTheSubnetDoesNotFillTheTable) {
  restart({.neighbours = 4, .held = 100, .held_per_neighbour = 2});
  settle();
  for (unsigned i = 0; i < 10; ++i) {
    auto frame = std::string(kToUs) + kUdpToNeighbour;
    frame[66] = "0123456789"[i];
    punt(PuntKind::kHold, frame, {.hop = kGleanHop});
  }
  run_ms();
  EXPECT_EQ(slow->neighbours4().size(), 4U);
  EXPECT_EQ(slow->neighbours4().stats().table_full, 6U);
  EXPECT_EQ(slow->counters().verdict(Verdict::kDropNoNeighbour).get(), 6U);
}

TEST_F(SlowPathTest, AStaticNeighbourNeedsNoQuestion) {
  settle();
  routing.statics.insert("192.0.2.9");
  punt(PuntKind::kLocal, std::string(kToUs) + kEcho);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(0, 28), std::string(kToPeer) + "0800");
}

TEST_F(SlowPathTest, ANeighboursNewMacIsToldToForwarding) {
  settle();
  punt(PuntKind::kArp, std::string(kToUs) + kArpRequest);
  run_ms();
  // A gratuitous announcement by 02:00:00:00:00:03.
  punt(PuntKind::kArp, std::string("ffffffffffff020000000003") +
                           "0806"
                           "0001080006040001020000000003c0000209000000000000c0000209");
  run_ms();
  EXPECT_EQ(routing.told, (std::vector<std::string>{"resolved 192.0.2.9 020000000002",
                                                    "resolved 192.0.2.9 020000000003"}));
}

TEST_F(SlowPathTest, AUsedNeighbourIsConfirmedByUnicastAndLostWhenSilent) {
  settle();
  routing.in_use = true;
  punt(PuntKind::kArp, std::string(kToUs) + kArpRequest);
  run_ms();
  const auto frames = run_ms(10000);  // stale, delay, then probes
  EXPECT_EQ(count(frames, std::string(kToPeer) + "0806"), 3U);
  EXPECT_EQ(routing.told.back(), "lost 192.0.2.9");
}

TEST_F(SlowPathTest, ALinkThatGoesDownVoidsItsNeighbours) {
  settle();
  punt(PuntKind::kArp, std::string(kToUs) + kArpRequest);
  run_ms();
  routing.info.up = false;
  run_ms(200);
  EXPECT_EQ(routing.told.back(), "lost 192.0.2.9");
}

TEST_F(SlowPathTest, ErrorsAreMadeOfDroppedPackets) {
  settle();
  routing.statics.insert("192.0.2.9");
  auto expired = std::string(kToUs) + kUdpToNeighbour;
  punt(PuntKind::kError, expired, {.reason = Verdict::kDropTtlExpired});
  punt(PuntKind::kError, expired, {.reason = Verdict::kDropNoRoute});
  punt(PuntKind::kError, expired, {.hop = kGatewayHop, .reason = Verdict::kDropMtu});
  punt(PuntKind::kError, expired, {.reason = Verdict::kDropUnreachable});
  punt(PuntKind::kError, expired, {.reason = Verdict::kDropBlackhole});
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].substr(68, 4), "0b00");
  EXPECT_EQ(frames[1].substr(68, 4), "0300");
  EXPECT_EQ(frames[2].substr(68, 4), "0304");
  EXPECT_EQ(frames[2].substr(76, 8), "00000578");
  EXPECT_EQ(frames[3].substr(68, 4), "0301");
}

TEST_F(SlowPathTest, NoErrorAboutABroadcastFrame) {
  settle();
  routing.statics.insert("192.0.2.9");
  punt(PuntKind::kError, std::string("ffffffffffff020000000002") + kUdpToNeighbour,
       {.reason = Verdict::kDropTtlExpired});
  EXPECT_TRUE(run_ms().empty());
  EXPECT_EQ(slow->icmp().errors_suppressed, 1U);
}

TEST_F(SlowPathTest, ErrorsAreLimited) {
  restart({}, 1);
  settle();
  routing.statics.insert("192.0.2.9");
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 40; ++i) {
      punt(PuntKind::kError, std::string(kToUs) + kUdpToNeighbour,
           {.reason = Verdict::kDropTtlExpired});
    }
    run_ms();
  }
  EXPECT_EQ(slow->icmp().errors_sent, 50U) << "the burst";
  EXPECT_EQ(slow->icmp().errors_limited, 30U);
}

TEST_F(SlowPathTest, FragmentsToUsArePutTogether) {
  settle();
  routing.statics.insert("192.0.2.9");
  // kEcho with 16 bytes more, in two pieces.
  punt(PuntKind::kLocal, std::string(kToUs) +
                             "0800"
                             "4500002400072000"
                             "40010000"
                             "c0000209c0000201"
                             "0800f7fe00000000"
                             "0000000000000000");
  EXPECT_TRUE(run_ms().empty());
  punt(PuntKind::kLocal, std::string(kToUs) +
                             "0800"
                             "4500001c00070002"
                             "40010000"
                             "c0000209c0000201"
                             "0001000000000000");
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].substr(68),
            "0000fffe00000000"
            "0000000000000000"
            "0001000000000000");
  EXPECT_EQ(slow->stats().reassembled, 1U);
}

TEST_F(SlowPathTest, AnAnswerLargerThanTheMtuIsFragmented) {
  settle();
  routing.statics.insert("192.0.2.9");
  routing.info.mtu = 576;
  std::string echo =
      "0800"
      "450003fc00070000"
      "40010000"
      "c0000209c0000201"
      "0800f7ff00000000";
  for (int i = 0; i < 992; ++i) echo += "00";
  punt(PuntKind::kLocal, std::string(kToUs) + echo);
  const auto frames = run_ms();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].size(), 2U * (14 + 572));
  EXPECT_EQ(frames[0].substr(40, 4), "2000");
  EXPECT_EQ(frames[1].substr(40, 4), "0045");
}

TEST_F(SlowPathTest, OurAddressesAreProbedThenAnnounced) {
  const auto frames = run_ms(15000);
  EXPECT_EQ(count(frames,
                  "0806"
                  "0001080006040001020000000001"
                  "00000000"
                  "000000000000c0000201"),
            3U);
  EXPECT_EQ(count(frames,
                  "0806"
                  "0001080006040001020000000001"
                  "c0000201"
                  "000000000000c0000201"),
            2U);
  // DAD of both IPv6 addresses, from nobody, to their groups.
  EXPECT_EQ(count(frames,
                  "3333ff000001020000000001"
                  "86dd"
                  "6000000000183aff"),
            2U);
  EXPECT_EQ(slow->guard4().phase(test::kLink, test::v4("192.0.2.1")), AddressPhase::kPreferred);
}

TEST_F(SlowPathTest, ADuplicateAddressIsNotAnsweredFor) {
  run_ms(500);
  // Someone answers our probe.
  punt(PuntKind::kArp, std::string("020000000001020000000009") +
                           "0806"
                           "0001080006040002020000000009c000020102000000000100000000");
  run_ms();
  EXPECT_EQ(slow->guard4().duplicates(), 1U);
  punt(PuntKind::kArp, std::string(kToUs) + kArpRequest);
  EXPECT_FALSE(contains(run_ms(), kArpOurReply));
}

TEST_F(SlowPathTest, AnAddressInUseIsDefended) {
  settle();
  punt(PuntKind::kArp, std::string("ffffffffffff020000000009") +
                           "0806"
                           "0001080006040001020000000009c0000201000000000000c0000201");
  EXPECT_EQ(run_ms(), Frames{std::string(kToAll) +
                             "0806"
                             "0001080006040001020000000001c0000201000000000000c0000201"});
  EXPECT_EQ(slow->guard4().duplicates(), 0U);
  EXPECT_EQ(slow->guard4().conflicts(), 1U);
}

// An IPv6 echo request and a neighbour solicitation, for broken punts.
constexpr char kSolicit[] =
    "86dd"
    "6000000000203aff20010db800000000000000000000000220010db8000000000000000000000001"
    "8700ec720000000020010db80000000000000000000000010101020000000002";
constexpr char kEcho6[] =
    "86dd"
    "60000000000c3a4020010db800000000000000000000000220010db8000000000000000000000001"
    "800045720000000170696e67";

TEST_F(SlowPathTest, BrokenPuntsDoNoHarm) {
  settle();
  for (const PuntKind kind : {PuntKind::kArp, PuntKind::kNd, PuntKind::kLocal, PuntKind::kError,
                              PuntKind::kHold, PuntKind::kOriginated, PuntKind::kHeld}) {
    for (const char* frame : {kArpRequest, kEcho, kSolicit, kEcho6}) {
      const auto whole = std::string(kToUs) + frame;
      for (size_t n = 0; n < whole.size(); n += 2) {
        punt(kind, whole.substr(0, n), {.hop = kGleanHop, .reason = Verdict::kDropTtlExpired});
        run_ms();
      }
    }
  }
}

}  // namespace
}  // namespace dstfwd
