// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/classify.h"

#include <algorithm>
#include <memory>
#include <random>
#include <span>

#include "tests/fwd/mbufs.h"
#include "tests/fwd/reference.h"
#include "tests/fwd/rounds.h"

namespace dstfwd {
namespace {

using test::kOwnMac;
using test::Octets;

class ClassifyTest : public testing::Test {
 protected:
  ~ClassifyTest() override { clear(); }

  uint64_t run(const std::vector<rte_mbuf*>& packets) {
    return Classifier(link_).classify(packets.data(), static_cast<unsigned>(packets.size()), *out_,
                                      *disposal_);
  }
  void clear() {
    const auto free_all = [](auto& list) {
      rte_pktmbuf_free_bulk(list.packets.data(), list.count);
      list.count = 0;
    };
    free_all(out_->ipv4), free_all(out_->ipv6), free_all(out_->aside4), free_all(out_->aside6);
    disposal_->flush();
  }
  uint64_t ended() const {
    uint64_t sum = 0;
    for (const Counter& c : counters_->verdicts) sum += c.get();
    return sum;
  }
  uint64_t count(Verdict v) const { return counters_->verdict(v).get(); }

  test::MbufPool pool_{1023};
  LinkContext link_{kOwnMac, false, false};
  std::unique_ptr<LcoreCounters> counters_ = std::make_unique<LcoreCounters>();
  std::unique_ptr<Disposal> disposal_ = std::make_unique<Disposal>(*counters_);
  std::unique_ptr<Classified> out_ = std::make_unique<Classified>();
};

TEST_F(ClassifyTest, SortsABurstInOrderAndSumsItsBytes) {
  std::vector<rte_mbuf*> burst;
  uint64_t bytes = 0;
  const auto put = [&](const Octets& frame) {
    burst.push_back(pool_.make(frame));
    bytes += frame.size();
  };
  put(test::frame4({.sport = 1}));
  put(test::frame6());
  put(test::frame4({.ttl = 1}));
  put(test::ethernet(0x0806, Octets(28)));
  put(test::frame4({.sport = 2}));
  put(test::frame6({.hop_limit = 1}));
  EXPECT_EQ(run(burst), bytes);
  ASSERT_EQ(out_->ipv4.count, 2U);
  EXPECT_EQ(out_->ipv4.keys[0].ports.src.host(), 1);
  EXPECT_EQ(out_->ipv4.packets[0], burst[0]);
  EXPECT_EQ(out_->ipv4.keys[1].ports.src.host(), 2);
  EXPECT_EQ(out_->ipv4.packets[1], burst[4]);
  EXPECT_EQ(out_->ipv6.count, 1U);
  ASSERT_EQ(out_->aside4.count, 1U);
  EXPECT_EQ(out_->aside4.unless_local[0], Verdict::kDropTtlExpired);
  EXPECT_EQ(out_->aside4.destinations[0].value.host(), 0xc6120001U);
  EXPECT_EQ(out_->aside6.count, 1U);
  EXPECT_EQ(count(Verdict::kConsumeArp), 1U);
  EXPECT_EQ(ended(), 1U);
}

TEST_F(ClassifyTest, KeepsTheOrderOfEachFamilyInBurstsOfBothWithOddOnesAmongThem) {
  std::mt19937 random(8);
  for (int round = 0; round < 300; ++round) {
    std::vector<rte_mbuf*> burst, ipv4, ipv6;
    const unsigned ipv4_of_16 = random() % 17;
    const unsigned odd_of_16 = random() % 5;
    uint64_t bytes = 0;
    for (size_t i = 0; i < kMaxBurst; ++i) {
      const bool is_ipv4 = random() % 16 < ipv4_of_16;
      const uint8_t protocol = random() % 16 < odd_of_16 ? 47 : kProtoUdp;
      const Octets frame =
          is_ipv4 ? test::frame4({.protocol = protocol}) : test::frame6({.next = protocol});
      bytes += frame.size();
      burst.push_back(pool_.make(frame));
      (is_ipv4 ? ipv4 : ipv6).push_back(burst.back());
    }
    EXPECT_EQ(run(burst), bytes);
    const std::span taken4(out_->ipv4.packets.data(), out_->ipv4.count);
    const std::span taken6(out_->ipv6.packets.data(), out_->ipv6.count);
    EXPECT_TRUE(std::ranges::equal(taken4, ipv4));
    EXPECT_TRUE(std::ranges::equal(taken6, ipv6));
    rte_pktmbuf_free_bulk(burst.data(), static_cast<unsigned>(burst.size()));
    out_->ipv4.count = out_->ipv6.count = 0;
  }
}

TEST_F(ClassifyTest, CutsThePadding) {
  Octets frame = test::frame4();
  const size_t size = frame.size();
  frame.resize(size + 14, 0xee);
  run({pool_.make(frame), pool_.make(frame, {40, 62})});
  ASSERT_EQ(out_->ipv4.count, 2U);
  for (unsigned i = 0; i < 2; ++i) {
    EXPECT_EQ(out_->ipv4.packets[i]->pkt_len, size);
    test::expect_sound(out_->ipv4.packets[i]);
  }
}

TEST_F(ClassifyTest, TakesTheNicsWordForChecksumsOnlyWhereOffered) {
  Octets frame = test::frame4();
  frame[24] ^= 1U;
  for (bool offered : {false, true}) {
    link_.checksum_offload = offered;
    rte_mbuf* m = pool_.make(frame);
    m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    run({m});
    EXPECT_EQ(out_->ipv4.count, offered ? 1U : 0U);
    EXPECT_EQ(count(Verdict::kDropIpChecksum), 1U);
    clear();
  }
}

template <typename Family>
void expect_batch(const Batch<Family>& batch, const test::Judged& wanted, const Octets& bytes) {
  ASSERT_EQ(batch.count, 1U);
  const auto& key = batch.keys[0];
  EXPECT_EQ(static_cast<int>(key.kind), wanted.kind);
  EXPECT_EQ(key.protocol, wanted.protocol);
  EXPECT_EQ(key.ports.src.host(), wanted.sport);
  EXPECT_EQ(key.ports.dst.host(), wanted.dport);
  EXPECT_EQ(key.zero, 0);
  const size_t src = wanted.l3 + (wanted.version == 4 ? 12 : 8);
  EXPECT_EQ(0, memcmp(&key.src, &bytes[src], sizeof(key.src)));
  EXPECT_EQ(0, memcmp(&key.dst, &bytes[src + sizeof(key.src)], sizeof(key.dst)));
  EXPECT_EQ(batch.spans[0].length(), wanted.length);
  EXPECT_EQ(batch.spans[0].offset(), wanted.l3);
  Octets cut = bytes;
  cut.resize(wanted.l3 + wanted.length);
  EXPECT_EQ(test::bytes_of(batch.packets[0]), cut);
  test::expect_sound(batch.packets[0]);
}
template <typename Family>
void expect_aside(const Aside<Family>& aside, const test::Judged& wanted, const Octets& bytes) {
  ASSERT_EQ(aside.count, 1U);
  EXPECT_EQ(name(aside.unless_local[0]), name(wanted.unless_local));
  EXPECT_EQ(aside.l3_offsets[0], wanted.l3);
  const size_t dst = wanted.l3 + (wanted.version == 4 ? 16 : 24);
  EXPECT_EQ(0, memcmp(&aside.destinations[0], &bytes[dst], sizeof(aside.destinations[0])));
}

// The short way of plain packets and the full checks must come to what the reference says.
TEST_F(ClassifyTest, AgreesWithTheReferenceOnRandomFramesInRandomSegments) {
  std::mt19937 random(21);
  const unsigned rounds = test::rounds(300000);
  for (unsigned round = 0; round < rounds; ++round) {
    const Octets bytes = test::random_frame(random);
    const test::Judged wanted = test::judge(bytes, kOwnMac);
    const uint64_t before = ended();
    run({random() % 2 == 0 ? pool_.make(bytes) : pool_.make_chained(bytes, random)});
    if (wanted.verdict != Verdict::kForward) {
      EXPECT_EQ(ended(), before + 1);
      EXPECT_EQ(out_->ipv4.count + out_->ipv6.count + out_->aside4.count + out_->aside6.count, 0U);
    } else if (wanted.unless_local == Verdict::kForward) {
      if (wanted.version == 4) expect_batch(out_->ipv4, wanted, bytes);
      if (wanted.version == 6) expect_batch(out_->ipv6, wanted, bytes);
    } else {
      if (wanted.version == 4) expect_aside(out_->aside4, wanted, bytes);
      if (wanted.version == 6) expect_aside(out_->aside6, wanted, bytes);
    }
    clear();
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

// Every single bit of a plain packet's headers.
TEST_F(ClassifyTest, AgreesWithTheReferenceOnEverySingleBit) {
  for (const Octets& good : {test::frame4({.protocol = 6}), test::frame6()}) {
    for (size_t bit = 0; bit < 60 * 8; ++bit) {
      Octets bytes = good;
      bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
      if (bit >= 14 * 8 && bytes[12] == 8 && (bytes[14] & 15U) >= 5) {
        if (14 + (bytes[14] & 15U) * 4U <= bytes.size()) test::fix4(bytes, 14);
      }
      const test::Judged wanted = test::judge(bytes, kOwnMac);
      run({pool_.make(bytes)});
      const unsigned plain = out_->ipv4.count + out_->ipv6.count;
      const bool routed = wanted.verdict == Verdict::kForward;
      EXPECT_EQ(plain, routed && wanted.unless_local == Verdict::kForward ? 1U : 0U) << bit;
      EXPECT_EQ(plain + out_->aside4.count + out_->aside6.count, routed ? 1U : 0U) << bit;
      if (plain == 1 && wanted.version == 4) expect_batch(out_->ipv4, wanted, bytes);
      if (plain == 1 && wanted.version == 6) expect_batch(out_->ipv6, wanted, bytes);
      clear();
    }
  }
}

}  // namespace
}  // namespace dstfwd
