// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/fib.h"

#include <rte_malloc.h>

#include <thread>

#include "tests/fwd/eal.h"
#include "tests/fwd/slow_lpm.h"

namespace dstfwd {
namespace {

template <typename Family, FibKind kKind>
struct Variant {
  using Fam = Family;
  static constexpr FibKind kFibKind = kKind;
};

template <typename V>
class FibTest : public testing::Test {
 protected:
  using Family = typename V::Fam;
  using Address = typename Family::Address;
  using Change = FibChange<Family>;

  void make(FibConfig config = {}) {
    config.kind = V::kFibKind;
    auto made = Fib<Family>::create(config);
    ASSERT_TRUE(made) << made.error().message;
    fib = std::move(*made);
  }
  void change(const Prefix<Family>& prefix, uint32_t hop) {
    changes.push_back({prefix, NextHopIndex{hop}});
    model.set(prefix, NextHopIndex{hop});
  }
  void commit() {
    const Status done = fib->commit(changes, {});
    ASSERT_TRUE(done) << done.error().message;
    changes.clear();
  }
  // A random change that keeps the rule that only what is there is deleted.
  void change_randomly(unsigned add_percent) {
    const auto& routes = model.routes();
    if (routes.empty() || random() % 100 < add_percent) {
      change(test::crowded_prefix<Family>(random), 1 + random() % 1000);
      return;
    }
    auto victim = routes.lower_bound(test::crowded_prefix<Family>(random));
    if (victim == routes.end()) victim = routes.begin();
    const Prefix<Family> prefix = victim->first;
    change(prefix, random() % 4 == 0 ? 1 + random() % 1000 : 0);
  }
  void expect_like_model(unsigned probes) {
    std::vector<Address> addresses;
    for (unsigned i = 0; i < probes; ++i) {
      addresses.push_back(test::crowded_address<Family>(random));
    }
    for (const auto& [prefix, hop] : model.routes()) {
      addresses.push_back(prefix.address);
      addresses.push_back(prefix.highest());
    }
    std::vector<const Address*> pointers;
    for (const Address& a : addresses) pointers.push_back(&a);
    std::vector<NextHopIndex> hops(addresses.size());
    fib->lookup(pointers.data(), hops.data(), static_cast<unsigned>(hops.size()));
    size_t wrong = 0;
    for (size_t i = 0; i < hops.size(); ++i) {
      wrong += static_cast<size_t>(hops[i] != model.lookup(addresses[i]));
    }
    ASSERT_EQ(wrong, 0U) << "of " << hops.size() << " lookups, " << model.routes().size()
                         << " routes";
  }

