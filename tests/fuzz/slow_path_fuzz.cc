// SPDX-License-Identifier: BSD-3-Clause
// The slow path under whatever a link may bring, over time. Input: records of an operation, a
// length (two bytes, low first) and so many bytes: frames that arrive (and are judged as a lcore
// judges them), packets that are held or dropped, time that passes, neighbours that are set. In the
// end every mbuf and every reference must be home, and all that was sent must be sound.
#include "fwd/slow_path.h"

#include <algorithm>
#include <cstring>

#include "eal.h"
#include "fwd/ip_check.h"
#include "tests/fwd/slow_fixture.h"

namespace dstfwd::fuzz {
namespace {

constexpr uint64_t kHz = 1000000;  // a tick is a microsecond
constexpr size_t kMaxFrame = 1600;
constexpr uint16_t kLinkHeader = 14;

// What stays between inputs.
struct Fixed {
  PuntField field = *PuntField::create();
  SlowRings rings{rte_ring_create("punts", 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ),
                  rte_ring_create("injects", 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ)};
  rte_mempool* pool = rte_pktmbuf_pool_create("slow", 1023, 0, 0, 2176, SOCKET_ID_ANY);
  FragmentPools fragments{rte_pktmbuf_pool_create("headers", 255, 0, 0, 256, SOCKET_ID_ANY),
                          rte_pktmbuf_pool_create("payload", 511, 0, 0, 0, SOCKET_ID_ANY)};
};
Fixed& fixed() {
  static Fixed one;
  return one;
}

class Run {
 public:
  Run() {
    auto made = SlowPath::create(
        routing_, {.io = {.rings = {fixed().rings},
                          .field = fixed().field,
                          .pool = fixed().pool,
                          .fragments = fixed().fragments,
                          .release_entry = [this](uint16_t, EntryIndex) { ++released_; }},
                   .timers = {},
                   .limits = {},
                   .icmp_errors_per_s = 0,
                   .tsc_hz = kHz,
                   .now_tsc = now_us_});
    require(static_cast<bool>(made), "the slow path starts");
    slow_ = std::move(*made);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    slow_->poll(now_us_);
    drain();
    slow_->stop();
    drain();
    const uint64_t ended = slow_->counters().unheld.get() + resumed_;
    require(ended == held_, "each packet's wait has one end");
    slow_.reset();
    require(released_ == acquired_, "each reference is dropped once");
    for (rte_mempool* pool : {fixed().pool, fixed().fragments.headers, fixed().fragments.payload}) {
      require(rte_mempool_full(pool) == 1, "every mbuf is home");
    }
  }

  void operation(uint8_t what, std::span<const uint8_t> data) {
    switch (what % 6) {
      case 0:
      case 1:
        arrive(data);
        break;
      case 2:
        wait(data, what >= 128);
        break;
      case 3:
        error(data, what);
        break;
      case 4:
        now_us_ += (data.empty() ? 1U : data[0]) * uint64_t{40000};
        break;
      default:
        set_neighbour(what >= 128);
        break;
    }
    slow_->poll(now_us_);
    drain();
  }

 private:
  // As a forwarding lcore does with what it receives.
  void arrive(std::span<const uint8_t> data) {
    rte_mbuf* m = make_packet(fixed().pool, data, 0);
    if (m == nullptr) return;
    const LinkContext link{.own_mac = test::kOwnMac, .promiscuous = true};
    Frame frame;
    const Verdict verdict = parse_frame(m, link, frame);
    if (verdict == Verdict::kConsumeArp) {
      return punt(m, {.kind = PuntKind::kArp});
    }
    if (verdict != Verdict::kForward) return rte_pktmbuf_free(m);
    frame.ether_type == kEtherTypeIpv4 ? arrive_ip<Ipv4>(m, link, frame)
                                       : arrive_ip<Ipv6>(m, link, frame);
  }
  template <class Family>
  void arrive_ip(rte_mbuf* m, const LinkContext& link, const Frame& frame) {
    Checked<Family> checked;
    Verdict verdict = check_ip(m, link, frame, checked);
    if (verdict == Verdict::kForward) {
      const auto* ip = rte_pktmbuf_mtod_offset(m, const typename Family::Header*, frame.l3_offset);
      const bool local = static_cast<FamilyRouting<Family>&>(routing_).is_local(ip->dst);
      verdict = local ? local_verdict<Family>(m, frame.l3_offset) : checked.unless_local;
    }
    PuntInfo info{.reason = verdict};
    info.kind = verdict == Verdict::kConsumeLocal ? PuntKind::kLocal
                : verdict == Verdict::kConsumeNd  ? PuntKind::kNd
                                                  : PuntKind::kError;
    if (verdict == Verdict::kForward) return rte_pktmbuf_free(m);
    punt(m, info);
  }

