// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fragment.h"

#include <map>

#include "fwd/headers.h"
#include "fwd/wire.h"
#include "tests/fwd/eal.h"
#include "tests/fwd/hex.h"

namespace dstfwd {
namespace {

using test::bytes_of;
using test::from_hex;
using test::make_packet;
using test::slow_checksum;

constexpr char kLink[] =
    "020000000101020000000001"
    "8100"
    "0064"
    "0800";  // with an 802.1Q tag
constexpr uint16_t kLinkBytes = 18;

struct FragmentTest : ::testing::Test {
  rte_mempool* frames = rte_pktmbuf_pool_create("frames", 127, 0, 0, 4096, SOCKET_ID_ANY);
  FragmentPools pools{rte_pktmbuf_pool_create("headers", 127, 0, 0, 256, SOCKET_ID_ANY),
                      rte_pktmbuf_pool_create("payload", 255, 0, 0, 0, SOCKET_ID_ANY)};
  std::array<rte_mbuf*, kMaxFragments> out{};

  ~FragmentTest() override {
    for (rte_mempool* pool : {frames, pools.headers, pools.payload}) {
      EXPECT_EQ(rte_mempool_in_use_count(pool), 0U) << "lost mbufs in " << pool->name;
      rte_mempool_free(pool);
    }
  }

  static std::vector<uint8_t> frame(size_t payload, const char* options = "",
                                    uint16_t fragment = 0) {
    auto bytes = from_hex(std::string(kLink) +
                          "45b8000012340000"
                          "09110000"
                          "c0000202c6120001" +
                          options);
    const size_t header = bytes.size() - kLinkBytes;
    bytes[kLinkBytes] = static_cast<uint8_t>(0x40 | header / 4);
    bytes[kLinkBytes + 2] = static_cast<uint8_t>((header + payload) >> 8U);
    bytes[kLinkBytes + 3] = static_cast<uint8_t>(header + payload);
    bytes[kLinkBytes + 6] = static_cast<uint8_t>(fragment >> 8U);
    bytes[kLinkBytes + 7] = static_cast<uint8_t>(fragment);
    const uint16_t sum = slow_checksum(std::span(bytes).subspan(kLinkBytes));
    bytes[kLinkBytes + 10] = static_cast<uint8_t>(sum >> 8U);
    bytes[kLinkBytes + 11] = static_cast<uint8_t>(sum);
    for (size_t i = 0; i < payload; ++i) bytes.push_back(static_cast<uint8_t>(i * 7 + i / 256));
    return bytes;
  }

  // Checks every piece and puts the payload together again, by a slow reading of RFC 791.
  std::vector<uint8_t> reassembled(unsigned count, const std::vector<uint8_t>& whole,
                                   uint16_t mtu) {
    std::map<size_t, std::vector<uint8_t>> pieces;
    for (unsigned i = 0; i < count; ++i) {
      const auto bytes = bytes_of(out[i]);
      EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + kLinkBytes, whole.begin()));
      const std::span packet = std::span(bytes).subspan(kLinkBytes);
      EXPECT_LE(packet.size(), mtu);
      Ipv4Header ip;
      EXPECT_TRUE(read_at(packet, 0, ip));
      const size_t header = size_t{ip.version_ihl & 0xfU} * 4;
      EXPECT_EQ(slow_checksum(packet.first(header)), 0);
      EXPECT_EQ(ip.total_length.host(), packet.size());
      EXPECT_EQ(ip.id.host(), 0x1234);
      EXPECT_EQ(ip.tos, 0xb8);
      EXPECT_EQ(ip.ttl, 9);
      const bool more = (ip.fragment.host() & kIpv4MoreFragments) != 0;
      EXPECT_EQ(more, i + 1 < count) << i;
      EXPECT_TRUE(!more || (packet.size() - header) % 8 == 0);
      const auto data = packet.subspan(header);
      const unsigned offset = ip.fragment.host() & kIpv4OffsetMask;
      pieces[size_t{offset} * 8].assign(data.begin(), data.end());
      rte_pktmbuf_free(out[i]);
    }
    std::vector<uint8_t> payload;
    for (const auto& [offset, data] : pieces) {
      EXPECT_EQ(offset, payload.size());
      payload.insert(payload.end(), data.begin(), data.end());
    }
    return payload;
  }
};

TEST_F(FragmentTest, PiecesMakeThePacketAgain) {
  for (const uint16_t mtu : {uint16_t{68}, uint16_t{576}, uint16_t{1399}, uint16_t{1500}}) {
    const auto bytes = frame(mtu == 68 ? 500 : 3000);
    const unsigned count = fragment_ipv4(make_packet(frames, bytes), kLinkBytes, mtu, pools, out);
    EXPECT_EQ(count, (bytes.size() - 38 + (mtu - 20) / 8 * 8 - 1) / ((mtu - 20) / 8 * 8)) << mtu;
    const auto payload = reassembled(count, bytes, mtu);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), bytes.begin() + 38, bytes.end()));
  }
}

