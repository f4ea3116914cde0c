// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/plain_ipv4.h"

#include <memory>

#include "fwd/classify.h"
#include "fwd/cpu_flags.h"
#include "tests/fwd/mbufs.h"
#include "tests/fwd/packets.h"
#include "tests/fwd/rounds.h"

namespace dstfwd {
namespace {

using test::kOwnMac;
using test::Octets;

// A frame as it comes: its bytes, where it is cut, what the NIC says.
struct Arrival {
  Octets bytes;
  std::vector<size_t> cuts = {};
  uint64_t flags = 0;
};

// What classify makes of a burst.
struct Outcome {
  struct Routed {
    Octets key;
    Octets frame;
    uint32_t span;
    size_t at;  // in the burst
    friend bool operator==(const Routed&, const Routed&) = default;
  };
  std::vector<Routed> ipv4;
  std::vector<Routed> ipv6;
  std::vector<size_t> aside;
  std::vector<uint64_t> verdicts;
  uint64_t bytes = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

class PlainIpv4Test : public testing::TestWithParam<PlainKernel> {
 protected:
  void SetUp() override {
    if (!cpu_has(RTE_CPUFLAG_AVX2)) GTEST_SKIP() << "this CPU has no AVX2";
  }

  std::vector<rte_mbuf*> receive(const std::vector<Arrival>& burst) const {
    std::vector<rte_mbuf*> packets;
    for (const Arrival& a : burst) {
      packets.push_back(pool_.make(a.bytes, a.cuts));
      packets.back()->ol_flags |= a.flags;
    }
    return packets;
  }

  template <typename Family>
  static std::vector<Outcome::Routed> routed(Batch<Family>& batch,
                                             const std::vector<rte_mbuf*>& packets) {
    std::vector<Outcome::Routed> all;
    for (unsigned i = 0; i < batch.count; ++i) {
      rte_mbuf* m = batch.packets[i];
      const auto* key = reinterpret_cast<const uint8_t*>(&batch.keys[i]);
      const auto at = std::ranges::find(packets, m) - packets.begin();
      test::expect_sound(m);
      all.push_back({Octets(key, key + sizeof(batch.keys[i])), test::bytes_of(m),
                     batch.spans[i].word(), static_cast<size_t>(at)});
    }
    rte_pktmbuf_free_bulk(batch.packets.data(), batch.count);
    return all;
  }

  Outcome classify(PlainKernel wide, const std::vector<Arrival>& burst, bool offload) const {
    const std::vector<rte_mbuf*> packets = receive(burst);
    LcoreCounters counters;
    Disposal disposal(counters);
    const auto out = std::make_unique<Classified>();
    Outcome result;
    result.bytes =
        Classifier({kOwnMac, false, offload}, wide)
            .classify(packets.data(), static_cast<unsigned>(packets.size()), *out, disposal);
    result.ipv4 = routed(out->ipv4, packets);
    result.ipv6 = routed(out->ipv6, packets);
    const auto take_aside = [&](const auto& aside) {
      for (unsigned i = 0; i < aside.count; ++i) result.aside.push_back(aside.l3_offsets[i]);
      rte_pktmbuf_free_bulk(const_cast<rte_mbuf**>(aside.packets.data()), aside.count);
    };
    take_aside(out->aside4), take_aside(out->aside6);
    for (const Counter& c : counters.verdicts) result.verdicts.push_back(c.get());
    disposal.flush();
    return result;
  }
  void expect_agreement(const std::vector<Arrival>& burst, bool offload = false) const {
    EXPECT_EQ(classify(GetParam(), burst, offload), classify(nullptr, burst, offload));
  }

  // Plain frames, no two alike.
  static std::vector<Arrival> plain(size_t count) {
    std::vector<Arrival> burst;
    for (size_t i = 0; i < count; ++i) {
      const auto n = static_cast<uint32_t>(i);
      burst.push_back({test::frame4({.src = 0x0a010203 + (n << 16U),
                                     .dst = 0xdf0000ffU - n,
                                     .protocol = static_cast<uint8_t>(n % 2 == 0 ? 6 : 17),
                                     .sport = static_cast<uint16_t>(1000 + n),
                                     .ttl = static_cast<uint8_t>(2 + 11 * n % 250),
                                     .tos = static_cast<uint8_t>(n),
                                     .id = 65000 + 50 * n,
                                     .payload = 18 + i * i % 1000})});
    }
    return burst;
  }