  // A sound packet that cannot go on yet, or not at all.
  rte_mbuf* sound(std::span<const uint8_t> data) {
    rte_mbuf* m = make_packet(fixed().pool, data, 0);
    if (m == nullptr) return nullptr;
    const LinkContext link{.own_mac = test::kOwnMac, .promiscuous = true};
    Frame frame;
    Checked<Ipv4> four;
    Checked<Ipv6> six;
    if (parse_frame(m, link, frame) != Verdict::kForward ||
        (frame.ether_type == kEtherTypeIpv4 ? check_ip(m, link, frame, four)
                                            : check_ip(m, link, frame, six)) != Verdict::kForward) {
      rte_pktmbuf_free(m);
      return nullptr;
    }
    return m;
  }
  void wait(std::span<const uint8_t> data, bool gateway) {
    PuntInfo info{.hop = gateway ? test::kGatewayHop : test::kGleanHop,
                  .reason = Verdict::kHold,
                  .kind = PuntKind::kHold};
    rte_mbuf* m = sound(data);
    if (m == nullptr) return;
    info.entry = EntryIndex{held_};
    ++held_;
    ++acquired_;
    punt(m, info);
  }
  void error(std::span<const uint8_t> data, uint8_t choice) {
    constexpr std::array kReasons = {Verdict::kDropTtlExpired,  Verdict::kDropNoRoute,
                                     Verdict::kDropMtu,         Verdict::kDropIpOptions,
                                     Verdict::kDropNoNeighbour, Verdict::kDropLinkLocal};
    PuntInfo info{.hop = test::kGatewayHop,
                  .reason = kReasons[choice / 6U % kReasons.size()],
                  .kind = PuntKind::kError};
    rte_mbuf* m = sound(data);
    if (m != nullptr) punt(m, info);
  }
  void set_neighbour(bool six) {
    routing_.statics.emplace(six ? "2001:db8::fe" : "192.0.2.254");
    six ? slow_->neighbour_changed<Ipv6>(test::kLink, test::v6("2001:db8::fe"))
        : slow_->neighbour_changed<Ipv4>(test::kLink, test::v4("192.0.2.254"));
  }

  void punt(rte_mbuf* m, const PuntInfo& info) {
    m->port = 1;
    fixed().field.of(m) = info;
    require(rte_ring_sp_enqueue(fixed().rings.punts, m) == 0, "the punt ring is polled");
  }
  void drain() {
    void* object = nullptr;
    while (rte_ring_sc_dequeue(fixed().rings.injects, &object) == 0) {
      auto* frame = static_cast<rte_mbuf*>(object);
      if (fixed().field.of(frame).kind == PuntKind::kHeld) {
        ++resumed_;
      } else {
        check_sent(bytes_of(frame));
      }
      rte_pktmbuf_free(frame);
    }
  }
  static void check_sent(const std::vector<uint8_t>& frame) {
    require(frame.size() >= kLinkHeader + 20U, "a frame has headers");
    require(frame.size() <= kLinkHeader + 1500U, "a frame fits the link");
    require(std::equal(test::kOwnMac.bytes.begin(), test::kOwnMac.bytes.end(), &frame[6]),
            "a frame comes from us");
    const std::span<const uint8_t> packet = std::span(frame).subspan(kLinkHeader);
    const unsigned type = frame[12] << 8U | frame[13];
    require(type == kEtherTypeArp || type == kEtherTypeIpv4 || type == kEtherTypeIpv6,
            "a frame is ARP or IP");
    if (type == kEtherTypeIpv4) {
      require((packet[2] << 8U | packet[3]) == static_cast<int>(packet.size()) &&
                  folded_sum(packet.first((packet[0] & 0xfU) * size_t{4})) == 0xffff,
              "an IPv4 header is right");
      require((packet[12] & 0xf0U) != 0xe0 && packet[12] != 127, "its source is one of ours");
    } else if (type == kEtherTypeIpv6) {
      require(packet.size() >= 40 &&
                  (packet[4] << 8U | packet[5]) == static_cast<int>(packet.size() - 40),
              "an IPv6 header is right");
      require(packet[6] != 58 || folded_sum(packet.subspan(40), pseudo_sum(packet)) == 0xffff,
              "an ICMPv6 checksum is right");
    }
  }

  test::FakeRouting routing_;
  std::unique_ptr<SlowPath> slow_;
  uint64_t now_us_ = 1000000;
  uint32_t held_ = 0, acquired_ = 0, released_ = 0, resumed_ = 0;
};

}  // namespace
}  // namespace dstfwd::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  dstfwd::fuzz::init_eal();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dstfwd::fuzz;
  Run run;
  std::span<const uint8_t> rest(data, size);
  for (int records = 0; rest.size() >= 3 && records < 64; ++records) {
    const uint8_t what = rest[0];
    const size_t length =
        std::min({size_t{rest[1]} | size_t{rest[2]} << 8U, rest.size() - 3, kMaxFrame});
    run.operation(what, rest.subspan(3, length));
    rest = rest.subspan(3 + length);
  }
  return 0;
}
