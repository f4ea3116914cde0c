// SPDX-License-Identifier: BSD-3-Clause
#include "fwd/slow_path.h"

#include <rte_random.h>

#include "fwd/address_scope.h"
#include "fwd/ipv4_options.h"
#include "fwd/ipv6_options.h"
#include "fwd/ipv6_walk.h"

namespace dstfwd {
namespace {

constexpr unsigned kBurst = 32;
constexpr unsigned kPacketsPerPoll = 256;  // a lcore's, at most
constexpr uint64_t kTimerPeriod_ms = 100;
constexpr size_t kQuotable = 1280;  // what a report may need of a packet (Icmp6::kMaxErrorBytes)
constexpr size_t kMaxPacket = 65536;

// What a drop says to the packet's source; nothing: it dies in silence.
std::optional<IcmpReport> report_of(const PuntInfo& punt, uint32_t mtu, Bytes packet, bool ipv6) {
  switch (punt.reason) {
    case Verdict::kDropTtlExpired:
      return IcmpReport{IcmpCause::kTtlExpired};
    case Verdict::kDropNoRoute:
      return IcmpReport{IcmpCause::kNoRoute};
    case Verdict::kDropUnreachable:  // the codes that Linux has for `ip route add unreachable`
      return IcmpReport{ipv6 ? IcmpCause::kNoRoute : IcmpCause::kUnreachable};
    case Verdict::kDropNoNeighbour:
      return IcmpReport{IcmpCause::kUnreachable};
    case Verdict::kDropTunnel:  // RFC 2003 4: not of one that was taken out of a tunnel
      if (punt.hop == kNoRouteHop) return {};
      return IcmpReport{IcmpCause::kUnreachable};
    case Verdict::kDropMtu:
      return IcmpReport{IcmpCause::kTooBig, mtu};
    case Verdict::kDropLinkLocal: {  // RFC 4443 3.1, code 2: only about the source's scope
      Ipv6Header ip;
      if (ipv6 && read_at(packet, 0, ip) && is_link_local(ip.dst)) return {};
      return IcmpReport{IcmpCause::kBeyondScope};
    }
    case Verdict::kDropIpOptions:
      break;
    default:
      return {};
  }
  if (ipv6) {
    const Ipv6OptionsCheck check = check_ipv6_options(packet, sizeof(Ipv6Header));
    if (check.outcome != Ipv6OptionsCheck::Outcome::kReport) return {};
    return check.report;
  }
  const size_t header = packet.empty() ? 0 : size_t{packet[0] & 0xfU} * 4;
  if (header > packet.size()) return {};
  const Ipv4OptionsCheck check = check_ipv4_options(packet.first(header));
  if (check.outcome != Ipv4OptionsCheck::Outcome::kMalformed) return {};
  return IcmpReport{IcmpCause::kBadHeader, check.pointer};
}

// What an IPv6 packet's source is told about its fragment header, which is at `at`: nothing, or
// where the wrong octet is. RFC 8200 4.5: a fragment but the last has a multiple of 8 bytes.
std::optional<uint32_t> wrong_octet(Bytes head, const Ipv6Payload& at, bool fragment) {
  Ipv6Header ip;
  if (!read_at(head, 0, ip)) return {};
  if (at.protocol == kProtoFragment && !at.complete && head.size() < kQuotable)
    return static_cast<uint32_t>(at.offset);  // the packet ends within it
  if (!fragment || (head[at.offset + 3] & 1U) == 0) return {};
  if ((sizeof(ip) + ip.payload_length.host() - at.offset) % 8 == 0) return {};
  return offsetof(Ipv6Header, payload_length);
}

}  // namespace

Result<std::unique_ptr<SlowPath>> SlowPath::create(SlowRouting& routing, SlowPathConfig config) {
  auto reassembler = Reassembler::create(config.tsc_hz, config.numa_node);
  if (!reassembler) return reassembler.error();
  return std::unique_ptr<SlowPath>(
      new SlowPath(routing, std::move(config), std::move(*reassembler)));
}

SlowPath::SlowPath(SlowRouting& routing, SlowPathConfig config, Reassembler reassembler)
    : io_(std::move(config.io)),
      routing_(routing),
      resolver4_(routing, io_, config.timers, config.limits, rte_rand()),
      resolver6_(routing, io_, config.timers, config.limits, rte_rand()),
      guard4_(routing, io_, rte_rand(), config.detect_duplicates),
      guard6_(routing, io_, rte_rand(), config.detect_duplicates),
      arp_(routing, io_, resolver4_, guard4_),
      nd_(routing, io_, resolver6_, guard6_, rte_rand()),
      mld_(routing, io_, rte_rand()),
      icmp_(routing, resolver4_, resolver6_, config.icmp_errors_per_s, config.tsc_hz,
            config.now_tsc),
      reassembler_(std::move(reassembler)),
      tsc_per_ms_(std::max<uint64_t>(1, config.tsc_hz / 1000)),
      now_tsc_(config.now_tsc),
      now_ms_(config.now_tsc / tsc_per_ms_),
      scratch_(kMaxPacket) {
  resolver4_.on_unreachable([this](rte_mbuf* packet) { unreachable(packet); });
  resolver6_.on_unreachable([this](rte_mbuf* packet) { unreachable(packet); });
}

template <>
NeighbourResolver<Ipv4>& SlowPath::resolver<Ipv4>() noexcept {
  return resolver4_;
}
template <>
NeighbourResolver<Ipv6>& SlowPath::resolver<Ipv6>() noexcept {
  return resolver6_;
}

unsigned SlowPath::poll(uint64_t now_tsc) {
  now_tsc_ = now_tsc;
  now_ms_ = now_tsc / tsc_per_ms_;
  icmp_.set_time(now_tsc_, now_ms_);
  unsigned taken = 0;
  for (uint16_t lcore = 0; lcore < io_.lcores(); ++lcore) {
    for (unsigned of_lcore = 0; of_lcore < kPacketsPerPoll;) {
      std::array<rte_mbuf*, kBurst> burst;
      const unsigned n = io_.take(lcore, burst);
      for (unsigned i = 0; i < n; ++i) dispatch(burst[i], lcore);
      of_lcore += n;
      taken += n;
      if (n < kBurst) break;
    }
  }
  stats_.punts += taken;
  if (now_ms_ >= next_timers_ms_) run_timers();
  return taken;
}

void SlowPath::run_timers() {
  next_timers_ms_ = now_ms_ + kTimerPeriod_ms;
  watch_links();
  resolver4_.tick(now_ms_);
  resolver6_.tick(now_ms_);
  guard4_.tick(now_ms_);
  guard6_.tick(now_ms_);
  nd_.tick(now_ms_);
  mld_.tick(now_ms_);
  reassembler_.expire(now_tsc_, [this](const rte_mbuf* first) { timed_out(first); });
}

void SlowPath::watch_links() {
  routing_.for_each_link([&](const LinkRef& link, const LinkInfo& info) {
    const auto [it, added] = links_up_.try_emplace(link, info.up);
    if (!added && it->second && !info.up) {
      resolver4_.link_down(link, now_ms_);
      resolver6_.link_down(link, now_ms_);
    }
    it->second = info.up;
  });
}

void SlowPath::stop() {
  for (uint16_t lcore = 0; lcore < io_.lcores(); ++lcore) {
    std::array<rte_mbuf*, kBurst> burst;
    while (const unsigned n = io_.take(lcore, burst)) {
      for (unsigned i = 0; i < n; ++i) {
        const bool held = io_.info(burst[i]).kind == PuntKind::kHold;
        if (held) io_.drop_held({burst[i], lcore}, Verdict::kDropNoNeighbour);
        if (!held) rte_pktmbuf_free(burst[i]);
      }
    }
  }
  resolver4_.drop_all();
  resolver6_.drop_all();
  reassembler_.drop_all();
  io_.drain_injects();
}

template <typename Family>
void SlowPath::neighbour_changed(const LinkRef& link, const typename Family::Address& address) {
  resolver<Family>().changed_by_hand(link, address, now_ms_);
}
template void SlowPath::neighbour_changed<Ipv4>(const LinkRef&, const Ipv4Address&);
template void SlowPath::neighbour_changed<Ipv6>(const LinkRef&, const Ipv6Address&);

SlowPath::Arrival SlowPath::arrival_of(const rte_mbuf* packet, uint16_t lcore) const noexcept {
  constexpr uint16_t kVlanMask = 0xfff;
  Arrival arrival{.link = {PortId{packet->port}, 0}, .lcore = lcore};
  const Bytes head{rte_pktmbuf_mtod(packet, const uint8_t*), packet->data_len};
  EthHeader eth{};
  if (!read_at(head, 0, eth)) return arrival;
  arrival.l3_offset = sizeof(eth);
  arrival.to_group = eth.dst.is_group();
  Be16 type = eth.ether_type;
  VlanHeader tag;
  if ((packet->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
    arrival.link.vlan = packet->vlan_tci & kVlanMask;
  } else if (type.host() == kEtherTypeVlan && read_at(head, sizeof(eth), tag)) {
    arrival.link.vlan = tag.tci.host() & kVlanMask;
    arrival.l3_offset += sizeof(tag);
    type = tag.ether_type;
  }
  arrival.ipv6 = type.host() == kEtherTypeIpv6;
  const auto info = routing_.link(arrival.link);
  arrival.own = info && eth.src == info->mac;
  return arrival;
}

// Up to `limit` bytes from the IP header on; copied only when they lie in several segments.
Bytes SlowPath::packet_bytes(const rte_mbuf* packet, size_t l3_offset, size_t limit) noexcept {
  if (l3_offset >= packet->pkt_len) return {};
  const auto size =
      static_cast<uint32_t>(std::min({packet->pkt_len - l3_offset, limit, scratch_.size()}));
  const void* at =
      rte_pktmbuf_read(packet, static_cast<uint32_t>(l3_offset), size, scratch_.data());
  return {static_cast<const uint8_t*>(at), size};
}

void SlowPath::dispatch(rte_mbuf* packet, uint16_t lcore) {
  const PuntInfo punt = io_.info(packet);
  const Arrival arrival = arrival_of(packet, lcore);
  if (arrival.own && punt.kind != PuntKind::kHold) {
    rte_pktmbuf_free(packet);
    return;
  }
  switch (punt.kind) {
    case PuntKind::kHold:
      ++stats_.holds;
      if (punt.detail != 0) {
        hold_for_tunnel(packet, arrival);
      } else if (arrival.ipv6) {
        hold<Ipv6>(packet, arrival);
      } else {
        hold<Ipv4>(packet, arrival);
      }
      return;  // not ours to free
    case PuntKind::kArp:
      ++stats_.arp;
      arp_.receive(arrival.link, packet_bytes(packet, arrival.l3_offset, kArpBytes),
                   arrival.to_group, now_ms_);
      break;
    case PuntKind::kNd:
      ++stats_.nd;
      nd(packet, arrival);
      break;
    case PuntKind::kLocal:
      ++stats_.local;
      local(packet, arrival);
      return;  // the reassembler may keep it
    case PuntKind::kError:
      ++stats_.errors;
      error(packet, arrival, punt);
      break;
    case PuntKind::kOriginated:
    case PuntKind::kHeld:
      break;  // these go the other way only
  }
  rte_pktmbuf_free(packet);
}

void SlowPath::nd(rte_mbuf* packet, const Arrival& arrival) {
  const Bytes bytes = packet_bytes(packet, arrival.l3_offset, kMaxPacket);
  if (nd_.receive(arrival.link, bytes, now_ms_)) return;
  if (mld_.receive(arrival.link, bytes, now_ms_)) return;
  icmp_.answer<Ipv6>(arrival.link, bytes, arrival.to_group);
}

void SlowPath::local(rte_mbuf* packet, const Arrival& arrival) {
  const uint16_t l3_offset = arrival.l3_offset;
  const bool ipv6 = arrival.ipv6;
  const Bytes head = packet_bytes(packet, l3_offset, kQuotable);
  bool fragment = false;
  if (ipv6) {
    const Ipv6Payload at = walk_ipv6_headers(head, [&](uint8_t protocol, size_t offset) {
      // An atomic fragment (RFC 6946) is whole: offset 0 and no more to come.
      fragment = protocol == kProtoFragment && (head[offset + 3] & 1U) != 0;
      return !fragment;
    });
    fragment = fragment || at.later_fragment;
    if (const auto wrong = wrong_octet(head, at, fragment)) {
      icmp_.report<Ipv6>(arrival.link, head, {IcmpCause::kBadHeader, *wrong}, arrival.to_group);
      rte_pktmbuf_free(packet);
      return;
    }
  } else {
    Ipv4Header ip;
    fragment =
        read_at(head, 0, ip) && (ip.fragment.host() & (kIpv4OffsetMask | kIpv4MoreFragments)) != 0;
  }
  if (fragment) {
    ++stats_.fragments;
    packet = ipv6 ? reassembler_.add_ipv6(packet, l3_offset, now_tsc_)
                  : reassembler_.add_ipv4(packet, l3_offset, now_tsc_);
    if (packet == nullptr) return;
    ++stats_.reassembled;
  }
  const Bytes bytes = packet_bytes(packet, l3_offset, kMaxPacket);
  if (ipv6) {
    icmp_.answer<Ipv6>(arrival.link, bytes, arrival.to_group);
  } else {
    icmp_.answer<Ipv4>(arrival.link, bytes, arrival.to_group);
  }
  rte_pktmbuf_free(packet);
}

void SlowPath::error(rte_mbuf* packet, const Arrival& arrival, const PuntInfo& punt) {
  const Bytes bytes = packet_bytes(packet, arrival.l3_offset, kQuotable);
  uint32_t mtu = punt.detail;
  if (punt.reason == Verdict::kDropMtu && mtu == 0) mtu = routing_.hop_mtu(punt.hop);
  auto report = report_of(punt, mtu, bytes, arrival.ipv6);
  if (!report) return;
  if (Ipv6Header ip; report->cause == IcmpCause::kBeyondScope && read_at(bytes, 0, ip)) {
    const FamilyRouting<Ipv6>& routing = routing_;  // nowhere is not beyond anything
    if (!routing.way_to(ip.dst)) report = IcmpReport{IcmpCause::kNoRoute};
  }
  if (arrival.ipv6) {
    icmp_.report<Ipv6>(arrival.link, bytes, *report, arrival.to_group);
  } else {
    icmp_.report<Ipv4>(arrival.link, bytes, *report, arrival.to_group);
  }
}

template <typename Family>
void SlowPath::hold(rte_mbuf* packet, const Arrival& arrival) {
  typename Family::Header ip{};  // which it was too short for does not come here
  (void)read_at(packet_bytes(packet, arrival.l3_offset, sizeof(ip)), 0, ip);
  hold_for<Family>(packet, arrival, ip.dst);
}

void SlowPath::hold_for_tunnel(rte_mbuf* packet, const Arrival& arrival) {
  const Tunnel* const tunnel = routing_.tunnel(io_.info(packet).detail - 1U);
  if (tunnel == nullptr) {
    io_.resume({packet, arrival.lcore});
  } else if (outer_is_ipv6(tunnel->mode)) {
    hold_for<Ipv6>(packet, arrival, tunnel->remote.as<Ipv6>());
  } else {
    hold_for<Ipv4>(packet, arrival, tunnel->remote.as<Ipv4>());
  }
}

template <typename Family>
void SlowPath::hold_for(rte_mbuf* packet, const Arrival& arrival,
                        const typename Family::Address& dst) {
  const FamilyRouting<Family>& routing = routing_;
  const auto way = routing.held_for(io_.info(packet).hop, dst);
  if (way) {
    resolver<Family>().hold({packet, arrival.lcore}, *way, now_ms_);
  } else {  // its route went while it was on the ring: the lcore finds what holds now
    io_.resume({packet, arrival.lcore});
  }
}

void SlowPath::timed_out(const rte_mbuf* first) {
  const Arrival arrival = arrival_of(first, 0);
  const Bytes bytes = packet_bytes(first, arrival.l3_offset, kQuotable);
  const IcmpReport report{IcmpCause::kReassemblyTimeout};
  arrival.ipv6 ? icmp_.report<Ipv6>(arrival.link, bytes, report, arrival.to_group)
               : icmp_.report<Ipv4>(arrival.link, bytes, report, arrival.to_group);
}

// Which family's neighbour it waited for says nothing: it may have been a tunnel's.
void SlowPath::unreachable(rte_mbuf* packet) {
  const Arrival arrival = arrival_of(packet, 0);
  const Bytes bytes = packet_bytes(packet, arrival.l3_offset, kQuotable);
  const IcmpReport report{IcmpCause::kUnreachable};
  if (arrival.ipv6) {
    icmp_.report<Ipv6>(arrival.link, bytes, report, arrival.to_group);
  } else {
    icmp_.report<Ipv4>(arrival.link, bytes, report, arrival.to_group);
  }
}

}  // namespace dstfwd
