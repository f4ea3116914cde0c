// SPDX-License-Identifier: BSD-3-Clause
#include "app/gen/frame_builder.h"

#include <gtest/gtest.h>

#include "fwd/checksum.h"
#include "tests/fwd/mbufs.h"

namespace dstfwd::gen {
namespace {

constexpr uint32_t kTrial = 0xdeadbeef;

FlowPlan plan_of(uint32_t flows, unsigned ipv6_percent) {
  return FlowPlan({flows,
                   0,
                   ipv6_percent,
                   {{Be32::from_host(0xc6120000)}, 256},
                   {{Be32::from_host(0xc6130000)}, 256},
                   {{{0x20, 0x01, 0, 2, 0, 0, 0, 1}}, 256},
                   {{{0x20, 0x01, 0, 2, 0, 0, 0, 2}}, 256}});
}

FrameConfig frame_config(std::optional<uint16_t> vlan = std::nullopt) {
  FrameConfig config;
  config.source_mac = {{2, 0, 0, 0, 0, 9}};
  config.destination_mac = {{2, 0, 0, 0, 0, 1}};
  config.vlan = vlan;
  config.trial = kTrial;
  return config;
}

class FrameBuilderTest : public testing::Test {
 protected:
  // Zeroed, as the program's pool.
  rte_mbuf* blank() {
    rte_mbuf* m = rte_pktmbuf_alloc(pool.get());
    std::memset(rte_pktmbuf_mtod(m, void*), 0, rte_pktmbuf_tailroom(m));
    return m;
  }
  test::Octets build(const FrameBuilder& builder, uint64_t k, uint64_t tsc = 12345) {
    rte_mbuf* m = blank();
    builder.build(m, k, tsc);
    test::expect_sound(m);
    const auto payload = read_payload(m, kTrial);
    EXPECT_TRUE(payload);
    if (payload) {
      EXPECT_EQ(payload->sequence(), k);
      EXPECT_EQ(payload->age_ticks(tsc + 777), 777U);
    }
    EXPECT_FALSE(read_payload(m, kTrial + 1));
    const test::Octets bytes = test::bytes_of(m);
    rte_pktmbuf_free(m);
    return bytes;
  }
  test::MbufPool pool{255};
};

template <typename T>
T at(const test::Octets& bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

TEST_F(FrameBuilderTest, AnIpv4FrameHasTheSizeAskedAndRightChecksum) {
  for (const char* size : {"64", "65", "128", "1518"}) {
    const SizeMix sizes = *SizeMix::parse(size);
    const FrameBuilder builder(frame_config(), plan_of(10, 0), sizes);
    const test::Octets frame = build(builder, 7);
    EXPECT_EQ(frame.size() + 4, sizes.largest());
    EXPECT_EQ(at<EthHeader>(frame, 0).ether_type.host(), kEtherTypeIpv4);
    const auto ip = at<Ipv4Header>(frame, 14);
    EXPECT_EQ(ip.total_length.host(), frame.size() - 14);
    EXPECT_EQ(internet_checksum({frame.data() + 14, 20}).raw, 0);
    EXPECT_EQ(ip.dst.value.host(), 0xc6130007U);
    EXPECT_EQ(at<Be16>(frame, 14 + 20 + 4).host(), frame.size() - 34);  // UDP length
    EXPECT_EQ(at<Be16>(frame, 14 + 20 + 6).raw, 0);                     // no UDP checksum
  }
}

TEST_F(FrameBuilderTest, AnIpv6FrameHasARightUdpChecksumAtEverySize) {
  for (const char* size : {"64", "84", "85", "594", "1518"}) {
    const SizeMix sizes = *SizeMix::parse(size);
    const FrameBuilder builder(frame_config(), plan_of(100, 100), sizes);
    for (uint64_t k : {uint64_t{0}, uint64_t{99}, uint64_t{123456789012}}) {
      const test::Octets frame = build(builder, k, k * 977);
      EXPECT_EQ(frame.size() + 4, std::max<size_t>(sizes.largest(), 84));
      const auto ip = at<Ipv6Header>(frame, 14);
      EXPECT_EQ(ip.payload_length.host(), frame.size() - 54);
      EXPECT_EQ(
          transport_checksum(ip.src, ip.dst, kProtoUdp, {frame.data() + 54, frame.size() - 54}).raw,
          0);
      EXPECT_NE(at<Be16>(frame, 54 + 6).raw, 0);
    }
  }
}

TEST_F(FrameBuilderTest, AVlanTagComesBetween) {
  const FrameBuilder builder(frame_config(42), plan_of(1, 0), *SizeMix::parse("68"));
  const test::Octets frame = build(builder, 0);
  EXPECT_EQ(at<EthHeader>(frame, 0).ether_type.host(), kEtherTypeVlan);
  EXPECT_EQ(at<VlanHeader>(frame, 14).tci.host(), 42);
  EXPECT_EQ(frame.size(), 64U);
}

TEST_F(FrameBuilderTest, SizesOfAMixReachEveryFlow) {
  const FlowPlan plan = plan_of(12, 0);  // as long as the mix's pattern
  const FrameBuilder builder(frame_config(), plan, *SizeMix::parse("imix"));
  std::map<uint32_t, std::set<size_t>> sizes;
  for (uint64_t k = 0; k < 12 * 12; ++k) sizes[plan.slot(k)].insert(build(builder, k).size());
  for (const auto& [slot, seen] : sizes) EXPECT_EQ(seen.size(), 3U) << slot;
}

TEST_F(FrameBuilderTest, APayloadIsReadWhereverSegmentsEnd) {
  for (const unsigned ipv6 : {0U, 100U}) {
    const FrameBuilder builder(frame_config(7), plan_of(1, ipv6), *SizeMix::parse("128"));
    const test::Octets frame = build(builder, 3);
    for (size_t cut = 0; cut <= frame.size(); ++cut) {
      rte_mbuf* m = pool.make(frame, {cut});
      const auto payload = read_payload(m, kTrial);
      ASSERT_TRUE(payload) << cut;
      EXPECT_EQ(payload->sequence(), 3U);
      rte_pktmbuf_free(m);
    }
  }
}

TEST_F(FrameBuilderTest, AFrameThatIsNoTestFrameHasNoPayload) {
  const FrameBuilder builder(frame_config(), plan_of(1, 0), *SizeMix::parse("64"));
  const test::Octets frame = build(builder, 3);
  for (size_t length = 0; length < frame.size(); ++length) {
    rte_mbuf* m = pool.make(test::Octets(frame.begin(), frame.begin() + static_cast<long>(length)));
    EXPECT_FALSE(read_payload(m, kTrial)) << length;
    rte_pktmbuf_free(m);
  }
  test::Octets other = frame;
  other[23] = kProtoTcp;
  rte_mbuf* m = pool.make(other);
  EXPECT_FALSE(read_payload(m, kTrial));
  rte_pktmbuf_free(m);
}

TEST(Payload, AgeSurvivesTheWrapOf48Bits) {
  const uint64_t top = (uint64_t{1} << 48U) - 100;
  const Payload payload = Payload::make(1, 2, top);
  EXPECT_EQ(payload.age_ticks(top + 500), 500U);
  EXPECT_EQ(payload.age_ticks(top - 1), 0U);  // of the future
}

}  // namespace
}  // namespace dstfwd::gen
