// SPDX-License-Identifier: BSD-3-Clause
// A Router with three ports, spoken to in text. Its FIBs are DPDK's trees, which need little
// memory.
#pragma once

#include "fwd/address_text.h"
#include "fwd/router.h"
#include "tests/fwd/eal.h"

namespace dstfwd::test {

inline constexpr MacAddress kPortMacs[] = {
    {{2, 0, 0, 0, 0, 0}}, {{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};

template <typename Family>
Prefix<Family> prefix(std::string_view text) {
  const auto parsed = parse_prefix<Family>(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Prefix<Family>{});
}
template <typename Family>
typename Family::Address address(std::string_view text) {
  return prefix<Family>(text).address;
}
inline MacAddress mac(std::string_view text) {
  return parse_mac(text).value_or(MacAddress{});
}

class RouterTest : public testing::Test {
 protected:
  static RouterConfig small() {
    return {.fib4 = {.kind = FibKind::kTree},
            .fib6 = {.kind = FibKind::kTree},
            .max_next_hops = 64,
            .max_groups = 4,
            .promiscuous = false,
            .grace = {}};
  }
  void SetUp() override { make(small()); }
  void make(const RouterConfig& config) {
    router.reset();
    auto made = Router::create(config);
    ASSERT_TRUE(made) << made.error().message;
    router = std::move(*made);
    for (uint16_t port = 0; port < 3; ++port) {
      ASSERT_TRUE(router->port_add(PortId{port}, kPortMacs[port], 1500));
    }
    commit();
  }
  void commit() {
    const Status done = router->commit();
    ASSERT_TRUE(done) << done.error().message;
  }

  // Of a status: nothing when it is good, else the message.
  static std::string said(const Status& status) { return status ? "" : status.error().message; }

  static LinkRef port(uint16_t number, uint16_t vlan = 0) { return {PortId{number}, vlan}; }
  template <typename Family>
  std::string address_add(std::string_view text, const LinkRef& link) {
    return said(router->address_add(prefix<Family>(text), link));
  }
  template <typename Family>
  std::string address_del(std::string_view text, const std::optional<LinkRef>& link = {}) {
    return said(router->address_del(prefix<Family>(text), link));
  }
  template <typename Family>
  static RouteSpec<Family> spec(std::string_view text, std::string_view via = {},
                                const std::optional<LinkRef>& link = {}) {
    RouteSpec<Family> made{.prefix = prefix<Family>(text)};
    if (via == "blackhole" || via == "unreachable") {
      made.type = via == "blackhole" ? RouteType::kBlackhole : RouteType::kUnreachable;
    } else if (!via.empty()) {
      made.hops.push_back({.via = address<Family>(via), .link = link});
    } else if (link) {
      made.hops.push_back({.link = link});
    }
    return made;
  }
  template <typename Family>
  std::string route_add(std::string_view text, std::string_view via,
                        const std::optional<LinkRef>& link = {}) {
    return said(router->route_add(spec<Family>(text, via, link)));
  }
  template <typename Family>
  std::string route_replace(std::string_view text, std::string_view via) {
    return said(router->route_replace(spec<Family>(text, via)));
  }
  template <typename Family>
  std::string route_del(std::string_view text, std::string_view via = {}) {
    return said(router->route_del(spec<Family>(text, via)));
  }
  template <typename Family>
  std::string neigh_add(std::string_view text, std::string_view m, const LinkRef& link) {
    return said(router->neighbour_add<Family>(link, address<Family>(text), mac(m)));
  }
  template <typename Family>
  std::string neigh_del(std::string_view text, const LinkRef& link) {
    return said(router->neighbour_del<Family>(link, address<Family>(text)));
  }

  // What lcores find for a destination.
  template <typename Family>
  NextHopIndex hop(std::string_view destination) const {
    return router->view().fib<Family>().lookup(address<Family>(destination));
  }
  template <typename Family>
  Adjacency look_up(std::string_view destination) const {
    return (*router->view().next_hops)[hop<Family>(destination)].read();
  }
  // The same in a word: "none", "local", "connected 1", "1 02:..." or "1 unresolved".
  template <typename Family>
  std::string way(std::string_view destination) const {
    const Adjacency a = look_up<Family>(destination);
    std::string number = std::to_string(to_u16(a.port));
    if (a.kind == HopKind::kGlean) return number.insert(0, "connected ");
    if (a.kind != HopKind::kAdjacency) return std::string(name(a.kind));
    number += ' ';
    return number.append(a.resolved ? to_text(a.dst) : "unresolved");
  }
  uint32_t route_generation() const { return static_cast<uint32_t>(router->version()); }
  // Takes back all that was configured; every next hop must come home.
  void expect_all_home() {
    commit();
    router->maintain();
    EXPECT_EQ(router->next_hops().freed(), 0U);
  }

  std::unique_ptr<Router> router;
};

inline constexpr const char* kMacA = "02:00:00:00:01:0a";
inline constexpr const char* kMacB = "02:00:00:00:01:0b";

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Two of the ports have a prefix of each family.
class RouterTwoPorts : public RouterTest {
 protected:
  void SetUp() override {
    RouterTest::SetUp();
    ASSERT_EQ(address_add<Ipv4>("192.0.2.1/24", port(0)), "");
    ASSERT_EQ(address_add<Ipv4>("203.0.113.1/24", port(1)), "");
    ASSERT_EQ(address_add<Ipv6>("2001:db8::1/64", port(0)), "");
    ASSERT_EQ(address_add<Ipv6>("2001:db8:1::1/64", port(1)), "");
    commit();
  }
};

}  // namespace dstfwd::test