  std::unique_ptr<Fib<Family>> fib;
  test::SlowLpm<Family> model;
  std::vector<Change> changes;
  std::mt19937 random{7};
};

using Variants = testing::Types<Variant<Ipv4, FibKind::kTable>, Variant<Ipv4, FibKind::kTree>,
                                Variant<Ipv6, FibKind::kTable>, Variant<Ipv6, FibKind::kTree>>;
TYPED_TEST_SUITE(FibTest, Variants);

TYPED_TEST(FibTest, AnswersNoRouteWhereNoPrefixMatches) {
  this->make();
  EXPECT_EQ(this->fib->lookup(test::crowded_address<typename TypeParam::Fam>(this->random)),
            kNoRouteHop);
}

TYPED_TEST(FibTest, AgreesWithASlowMatchThroughRandomChanges) {
  this->make();
  for (unsigned round = 0; round < 60; ++round) {
    const unsigned add_percent = round % 30 < 18 ? 70 : 30;
    for (unsigned i = 0; i < 60; ++i) this->change_randomly(add_percent);
    this->commit();
    this->expect_like_model(200);
    if (this->HasFatalFailure()) return;
  }
  EXPECT_EQ(this->fib->routes(), this->model.routes().size());
}

TYPED_TEST(FibTest, GrowsWhenRoutesAndGroupsRunOut) {
  this->make({.routes = 64, .tbl8s = 64});
  for (unsigned round = 0; round < 6; ++round) {
    for (unsigned i = 0; i < 150; ++i) this->change_randomly(95);
    this->commit();
    this->expect_like_model(200);
    if (this->HasFatalFailure()) return;
  }
  EXPECT_GT(this->fib->routes(), 300U);
}

TYPED_TEST(FibTest, GivesBackAllThatDeletedRoutesHad) {
  this->make({.routes = 512, .tbl8s = 4096});
  for (unsigned round = 0; round < 20; ++round) {
    for (unsigned i = 0; i < 200; ++i) this->change_randomly(100);
    this->commit();
    this->expect_like_model(50);
    const auto routes = this->model.routes();
    for (const auto& [prefix, hop] : routes) this->change(prefix, 0);
    this->commit();
    ASSERT_EQ(this->fib->routes(), 0U);
    this->expect_like_model(200);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(FibTest, BothTablesAnswerAlikeAfterEachCommit) {
  this->make();
  for (unsigned i = 0; i < 300; ++i) this->change_randomly(80);
  this->commit();
  this->expect_like_model(300);
  this->commit();  // nothing but a swap
  this->expect_like_model(300);
}

TYPED_TEST(FibTest, LcoresReadCompleteTablesDuringCommits) {
  using Family = typename TypeParam::Fam;
  this->make();
  // Two prefixes change their next hops in one commit: a reader must never see one changed and the
  // other not, nor any answer that never was.
  const Prefix<Family> wide =
      Prefix<Family>{test::crowded_address<Family>(this->random), 9}.masked();
  const Prefix<Family> narrow = Prefix<Family>{wide.address, 26}.masked();
  const auto inside = narrow.address;
  const auto outside = wide.highest();
  this->change(wide, 1);
  this->change(narrow, 2);
  this->commit();
  std::atomic<uint64_t> epoch{0};  // even: quiescent
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0};
  std::jthread reader([&] {
    while (!stop) {
      epoch.fetch_add(1);
      const typename Family::Address* both[] = {&inside, &outside};
      NextHopIndex hops[2];
      this->fib->lookup(both, hops, 2);
      if (to_u32(hops[0]) != to_u32(hops[1]) + 1) ++wrong;
      epoch.fetch_add(1);
    }
  });
  const ReaderGrace grace{[&] { return epoch.load(); },
                          [&](uint64_t at) { return at % 2 == 0 || epoch.load() != at || stop; }};
  for (uint32_t i = 2; i < 400; ++i) {
    const std::vector<FibChange<Family>> two = {{wide, NextHopIndex{i}},
                                                {narrow, NextHopIndex{i + 1}}};
    ASSERT_TRUE(this->fib->commit(two, grace));
  }
  stop = true;
  reader.join();
  EXPECT_EQ(wrong, 0U);
}

// rte_fib 22.11 loses count of its groups here (see FibTable::put), and then refuses routes.
TYPED_TEST(FibTest, DoesNotGrowWhileRoutesWithTheHopAroundThemComeAndGo) {
  using Family = typename TypeParam::Fam;
  auto table = FibTable<Family>::create({.kind = TypeParam::kFibKind, .routes = 64, .tbl8s = 64});
  ASSERT_TRUE(table);
  const auto at = [](unsigned length) { return Prefix<Family>{{}, static_cast<uint8_t>(length)}; };
  ASSERT_TRUE(table->apply({at(20), NextHopIndex{7}}));
  for (unsigned i = 0; i < 500; ++i) {
    ASSERT_TRUE(table->apply({at(28), NextHopIndex{7}}));
    ASSERT_TRUE(table->apply({at(28), kNoRouteHop}));
  }
  EXPECT_EQ(table->config().tbl8s, 64U);
  EXPECT_EQ(table->routes(), 1U);
}

TYPED_TEST(FibTest, SaysThatMemoryIsTooSmall) {
  const auto made =
      Fib<typename TypeParam::Fam>::create({.kind = TypeParam::kFibKind, .routes = 1U << 23U});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("MB"), std::string::npos) << made.error().message;
  EXPECT_NE(made.error().message.find("-m"), std::string::npos) << made.error().message;
}

TYPED_TEST(FibTest, KeepsItsRoutesWhenGrowingFails) {
  using Family = typename TypeParam::Fam;
  this->make();
  for (unsigned i = 0; i < 200; ++i) this->change_randomly(90);
  this->commit();
  FibConfig config{.kind = TypeParam::kFibKind};
  auto table = FibTable<Family>::create(config);
  ASSERT_TRUE(table);
  for (const auto& [prefix, hop] : this->model.routes()) ASSERT_TRUE(table->apply({prefix, hop}));
  ASSERT_FALSE(table->reserve(FibTable<Family>::kMaxRoutes));
  EXPECT_EQ(table->routes(), this->model.routes().size());
  for (const auto& route : table->contents()) {
    ASSERT_EQ(this->model.routes().at(route.prefix), route.hop);
  }
  EXPECT_EQ(table->contents().size(), this->model.routes().size());
}

TYPED_TEST(FibTest, TakesAboutTheMemoryItSays) {
  using Table = FibTable<typename TypeParam::Fam>;
  const FibConfig config{.kind = TypeParam::kFibKind, .routes = 20000, .tbl8s = 4096};
  rte_malloc_socket_stats before{};
  rte_malloc_socket_stats after{};
  rte_malloc_get_socket_stats(0, &before);
  auto table = Table::create(config);
  ASSERT_TRUE(table) << table.error().message;
  rte_malloc_get_socket_stats(0, &after);
  const double taken = static_cast<double>(after.heap_allocsz_bytes - before.heap_allocsz_bytes);
  const auto said = static_cast<double>(Table::memory_bytes(config));
  EXPECT_GT(said, 0.9 * taken);
  EXPECT_LT(said, 1.5 * taken);
}

}  // namespace
}  // namespace dstfwd
