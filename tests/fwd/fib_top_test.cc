// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fib_top.h"

#include <gtest/gtest.h>

#include "tests/fwd/slow_lpm.h"

namespace dstfwd {
namespace {

template <typename Family>
class FibTopTest : public testing::Test {
 protected:
  using Address = typename Family::Address;
  static Prefix<Family> top(unsigned length) {
    return Prefix<Family>{mask_address(Address{}, 0, 0xff), static_cast<uint8_t>(length)}.masked();
  }
  static Prefix<Family> beside(unsigned length) {
    Prefix<Family> p = top(length);
    auto bytes = std::bit_cast<std::array<uint8_t, sizeof(Address)>>(p.address);
    bytes[(length - 1) / 8] =
        static_cast<uint8_t>(bytes[(length - 1) / 8] ^ (0x80U >> (length - 1) % 8));
    return {std::bit_cast<Address>(bytes), p.length};
  }
};
using Families = testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(FibTopTest, Families);

TYPED_TEST(FibTopTest, ConcernsWhatReachesTheTopAndWhatLiesBesideIt) {
  for (unsigned length = 0; length <= TypeParam::kAddressBits; ++length) {
    EXPECT_TRUE(FibTop<TypeParam>::concerns(this->top(length))) << length;
    EXPECT_TRUE(length == 0 || FibTop<TypeParam>::concerns(this->beside(length))) << length;
  }
  const auto zeros = [](unsigned length) {
    return Prefix<TypeParam>{{}, static_cast<uint8_t>(length)};
  };
  EXPECT_TRUE(FibTop<TypeParam>::concerns(zeros(1)));
  EXPECT_FALSE(FibTop<TypeParam>::concerns(zeros(2)));
  EXPECT_FALSE(FibTop<TypeParam>::concerns(zeros(TypeParam::kAddressBits)));
}

TYPED_TEST(FibTopTest, SplitsARouteIntoDisjointPiecesThatMatchAlike) {
  FibTop<TypeParam> split;
  test::SlowLpm<TypeParam> plain;
  test::SlowLpm<TypeParam> pieces;
  std::mt19937 random{3};
  for (unsigned round = 0; round < 300; ++round) {
    const unsigned length = random() % (TypeParam::kAddressBits + 1);
    const auto prefix = random() % 2 == 0 || length == 0 ? this->top(length) : this->beside(length);
    const auto hop = static_cast<NextHopIndex>(random() % 3 == 0 ? 0 : 1 + random() % 9);
    plain.set(prefix, hop);
    std::vector<FibChange<TypeParam>> changes;
    split.set({prefix, hop}, changes);
    EXPECT_EQ(split.get(prefix), hop);
    for (const auto& change : changes) pieces.set(change.prefix, change.hop);
    for (unsigned probe = 0; probe < 12; ++probe) {
      const auto at = random() % 2 == 0
                          ? this->top(random() % (TypeParam::kAddressBits + 1)).address
                          : test::crowded_address<TypeParam>(random);
      ASSERT_EQ(pieces.lookup(at), plain.lookup(at)) << "round " << round;
    }
    // Disjoint: no piece lies in another one.
    if (round % 30 == 0) {
      for (const auto& [a, hop_a] : pieces.routes()) {
        for (const auto& [b, hop_b] : pieces.routes()) ASSERT_TRUE(a == b || !a.contains(b));
      }
    }
  }
  std::vector<FibChange<TypeParam>> routes;
  split.append_routes(routes);
  EXPECT_EQ(routes.size(), plain.routes().size());
  for (const auto& route : routes) EXPECT_EQ(plain.routes().at(route.prefix), route.hop);
}

TYPED_TEST(FibTopTest, TellsOnlyWhatChanges) {
  FibTop<TypeParam> split;
  std::vector<FibChange<TypeParam>> changes;
  split.set({this->top(0), NextHopIndex{1}}, changes);
  EXPECT_EQ(changes.size(), TypeParam::kAddressBits + 1U);
  changes.clear();
  split.set({this->beside(3), NextHopIndex{1}}, changes);
  EXPECT_EQ(changes.size(), 0U);
  split.set({this->beside(4), NextHopIndex{2}}, changes);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].prefix, this->beside(4));
  changes.clear();
  split.set({this->beside(4), kNoRouteHop}, changes);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].hop, NextHopIndex{1});
  changes.clear();
  split.set({this->top(0), kNoRouteHop}, changes);
  EXPECT_EQ(changes.size(), TypeParam::kAddressBits);  // all but the one beside that stays
}

}  // namespace
}  // namespace dstfwd
