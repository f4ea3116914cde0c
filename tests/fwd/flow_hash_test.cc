// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/flow_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace dstfwd {
namespace {

KeyedHash::Secret secret(unsigned seed) {
  std::mt19937 random(seed);
  KeyedHash::Secret s;
  for (uint8_t& byte : s) byte = static_cast<uint8_t>(random());
  return s;
}

FlowKey4 key4(uint32_t n) {
  return {FlowKind::kWhole,
          kProtoUdp,
          0,
          {Be32::from_host(0x0a000000U + n)},
          {Be32::from_host(0xc6120001U)},
          {Be16::from_host(7), Be16::from_host(9)}};
}
FlowKey6 key6(uint32_t n) {
  FlowKey6 key{};
  key.src.bytes[12] = static_cast<uint8_t>(n >> 24U);
  key.src.bytes[13] = static_cast<uint8_t>(n >> 16U);
  key.src.bytes[14] = static_cast<uint8_t>(n >> 8U);
  key.src.bytes[15] = static_cast<uint8_t>(n);
  key.protocol = kProtoTcp;
  return key;
}

std::vector<HashKernel> kernels() {
  std::vector<HashKernel> all = {HashKernel::kSipHash};
  for (HashKernel kernel : {HashKernel::kAes, HashKernel::kVaes}) {
    if (KeyedHash::supported(kernel)) all.push_back(kernel);
  }
  return all;
}

TEST(SipHash, GivesTheReferenceImplementationsVectors) {
  // Aumasson and Bernstein, appendix A (15 bytes), and vectors.h of their code (0, 1, 8 bytes).
  std::array<uint8_t, 16> key;
  std::array<uint8_t, 15> data;
  for (uint8_t i = 0; i < 16; ++i) key[i] = i;
  for (uint8_t i = 0; i < 15; ++i) data[i] = i;
  const std::span<const uint8_t> all(data);
  EXPECT_EQ(siphash24(key, all), 0xa129ca6149be45e5U);
  EXPECT_EQ(siphash24(key, all.first(0)), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(siphash24(key, all.first(1)), 0x74f839c593dc67fdU);
  EXPECT_EQ(siphash24(key, all.first(8)), 0x93f5f5799a932462U);
}

TEST(KeyedHash, OneKeyAndABurstOfKeysHashAlike) {
  for (HashKernel kernel : kernels()) {
    const KeyedHash hash(secret(1), kernel);
    std::vector<FlowKey4> four;
    std::vector<FlowKey6> six;
    for (uint32_t n = 0; n < 33; ++n) four.push_back(key4(n)), six.push_back(key6(n));
    std::vector<FlowHash> out4(33);
    std::vector<FlowHash> out6(33);
    hash.hash(std::span<const FlowKey4>(four), out4.data());
    hash.hash(std::span<const FlowKey6>(six), out6.data());
    for (uint32_t n = 0; n < 33; ++n) {
      EXPECT_EQ(out4[n], hash(four[n]));
      EXPECT_EQ(out6[n], hash(six[n]));
    }
  }
}

TEST(KeyedHash, EveryByteOfAKeyCounts) {
  for (HashKernel kernel : kernels()) {
    const KeyedHash hash(secret(2), kernel);
    for (size_t i = 0; i < sizeof(FlowKey4); ++i) {
      auto bytes = std::bit_cast<std::array<uint8_t, sizeof(FlowKey4)>>(key4(5));
      bytes[i] ^= 1U;
      EXPECT_NE(hash(std::bit_cast<FlowKey4>(bytes)), hash(key4(5))) << i;
    }
    for (size_t i = 0; i < sizeof(FlowKey6); ++i) {
      auto bytes = std::bit_cast<std::array<uint8_t, sizeof(FlowKey6)>>(key6(5));
      bytes[i] ^= 0x80U;
      EXPECT_NE(hash(std::bit_cast<FlowKey6>(bytes)), hash(key6(5))) << i;
    }
  }
}

TEST(KeyedHash, BothAesKernelsComputeTheSameOfAnyNumberOfKeys) {
  if (!KeyedHash::supported(HashKernel::kVaes)) GTEST_SKIP() << "not on this CPU";
  const KeyedHash one(secret(7), HashKernel::kAes);
  const KeyedHash four(secret(7), HashKernel::kVaes);
  EXPECT_EQ(one(key6(3)), four(key6(3)));
  std::vector<FlowKey4> keys;
  for (uint32_t n = 0; n <= 70; ++n) {
    std::vector<FlowHash> wanted(n + 1);
    std::vector<FlowHash> got(n + 1);
    const FlowHash untouched{1, 2, 3, 4};
    wanted[n] = got[n] = untouched;
    one.hash(keys, wanted.data());
    four.hash(keys, got.data());
    EXPECT_EQ(got, wanted) << n;
    keys.push_back(key4(n * 77));
  }
}

TEST(KeyedHash, EveryByteOfTheSecretThatIsUsedCounts) {
  for (HashKernel kernel : kernels()) {
    const size_t used = kernel == HashKernel::kSipHash ? 32 : 80;
    const FlowHash before = KeyedHash(secret(3), kernel)(key4(1));
    for (size_t i = 0; i < used; ++i) {
      KeyedHash::Secret other = secret(3);
      other[i] ^= 4U;  // bit 1 of the tag's upper half is fixed
      EXPECT_NE(KeyedHash(other, kernel)(key4(1)), before) << i;
    }
  }
}

TEST(KeyedHash, TwoRandomSecretsDiffer) {
  const Result<KeyedHash> a = KeyedHash::random();
  const Result<KeyedHash> b = KeyedHash::random();
  ASSERT_TRUE(a && b);
  EXPECT_NE((*a)(key4(1)), (*b)(key4(1)));
}

// A difference of keys that collides under one secret must not do so under others: what a linear
// hash, whatever its seed, cannot offer.
TEST(KeyedHash, DifferencesDoNotCollideUnderAllSecrets) {
  for (HashKernel kernel : kernels()) {
    std::set<uint32_t> differences;
    for (unsigned s = 0; s < 64; ++s) {
      const KeyedHash hash(secret(100 + s), kernel);
      differences.insert(hash(key4(1)).primary ^ hash(key4(2)).primary);
    }
    EXPECT_GE(differences.size(), 63U);
  }
}

// Chi-squared over 256 cells for sequential keys: 255 +- 6 standard deviations (22.6 each).
// Who knows the code, but not the secret, can only make collisions for a secret of his own.
TEST(KeyedHash, KeysChosenToCollideUnderAnotherSecretCollideNoMoreThanRandomOnes) {
  constexpr uint32_t kBuckets = 1024;
  constexpr size_t kChosen = 2048;  // two a bucket
  const auto bucket = [](uint32_t part) { return (uint64_t{part} * kBuckets) >> 32U; };
  for (HashKernel kernel : kernels()) {
    const KeyedHash attackers(secret(1), kernel);
    std::vector<FlowKey4> chosen;
    for (uint32_t n = 0; chosen.size() < kChosen; ++n) {
      const FlowHash h = attackers(key4(n));
      if (bucket(h.primary) < 16 && bucket(h.secondary) < 64) chosen.push_back(key4(n));
    }
    for (unsigned victims = 2; victims < 10; ++victims) {
      const KeyedHash hash(secret(victims), kernel);
      std::array<std::array<uint32_t, kBuckets>, 2> load{};
      for (const FlowKey4& key : chosen) {
        ++load[0][bucket(hash(key).primary)];
        ++load[1][bucket(hash(key).secondary)];
      }
      // Of a Poisson distribution of mean 2, 14 or more is seen once in 10^8.
      for (const auto& part : load) EXPECT_LT(*std::ranges::max_element(part), 14U) << victims;
    }
  }
}

TEST(KeyedHash, SequentialKeysSpreadEvenlyInEachPart) {
  constexpr uint32_t kKeys = 1U << 17U;
  for (HashKernel kernel : kernels()) {
    const KeyedHash hash(secret(4), kernel);
    std::array<std::array<uint32_t, 256>, 4> cells{};
    for (uint32_t n = 0; n < kKeys; ++n) {
      const FlowHash h = hash(key4(n));
      EXPECT_NE(h.tag, 0U);
      ++cells[0][h.tag >> 23U & 255U], ++cells[1][h.primary >> 24U];
      ++cells[2][h.secondary >> 24U], ++cells[3][h.spread >> 24U];
    }
    for (const auto& part : cells) {
      double chi = 0;
      for (uint32_t count : part) {
        const double off = count - kKeys / 256.0;
        chi += off * off / (kKeys / 256.0);
      }
      EXPECT_LT(chi, 255 + 6 * 22.6);
      EXPECT_GT(chi, 255 - 6 * 22.6);
    }
  }
}

}  // namespace
}  // namespace dstfwd
