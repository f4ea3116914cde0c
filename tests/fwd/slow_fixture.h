// SPDX-License-Identifier: BSD-3-Clause
// A slow path between rings, with a routing that says what the test wants: one link, port 1 with
// 192.0.2.1/24, 2001:db8::1/64 and fe80::1's EUI-64; a default route by 192.0.2.254 and
// 2001:db8::fe. Time is the test's.
#pragma once

#include <arpa/inet.h>

#include <set>

#include "fwd/address_scope.h"
#include "fwd/slow_path.h"
#include "tests/fwd/eal.h"
#include "tests/fwd/hex.h"

namespace dstfwd::test {

inline Ipv4Address v4(const char* text) {
  Ipv4Address a;
  EXPECT_EQ(inet_pton(AF_INET, text, &a), 1) << text;
  return a;
}
inline Ipv6Address v6(const char* text) {
  Ipv6Address a;
  EXPECT_EQ(inet_pton(AF_INET6, text, &a), 1) << text;
  return a;
}

inline constexpr MacAddress kOwnMac{{2, 0, 0, 0, 0, 1}};
inline constexpr MacAddress kPeerMac{{2, 0, 0, 0, 0, 2}};
inline constexpr LinkRef kLink{PortId{1}, 0};
inline constexpr NextHopIndex kGleanHop{5};
inline constexpr NextHopIndex kGatewayHop{6};

class FakeRouting : public SlowRouting {
 public:
  LinkInfo info{kOwnMac, 1500, true, false};
  std::vector<std::string> told;  // "resolved 192.0.2.9 02:..." and so on
  bool in_use = false;
  std::set<std::string> statics;
  uint64_t version = 1;
  bool has_own = true;
  std::set<std::string> duplicates;  // of our own addresses

  std::optional<LinkInfo> link(const LinkRef& link) const override {
    if (link != kLink) return {};
    return info;
  }
  void for_each_link(
      const std::function<void(const LinkRef&, const LinkInfo&)>& visit) const override {
    visit(kLink, info);
  }
  uint32_t hop_mtu(NextHopIndex hop) const override { return hop == kGatewayHop ? 1400 : 0; }
  uint64_t own_version() const override { return version; }

  // IPv4.
  using Way4 = FamilyRouting<Ipv4>::Way;
  std::optional<Way4> way_to(const Ipv4Address& dst) const override {
    if (is_local(dst) || in_range(dst, 0x64400000, 10)) return {};
    return Way4{kLink, is_on_link(kLink, dst) ? dst : v4("192.0.2.254")};
  }
  std::optional<Way4> held_for(NextHopIndex hop, const Ipv4Address& dst) const override {
    if (hop == kGleanHop) return Way4{kLink, dst};
    if (hop == kGatewayHop) return Way4{kLink, v4("192.0.2.254")};
    return {};
  }
  bool is_local(const Ipv4Address& a) const override {
    return has_own && a == v4("192.0.2.1") && !duplicates.contains(text(a));
  }
  Ownership ownership(const LinkRef& link, const Ipv4Address& a) const override {
    return link == kLink && is_local(a) ? Ownership::kUnicast : Ownership::kNone;
  }
  bool is_on_link(const LinkRef& link, const Ipv4Address& a) const override {
    return link == kLink && in_range(a, 0xc0000200, 24);
  }
  bool is_directed_broadcast(const Ipv4Address& a) const override { return a == v4("192.0.2.255"); }
  std::optional<Ipv4Address> source_on(const LinkRef&, const Ipv4Address&) const override {
    return v4("192.0.2.1");
  }
  void for_each_own(const FamilyRouting<Ipv4>::VisitOwn& visit) const override {
    if (has_own) visit(kLink, v4("192.0.2.1"), 24);
  }
  void set_duplicate(const LinkRef&, const Ipv4Address& a, bool duplicate) override {
    mark_duplicate(text(a), duplicate);
  }
  std::optional<MacAddress> static_neighbour(const LinkRef&, const Ipv4Address& a) const override {
    return find_static(text(a));
  }
  void neighbour_resolved(const LinkRef&, const Ipv4Address& a, const MacAddress& m) override {
    told.push_back("resolved " + text(a) + " " + to_hex(m.bytes));
  }
  void neighbour_lost(const LinkRef&, const Ipv4Address& a) override {
    told.push_back("lost " + text(a));
  }
  bool neighbour_in_use(const LinkRef&, const Ipv4Address&) const override { return in_use; }