TEST_F(FragmentTest, ChainedFramesAreSplitAsWell) {
  const auto bytes = frame(3000);
  const unsigned count =
      fragment_ipv4(make_packet(frames, bytes, 700), kLinkBytes, 1500, pools, out);
  EXPECT_EQ(count, 3U);
  const auto payload = reassembled(count, bytes, 1500);
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), bytes.begin() + 38, bytes.end()));
}

TEST_F(FragmentTest, OnlyOptionsThatMustBeCopiedAreCopied) {
  // No-ops are not copied; router alert (148, copied flag set) is.
  const auto bytes = frame(2000,
                           "01010101"
                           "94040000");
  const unsigned count = fragment_ipv4(make_packet(frames, bytes), kLinkBytes, 1500, pools, out);
  ASSERT_EQ(count, 2U);
  EXPECT_EQ(bytes_of(out[0])[kLinkBytes], 0x47);
  const auto second = bytes_of(out[1]);
  EXPECT_EQ(second[kLinkBytes], 0x46);
  EXPECT_EQ(second[kLinkBytes + 20], 0x94);
  const auto payload = reassembled(count, bytes, 1500);
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), bytes.begin() + 46, bytes.end()));
}

TEST_F(FragmentTest, Ipv6PiecesMakeThePacketAgain) {
  auto bytes = from_hex(
      "020000000101020000000001"
      "86dd"
      "6b80004d0bb83a40"
      "20010db8000000000000000000000002"
      "20010db8000000000000000000000001");
  for (size_t i = 0; i < 3000; ++i) bytes.push_back(static_cast<uint8_t>(i * 7 + i / 256));
  const unsigned count =
      fragment_ipv6(make_packet(frames, bytes, 900), 14, 1500, 0xabcd1234, pools, out);
  ASSERT_EQ(count, 3U);
  std::vector<uint8_t> payload;
  for (unsigned i = 0; i < count; ++i) {
    const auto piece = bytes_of(out[i]);
    rte_pktmbuf_free(out[i]);
    EXPECT_LE(piece.size(), 1514U);
    EXPECT_TRUE(std::equal(piece.begin(), piece.begin() + 18, bytes.begin())) << "up to the label";
    EXPECT_EQ(size_t{piece[18]} * 256 + piece[19], piece.size() - 54);
    EXPECT_EQ(piece[20], 44);
    EXPECT_EQ(test::to_hex(std::span(piece).subspan(22, 32)),
              test::to_hex(std::span(bytes).subspan(22, 32)));
    EXPECT_EQ(piece[54], 58);
    const size_t field = size_t{piece[56]} * 256 + piece[57];
    EXPECT_EQ(field & 1U, i + 1 < count ? 1U : 0U);
    EXPECT_EQ(field & ~size_t{7}, payload.size());
    EXPECT_EQ(test::to_hex(std::span(piece).subspan(58, 4)), "abcd1234");
    payload.insert(payload.end(), piece.begin() + 62, piece.end());
  }
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), bytes.begin() + 54, bytes.end()));
}

TEST_F(FragmentTest, APacketWithDfOrWithoutRoomIsLeftAsItWas) {
  const auto whole = frame(3000, "", kIpv4DontFragment);
  rte_mbuf* packet = make_packet(frames, whole);
  EXPECT_EQ(fragment_ipv4(packet, kLinkBytes, 1500, pools, out), 0U);
  EXPECT_EQ(bytes_of(packet), whole);
  rte_pktmbuf_free(packet);

  const auto bytes = frame(3000);
  packet = make_packet(frames, bytes);
  EXPECT_EQ(fragment_ipv4(packet, kLinkBytes, 60, pools, out), 0U) << "MTU below 68";
  EXPECT_EQ(fragment_ipv4(packet, kLinkBytes, 68, pools, std::span(out).first(4)), 0U);
  EXPECT_EQ(bytes_of(packet), bytes);
  rte_pktmbuf_free(packet);
}

TEST_F(FragmentTest, WithoutMbufsNothingIsLost) {
  std::vector<rte_mbuf*> taken;
  while (rte_mbuf* m = rte_pktmbuf_alloc(pools.headers)) taken.push_back(m);
  rte_pktmbuf_free(taken.back());
  taken.pop_back();
  const auto bytes = frame(3000);
  rte_mbuf* packet = make_packet(frames, bytes);
  EXPECT_EQ(fragment_ipv4(packet, kLinkBytes, 1500, pools, out), 0U) << "one mbuf for three";
  EXPECT_EQ(bytes_of(packet), bytes);
  rte_pktmbuf_free(packet);
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
}

}  // namespace
}  // namespace dstfwd
