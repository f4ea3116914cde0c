// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fib_table.h"

#include "tests/fwd/mbufs.h"
#include "tests/fwd/slow_lpm.h"

namespace dstfwd {
namespace {

template <typename Family>
class FibTableTest : public testing::Test {
 protected:
  using Address = typename Family::Address;
  using Table = FibTable<Family>;

  static Table make(FibConfig config) { return std::move(*Table::create(config)); }
  static NextHopIndex lookup(const Table& table, const Address& address) {
    const Address* one = &address;
    NextHopIndex hop = kNoRouteHop;
    table.lookup(&one, &hop, 1);
    return hop;
  }
};
using Families = testing::Types<Ipv4, Ipv6>;
TYPED_TEST_SUITE(FibTableTest, Families);

TYPED_TEST(FibTableTest, GrowsBeyondItsRoomAndAnswersAsAListWould) {
  for (const FibKind kind : {FibKind::kTable, FibKind::kTree}) {
    auto table = this->make({.kind = kind, .routes = 16, .tbl8s = 8});
    test::SlowLpm<TypeParam> model;
    std::mt19937 random(3);
    for (uint32_t i = 1; i <= 600; ++i) {
      const auto prefix = test::crowded_prefix<TypeParam>(random);
      const NextHopIndex hop{100 + i};
      ASSERT_TRUE(table.apply({prefix, hop}));
      model.set(prefix, hop);
    }
    EXPECT_EQ(table.routes(), model.routes().size());
    EXPECT_GE(table.config().routes, model.routes().size());
    for (int i = 0; i < 3000; ++i) {
      const auto address = test::crowded_address<TypeParam>(random);
      ASSERT_EQ(this->lookup(table, address), model.lookup(address));
    }
  }
}

TYPED_TEST(FibTableTest, ContentsAreWhatWasPutThere) {
  auto table = this->make({.kind = FibKind::kTree});
  test::SlowLpm<TypeParam> model;
  std::mt19937 random(4);
  for (uint32_t i = 1; i <= 100; ++i) {
    const auto prefix = test::crowded_prefix<TypeParam>(random);
    ASSERT_TRUE(table.apply({prefix, NextHopIndex{100 + i}}));
    model.set(prefix, NextHopIndex{100 + i});
  }
  std::map<Prefix<TypeParam>, NextHopIndex> found;
  for (const auto& change : table.contents()) found[change.prefix] = change.hop;
  EXPECT_EQ(found, model.routes());
}

TYPED_TEST(FibTableTest, ADeletedRouteAnswersAsTheOneAroundIt) {
  auto table = this->make({.kind = FibKind::kTree});
  std::mt19937 random(5);
  const auto address = test::crowded_address<TypeParam>(random);
  const auto inner = Prefix<TypeParam>{address, 24}.masked();
  const auto outer = Prefix<TypeParam>{address, 8}.masked();
  ASSERT_TRUE(table.apply({outer, NextHopIndex{21}}));
  ASSERT_TRUE(table.apply({inner, NextHopIndex{22}}));
  EXPECT_EQ(this->lookup(table, address), NextHopIndex{22});
  ASSERT_TRUE(table.apply({inner, kNoRouteHop}));
  EXPECT_EQ(this->lookup(table, address), NextHopIndex{21});
  ASSERT_TRUE(table.apply({outer, kNoRouteHop}));
  EXPECT_EQ(this->lookup(table, address), kNoRouteHop);
  EXPECT_EQ(table.routes(), 0U);
}

TYPED_TEST(FibTableTest, ReservingMakesRoomAtOnce) {
  auto table = this->make({.kind = FibKind::kTree, .routes = 16});
  ASSERT_TRUE(table.reserve(5000));
  EXPECT_GE(table.config().routes, 5000U);
}

}  // namespace
}  // namespace dstfwd