  // IPv6.
  using Way6 = FamilyRouting<Ipv6>::Way;
  std::optional<Way6> way_to(const Ipv6Address& dst) const override {
    if (is_local(dst)) return {};
    return Way6{kLink, is_on_link(kLink, dst) ? dst : v6("2001:db8::fe")};
  }
  std::optional<Way6> held_for(NextHopIndex hop, const Ipv6Address& dst) const override {
    if (hop == kGleanHop) return Way6{kLink, dst};
    if (hop == kGatewayHop) return Way6{kLink, v6("2001:db8::fe")};
    return {};
  }
  bool is_local(const Ipv6Address& a) const override {
    return has_own && (a == v6("2001:db8::1") || a == link_local_address(kOwnMac)) &&
           !duplicates.contains(text(a));
  }
  Ownership ownership(const LinkRef& link, const Ipv6Address& a) const override {
    if (link != kLink) return Ownership::kNone;
    if (a == v6("2001:db8::")) return Ownership::kAnycast;
    return is_local(a) ? Ownership::kUnicast : Ownership::kNone;
  }
  bool is_on_link(const LinkRef& link, const Ipv6Address& a) const override {
    const auto prefix = v6("2001:db8::");
    return link == kLink && (is_link_local(a) || std::equal(a.bytes.begin(), a.bytes.begin() + 8,
                                                            prefix.bytes.begin()));
  }
  bool is_directed_broadcast(const Ipv6Address&) const override { return false; }
  std::optional<Ipv6Address> source_on(const LinkRef&, const Ipv6Address& peer) const override {
    return is_link_local(peer) ? link_local_address(kOwnMac) : v6("2001:db8::1");
  }
  void for_each_own(const FamilyRouting<Ipv6>::VisitOwn& visit) const override {
    if (!has_own) return;
    visit(kLink, v6("2001:db8::1"), 64);
    visit(kLink, link_local_address(kOwnMac), 64);
  }
  void set_duplicate(const LinkRef&, const Ipv6Address& a, bool duplicate) override {
    mark_duplicate(text(a), duplicate);
  }
  std::optional<MacAddress> static_neighbour(const LinkRef&, const Ipv6Address& a) const override {
    return find_static(text(a));
  }
  void neighbour_resolved(const LinkRef&, const Ipv6Address& a, const MacAddress& m) override {
    told.push_back("resolved " + text(a) + " " + to_hex(m.bytes));
  }
  void neighbour_lost(const LinkRef&, const Ipv6Address& a) override {
    told.push_back("lost " + text(a));
  }
  bool neighbour_in_use(const LinkRef&, const Ipv6Address&) const override { return in_use; }

 private:
  static std::string text(const Ipv4Address& a) {
    char out[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, &a, out, sizeof(out));
  }
  static std::string text(const Ipv6Address& a) {
    char out[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, &a, out, sizeof(out));
  }
  void mark_duplicate(const std::string& address, bool duplicate) {
    ++version;
    duplicate ? static_cast<void>(duplicates.insert(address))
              : static_cast<void>(duplicates.erase(address));
  }
  std::optional<MacAddress> find_static(const std::string& address) const {
    if (!statics.contains(address)) return {};
    return kPeerMac;
  }
};

class SlowPathTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kHz = 1000000;  // a tick is a microsecond
  static constexpr unsigned kMbufs = 511;

  void SetUp() override { restart({}); }
  void TearDown() override {
    slow->stop();
    slow.reset();
    drain();
    EXPECT_EQ(rte_mempool_in_use_count(pool), 0U) << "lost mbufs";
    rte_ring_free(rings.punts);
    rte_ring_free(rings.injects);
    for (rte_mempool* p : {pool, fragments.headers, fragments.payload}) rte_mempool_free(p);
  }

  void restart(const NeighbourResolverLimits& limits, uint32_t icmp_errors_per_s = 1000) {
    if (slow) slow->stop();
    slow.reset();
    auto made = SlowPath::create(
        routing,
        {.io = {.rings = {rings},
                .field = field,
                .pool = pool,
                .fragments = fragments,
                .release_entry = [this](uint16_t, EntryIndex e) { released.push_back(to_u32(e)); }},
         .timers = {},
         .limits = limits,
         .icmp_errors_per_s = icmp_errors_per_s,
         .tsc_hz = kHz,
         .now_tsc = now_us});
    ASSERT_TRUE(made) << made.error().message;
    slow = std::move(*made);
  }

  // What a lcore would punt: a whole frame, in hexadecimal, by port 1.
  void punt(PuntKind kind, const std::string& frame, PuntInfo info = {}) {
    rte_mbuf* packet = make_packet(pool, from_hex(frame));
    ASSERT_NE(packet, nullptr);
    packet->port = 1;
    info.kind = kind;
    field.of(packet) = info;
    ASSERT_EQ(rte_ring_sp_enqueue(rings.punts, packet), 0);
  }
  // Runs the slow path for a time; returns the frames that it sent, in hexadecimal. Frames of
  // packets that go on after a wait have "held:" in front.
  std::vector<std::string> run_ms(uint64_t ms = 0) {
    const uint64_t end = now_us + ms * 1000;
    std::vector<std::string> frames;
    while (true) {
      slow->poll(now_us);
      for (auto& frame : drain()) frames.push_back(std::move(frame));
      if (now_us >= end) return frames;
      now_us += 10000;
    }
  }
  std::vector<std::string> drain() {
    std::vector<std::string> frames;
    void* object = nullptr;
    while (rte_ring_sc_dequeue(rings.injects, &object) == 0) {
      auto* frame = static_cast<rte_mbuf*>(object);
      const bool held = field.of(frame).kind == PuntKind::kHeld;
      EXPECT_EQ(frame->port, 1);
      frames.push_back((held ? "held:" : "") + to_hex(bytes_of(frame)));
      rte_pktmbuf_free(frame);
    }
    return frames;
  }
  // Lets duplicate detection of the fixture's addresses finish, with all its noise.
  void settle() { run_ms(15000); }

  FakeRouting routing;
  PuntField field = *PuntField::create();
  SlowRings rings{rte_ring_create("punts", 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
                  rte_ring_create("injects", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)};
  rte_mempool* pool = rte_pktmbuf_pool_create("slow", kMbufs, 0, 0, 2176, SOCKET_ID_ANY);
  FragmentPools fragments{rte_pktmbuf_pool_create("headers", 63, 0, 0, 256, SOCKET_ID_ANY),
                          rte_pktmbuf_pool_create("payload", 127, 0, 0, 0, SOCKET_ID_ANY)};
  std::vector<uint32_t> released;  // dst references that were dropped
  uint64_t now_us = 1000000;
  std::unique_ptr<SlowPath> slow;
};

}  // namespace dstfwd::test