  test::MbufPool pool_{511};
};
INSTANTIATE_TEST_SUITE_P(Kernels, PlainIpv4Test, testing::Values(take_plain_ipv4_avx2),
                         [](const auto&) { return "Avx2"; });

TEST_P(PlainIpv4Test, TakesWholeGroupsOfPlainFramesBehindWhatIsThere) {
  const std::vector<Arrival> burst = plain(23);
  const std::vector<rte_mbuf*> packets = receive(burst);
  const PlainFront front(kOwnMac, kEtherTypeIpv4, 0x45, 0xff);
  const auto out = std::make_unique<Batch<Ipv4>>();
  out->count = 3;
  uint64_t bytes = 1;
  EXPECT_EQ(GetParam()(front, false, packets.data(), packets.size(), *out, bytes), 16U);
  EXPECT_EQ(out->count, 19U);
  for (size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(out->packets[3 + i], packets[i]);
    EXPECT_EQ(out->keys[3 + i].ports.src.host(), 1000 + i);
    EXPECT_EQ(out->spans[3 + i].length(), burst[i].bytes.size() - 14);
    bytes -= burst[i].bytes.size();
  }
  EXPECT_EQ(bytes, 1U);
  for (rte_mbuf* m : packets) rte_pktmbuf_free(m);
}

TEST_P(PlainIpv4Test, AgreesWithEachByItselfOnPlainBurstsOfAnySize) {
  for (size_t count = 1; count <= kMaxBurst; ++count) {
    expect_agreement(plain(count));
    EXPECT_EQ(classify(GetParam(), plain(count), false).ipv4.size(), count);
  }
}

// At any place in a group; with the checksum wrong, and made right again.
TEST_P(PlainIpv4Test, AgreesWithEachByItselfOnEverySingleBit) {
  for (size_t bit = 0; bit < 42 * 8; ++bit) {
    for (const bool fixed : {false, true}) {
      std::vector<Arrival> burst = plain(16);
      Octets& bytes = burst[bit % 8 + bit / 8 % 2 * 8].bytes;
      bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
      if (fixed && (bytes[14] & 15U) == 5) test::fix4(bytes, 14);
      expect_agreement(burst);
    }
    ASSERT_FALSE(HasFailure()) << "bit " << bit;
  }
}

TEST_P(PlainIpv4Test, AgreesWithEachByItselfOnEveryValueOfWhatIsLookedAt) {
  constexpr size_t kLooked[] = {16, 17, 20, 21, 22, 23, 26, 30};  // length to destination
  for (const size_t at : kLooked) {
    for (unsigned value = 0; value < 256; ++value) {
      std::vector<Arrival> burst = plain(8);
      Octets& bytes = burst[value % 8].bytes;
      bytes[at] = static_cast<uint8_t>(value);
      test::fix4(bytes, 14);
      expect_agreement(burst);
      if (at < 26) continue;
      bytes[at + 1] = 254;  // behind 169: link-local
      test::fix4(bytes, 14);
      expect_agreement(burst);
    }
    ASSERT_FALSE(HasFailure()) << "byte " << at;
  }
}

// Right ones and wrong ones.
TEST_P(PlainIpv4Test, AgreesWithEachByItselfOnChecksumsOfAllSizes) {
  for (unsigned sum = 0; sum < 65536; sum += 7) {
    std::vector<Arrival> burst = plain(8);
    for (size_t i = 0; i < burst.size(); ++i) {
      test::put16(burst[i].bytes, 18, (sum * 8 + i * 0x2001) % 65536);  // identification
      test::fix4(burst[i].bytes, 14);
    }
    if (sum % 2 == 0) test::put16(burst[sum / 2 % 8].bytes, 24, sum);
    expect_agreement(burst);
    ASSERT_FALSE(HasFailure()) << sum;
  }
}

TEST_P(PlainIpv4Test, AgreesWithEachByItselfOnRandomBursts) {
  constexpr uint64_t kFlags[] = {RTE_MBUF_F_RX_IP_CKSUM_GOOD, RTE_MBUF_F_RX_IP_CKSUM_BAD,
                                 RTE_MBUF_F_RX_IP_CKSUM_NONE, RTE_MBUF_F_RX_VLAN_STRIPPED};
  std::mt19937 random(7);
  const unsigned rounds = test::rounds(20000);
  for (unsigned round = 0; round < rounds; ++round) {
    std::vector<Arrival> burst = plain(1 + random() % 40);
    const bool all_good = random() % 4 == 0;
    for (Arrival& a : burst) {
      if (all_good) a.flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
      if (random() % 16 != 0) continue;
      const unsigned kind = random() % 6;
      if (kind == 0) a.bytes = test::random_frame(random);
      if (kind == 1) a.bytes.resize(a.bytes.size() + 1 + random() % 20, 0xee);  // padding
      if (kind == 2) a.bytes.resize(1 + random() % a.bytes.size());
      if (kind == 3) a.cuts = {1 + random() % a.bytes.size()};
      if (kind == 4) {
        a.flags = kFlags[random() % 4];
        a.bytes[24] ^= static_cast<uint8_t>(random() % 2);
      }
      if (kind == 5) a.bytes[14 + random() % 20] = static_cast<uint8_t>(random());
    }
    expect_agreement(burst, random() % 2 == 0);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace dstfwd
